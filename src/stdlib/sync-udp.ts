/**
 * A datagram socket that blocks the script's thread. Powerless: each method is one operation on a handle, and the kernel
 * decides on each datagram. Semantics: spec/surface.md, "Datagrams".
 */
import type { WireValue } from '../wire/codec.ts';
import { SELECTED, type Selected } from './select.ts';
import {
  expectBytes,
  expectNumber,
  expectRecord,
  isList,
  type RawOptions,
  type Session,
  unexpected,
} from './session.ts';
import { type SocketTimeout, toBytes } from './sync-socket.ts';

/** What `recv` takes of a datagram unless it is told otherwise: all of it. */
const DEFAULT_RECV = 65_536;

/**
 * A datagram socket: sending is decided for each datagram, receiving blocks this thread for `timeout` seconds at
 * most, then raises TimeoutError.
 */
export class SyncUdpSocket {
  readonly #session: Session;
  readonly #handle: number;
  /** Seconds that an operation may take unless it says otherwise; null: no limit. */
  readonly timeout: number | null;
  /** This end: an address and a port. */
  readonly localHost: string;
  readonly localPort: number;

  /** `answer`: what the kernel said when it opened the socket. */
  constructor(session: Session, answer: WireValue, timeout: number | null) {
    const { handle = null, localHost, localPort } = expectRecord(answer, 'udp');
    this.#session = session;
    this.#handle = expectNumber(handle, 'udp');
    this.timeout = timeout;
    this.localHost = String(localHost);
    this.localPort = Number(localPort);
  }

  /** Sends a datagram to the peer that the socket was opened with, and returns its length. */
  send(data: Uint8Array | string, { timeout = this.timeout }: SocketTimeout = {}): number {
    const args = [toBytes(data), timeout, this.#session.by];
    return expectNumber(this.#session.call('udp.send', this.#handle, args, timeout), 'send');
  }

  /** Sends a datagram to a host and a port, and returns its length. */
  sendTo(
    data: Uint8Array | string,
    host: string,
    port: number,
    { timeout = this.timeout }: SocketTimeout = {},
  ): number {
    const args = [toBytes(data), host, port, timeout, this.#session.by];
    return expectNumber(this.#session.call('udp.sendTo', this.#handle, args, timeout), 'sendTo');
  }

  /** The bytes of the next datagram; what is beyond `max` is cut off. An empty one gives no bytes. */
  recv(max: number = DEFAULT_RECV, { timeout = this.timeout }: SocketTimeout = {}): Uint8Array {
    return expectBytes(this.#session.call('udp.recv', this.#handle, [max, timeout], timeout), 'recv');
  }

  /** As `recv`, with the address and the port that it came from. */
  recvFrom(
    max: number = DEFAULT_RECV,
    { timeout = this.timeout }: SocketTimeout = {},
  ): [bytes: Uint8Array, host: string, port: number] {
    const answer = this.#session.call('udp.recvFrom', this.#handle, [max, timeout], timeout);
    if (!isList(answer)) return unexpected('recvFrom');
    const [bytes = null, host, port = null] = answer;
    return [expectBytes(bytes, 'recvFrom'), String(host), expectNumber(port, 'recvFrom')];
  }

  /** Whether datagrams may go to a broadcast address, which must be granted like any other. */
  set broadcast(on: boolean) {
    this.#set('broadcast', on);
  }

  /** How many hops a datagram may take: 1 to 255. */
  set ttl(hops: number) {
    this.#set('ttl', hops);
  }

  /**
   * Joins a multicast group. Needs a listen grant for this socket's own address and port. Options: `interface`, the address
   * of this machine at whose network the group is.
   */
  join(group: string, options: RawOptions = {}): void {
    this.#session.call('udp.join', this.#handle, [group, options, this.#session.by]);
  }

  /** Leaves a group; options as `join`. */
  leave(group: string, options: RawOptions = {}): void {
    this.#session.call('udp.leave', this.#handle, [group, options, this.#session.by]);
  }

  /** Closing again does nothing. */
  close(): void {
    this.#session.call('udp.close', this.#handle, []);
  }

  get [SELECTED](): Selected {
    return { handle: this.#handle, readable: false, writable: false };
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #set(property: string, value: WireValue): void {
    this.#session.call('udp.set', this.#handle, [property, value]);
  }
}
