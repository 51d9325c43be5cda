/**
 * A UDP socket. Trusted side; whoever sends to it is hostile, and may say that it is someone else. It belongs to the
 * capability that it was opened with, which decides on each datagram and pays for its bytes.
 */
import { ArgumentError, CaspianError, SocketError } from '../../errors/classes.ts';
import { type IpAddress, parseIp } from '../address/ip.ts';
import { parseTarget, type Target } from '../address/target.ts';
import type { VettedAddress } from '../address/vetted.ts';
import type { Allowance } from '../allowance.ts';
import type { Capability } from '../capability.ts';
import type { Clock } from '../clock.ts';
import type { By } from '../decision.ts';
import { DatagramLeg, resolveDatagramTarget } from '../dial/datagrams.ts';
import { type Bounds, Deadline } from '../dial/deadline.ts';
import type { Resolve } from '../dial/resolve.ts';
import { translate } from '../dial/translate.ts';
import { settleOptions } from '../options.ts';
import { checkBoolean, checkBytes, checkCount } from './arguments.ts';
import { Mailbox } from './mailbox.ts';
import {
  DEFAULT_RECV,
  MEMBERSHIP_OPTIONS,
  type MembershipOptions,
  OPERATION_OPTIONS,
  type OperationOptions,
} from './options.ts';
import { type Selectable, Watchers } from './readiness.ts';
import type { Endpoint, PeerRules } from './udp-peers.ts';

/** The one peer of a socket that has one. */
export interface UdpPeer {
  readonly target: Target;
  readonly address: VettedAddress;
}

/** What a UDP socket is made of. */
export interface UdpParts {
  readonly leg: DatagramLeg;
  readonly peer: UdpPeer | null;
  readonly rules: PeerRules;
  /** Whether a socket of the other family is opened too, when it is needed. */
  readonly spans: boolean;
  readonly capability: Capability;
  readonly clock: Clock;
  /** Seconds; null is no limit. */
  readonly timeout: number | null;
  /** Bytes that may lie unread; what comes beyond is dropped. */
  readonly readAhead: number;
  /** What this socket and others may hold together; null for no more bounds. */
  readonly allowance: Allowance | null;
  readonly resolve: Resolve | undefined;
  readonly by: By | undefined;
}

/** Who asks for an operation, where it is not who opened the socket: for reports and the wording of denials. */
interface Asked {
  readonly by?: By | undefined;
}

interface Datagram extends Endpoint {
  readonly bytes: Buffer;
}

/** What a datagram in the queue counts beside its bytes, so that empty ones fill it too. */
const DATAGRAM_COST = 128;

type Settled = { readonly timeout: number | null | undefined; readonly signal: AbortSignal | undefined };

/**
 * Sends and receives whole datagrams. Each is decided when it is sent: the grant must cover its target, every time, and a
 * name is looked up and vetted every time. What nobody receives is dropped when too much lies unread. Operations take
 * `timeout` (seconds, null for no limit) and `signal`.
 */
export class UdpSocket implements AsyncDisposable, Selectable {
  /** This end: an address and a port. */
  readonly localHost: string;
  readonly localPort: number;
  readonly #parts: UdpParts;
  readonly #legs: DatagramLeg[] = [];
  readonly #watchers = new Watchers();
  readonly #arrived = new Mailbox<Datagram>(this.#watchers.tell);
  readonly #stopWatching: () => void;
  #unread = 0;
  /** A failure that nobody has been told of yet. */
  #pending: CaspianError | null = null;
  #over: CaspianError | null = null;
  #broadcast = false;
  #ttl = 64;

  constructor(parts: UdpParts) {
    const { address, port } = parts.leg.socket.address();
    this.#parts = parts;
    this.localHost = address;
    this.localPort = port;
    this.#attach(parts.leg);
    const { signal } = parts.capability;
    const onAbort = (): void => this.#end(asError(signal.reason));
    signal.addEventListener('abort', onAbort);
    this.#stopWatching = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  }

  get readable(): boolean {
    return this.#arrived.ready || this.#pending !== null;
  }

  /** Always: what the system has no room for it drops. */
  get writable(): boolean {
    return true;
  }

  watch(changed: () => void): () => void {
    return this.#watchers.add(changed);
  }

  /** Sends a datagram to the peer that the socket was opened with, and returns its length. */
  async send(data: Uint8Array | string, options?: OperationOptions, asked: Asked = this.#parts): Promise<number> {
    const bytes = checkBytes('send', data);
    const settled = settleOptions(OPERATION_OPTIONS, options, 'send');
    const { peer, capability, leg } = this.#parts;
    const { by } = asked;
    this.#checkUsable();
    if (peer === null) throw new SocketError('send: this socket has no peer', { systemCode: 'EDESTADDRREQ' });
    const { written: host, port } = peer.target;
    const target = capability.permitConnect({ operation: 'send', host, port, by });
    capability.vet(target, [peer.address.text], by);
    return this.#transmit(leg, bytes, null, this.#bounds('send', target, 'write', settled));
  }

  /**
   * Sends a datagram to a host and a port, and returns its length: to a target that is granted, or as an answer to an
   * address, as `udp` and `udpListen` say. SocketError where the system refuses it, for its size (EMSGSIZE) for one.
   */
  async sendTo(
    data: Uint8Array | string,
    host: string,
    port: number,
    options?: OperationOptions,
    asked: Asked = this.#parts,
  ): Promise<number> {
    const bytes = checkBytes('send_to', data);
    const settled = settleOptions(OPERATION_OPTIONS, options, 'send_to');
    const { peer, capability, resolve, rules } = this.#parts;
    const { by } = asked;
    this.#checkUsable();
    if (peer !== null) throw new SocketError('send_to: this socket has a peer already', { systemCode: 'EISCONN' });
    const target = this.#permit(host, port, bytes.length, by);
    const bounds = this.#bounds('send_to', target, 'write', settled);
    // SECURITY: looked up and vetted for each datagram (test/attacks/udp-rebinding.test.ts).
    const found = await resolveDatagramTarget({ capability, target, resolve, by }, bounds);
    bounds.deadline.phase = 'write';
    const [leg, address] = await this.#route(found, bounds);
    this.#checkUsable();
    rules.sent({ host: address.text, port });
    return this.#transmit(leg, bytes, { address, port }, bounds);
  }

  /** The bytes of the next datagram; what is beyond `max` is cut off. An empty one gives no bytes. Default: all of it. */
  async recv(max: number = DEFAULT_RECV, options?: OperationOptions): Promise<Uint8Array> {
    const { bytes } = await this.#take('recv', max, options);
    return new Uint8Array(bytes.subarray(0, max));
  }

  /** As `recv`, with the address and the port that it came from. */
  async recvFrom(
    max: number = DEFAULT_RECV,
    options?: OperationOptions,
  ): Promise<[bytes: Uint8Array, host: string, port: number]> {
    const { bytes, host, port } = await this.#take('recv_from', max, options);
    return [new Uint8Array(bytes.subarray(0, max)), host, port];
  }

  /** Whether datagrams may go to a broadcast address, which must be granted like any other. Default: false. */
  get broadcast(): boolean {
    return this.#broadcast;
  }

  set broadcast(on: boolean) {
    this.#broadcast = checkBoolean('broadcast', on);
    this.#checkUsable();
    for (const leg of this.#legs) this.#configure(leg);
  }

  /** How many hops a datagram may take: 1 to 255. Default: 64. */
  get ttl(): number {
    return this.#ttl;
  }

  set ttl(hops: number) {
    if (!Number.isInteger(hops) || hops < 1 || hops > 255) {
      throw new ArgumentError('ttl must be an integer from 1 to 255');
    }
    this.#checkUsable();
    this.#ttl = hops;
    for (const leg of this.#legs) this.#configure(leg);
  }

  /** Joins a multicast group. Needs a listen grant for this socket's own address and port; deny rules hold for the group. */
  async join(group: string, options?: MembershipOptions, asked: Asked = this.#parts): Promise<void> {
    await this.#membership('join', group, options, asked);
  }

  /** Leaves a group. */
  async leave(group: string, options?: MembershipOptions, asked: Asked = this.#parts): Promise<void> {
    await this.#membership('leave', group, options, asked);
  }

  /** Closes the socket; whoever waits gets a SocketError. Closing again does nothing. */
  async close(): Promise<void> {
    this.#end(new SocketError('this socket is closed'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Permits a datagram: as an answer where there is a right to one and no rule grants it, else by the rules. */
  #permit(host: string, port: number, bytes: number, by: By | undefined): Target {
    const { capability, rules } = this.#parts;
    const asked = parseTarget(host, port);
    const ask = { operation: 'send_to', host, port, by };
    const answers =
      asked.host.kind === 'ip' &&
      !capability.allowed(host, port) &&
      rules.takeAnswer({ host: asked.host.text, port }, bytes);
    return answers ? capability.permitAnswer(ask) : capability.permitConnect(ask);
  }

  async #transmit(
    leg: DatagramLeg,
    bytes: Uint8Array,
    to: { readonly address: VettedAddress; readonly port: number } | null,
    bounds: Bounds,
  ): Promise<number> {
    this.#raisePending();
    this.#charge(bytes.length);
    if (this.#over !== null) throw this.#over;
    await leg.send(bytes, to, bounds);
    return bytes.length;
  }

  async #take(operation: string, max: number, options: OperationOptions | undefined): Promise<Datagram> {
    checkCount(operation, max);
    const settled = settleOptions(OPERATION_OPTIONS, options, operation);
    settled.signal?.throwIfAborted();
    this.#checkUsable();
    if (this.#arrived.size === 0) this.#raisePending();
    const target = this.#parts.peer?.target ?? this.#own();
    const found = this.#arrived.take(() => this.#bounds(operation, target, 'read', settled));
    if (found instanceof Promise) return found;
    this.#free(found.bytes.length + DATAGRAM_COST);
    return found;
  }

  /** The address that is to be used first, and the socket of the system's that reaches it. */
  async #route(found: readonly VettedAddress[], bounds: Bounds): Promise<readonly [DatagramLeg, VettedAddress]> {
    for (const address of found) {
      const leg = await this.#legFor(address, bounds);
      if (leg !== null) return [leg, address];
    }
    throw translate({ code: 'EAFNOSUPPORT' }, { ...bounds.about, phase: 'write' });
  }

  /** One that reaches an address; null if there is none and none may be opened. */
  async #legFor(address: IpAddress, bounds: Bounds): Promise<DatagramLeg | null> {
    const open = this.#legs.find((leg) => leg.reaches(address));
    if (open !== undefined) return open;
    if (!this.#parts.spans) return null;
    const leg = await DatagramLeg.open({ family: address.family, address: null, port: 0, dual: false }, bounds);
    // Someone else may have opened one meanwhile, or have closed this socket.
    const other = this.#legs.find((opened) => opened.reaches(address));
    if (this.#over === null && other === undefined) {
      this.#attach(leg);
      return leg;
    }
    leg.close();
    this.#checkUsable();
    return other ?? null;
  }

  async #membership(
    action: 'join' | 'leave',
    group: string,
    options: MembershipOptions | undefined,
    { by }: Asked,
  ): Promise<void> {
    const settled = settleOptions(MEMBERSHIP_OPTIONS, options, action);
    this.#checkUsable();
    const ip = typeof group === 'string' ? parseIp(group) : null;
    if (ip === null || !isMulticast(ip)) throw new ArgumentError(`${action} takes a multicast address`);
    const at = settled.interface === null ? null : parseIp(settled.interface);
    if (settled.interface !== null && at?.family !== ip.family) {
      throw new ArgumentError(`${action}: interface must be an address of this machine, of the group's family`);
    }
    const { capability } = this.#parts;
    capability.permitListen({ operation: 'listen', host: this.localHost, port: this.localPort, by });
    const target: Target = { host: { kind: 'ip', text: ip.text, ip }, port: this.localPort, written: group };
    capability.vet(target, [ip.text], by);
    const bounds = this.#bounds(action, target, 'connect', settled);
    const leg = await this.#legFor(ip, bounds);
    if (leg === null) throw translate({ code: 'EAFNOSUPPORT' }, { ...bounds.about, phase: 'connect' });
    try {
      leg.membership(action, ip, at);
    } catch (error) {
      throw translate(error, { ...bounds.about, phase: 'connect' });
    }
  }

  #attach(leg: DatagramLeg): void {
    this.#legs.push(leg);
    leg.socket.on('message', (bytes, { address, port }) => this.#hear(bytes, address, port));
    leg.socket.on('error', (error) => this.#fail(error));
    if (this.#broadcast || this.#ttl !== 64) this.#configure(leg);
  }

  #configure({ socket, family }: DatagramLeg): void {
    try {
      socket.setTTL(this.#ttl);
      socket.setMulticastTTL(this.#ttl);
      if (family === 4) socket.setBroadcast(this.#broadcast);
    } catch (error) {
      throw translate(error, { operation: 'udp', target: this.#own(), phase: 'connect' });
    }
  }

  #hear(bytes: Buffer, address: string, port: number): void {
    const ip = parseIp(address.replace(/%.*$/, ''));
    if (ip === null || this.#over !== null) return;
    const from: Endpoint = { host: ip.text, port };
    // SECURITY: before a socket is connected anyone can reach it, and after (test/attacks/udp-stranger.test.ts).
    if (!this.#expects(from)) return;
    const cost = bytes.length + DATAGRAM_COST;
    if (!this.#hasRoom(cost)) return;
    this.#parts.rules.received(from, bytes.length);
    this.#unread += cost;
    try {
      this.#charge(bytes.length);
    } catch {
      // The socket has ended; whoever waits was told.
      return;
    }
    const before = this.#arrived.size;
    this.#arrived.put({ bytes, ...from });
    // Whoever waited has it already.
    if (this.#arrived.size === before) this.#free(cost);
  }

  /** SECURITY: many sockets hold no more than one may (test/attacks/udp-many-unread.test.ts). */
  #hasRoom(cost: number): boolean {
    if (this.#unread + cost > this.#parts.readAhead && this.#unread > 0) return false;
    return this.#parts.allowance?.take(cost) ?? true;
  }

  /** Bytes that lay unread do no longer. */
  #free(cost: number): void {
    this.#unread -= cost;
    this.#parts.allowance?.give(cost);
  }

  #expects(from: Endpoint): boolean {
    const { peer, rules } = this.#parts;
    if (peer === null) return rules.hears(from);
    return from.host === peer.address.text && from.port === peer.target.port;
  }

  #fail(error: unknown): void {
    const target = this.#parts.peer?.target ?? this.#own();
    const failure = translate(error, { operation: 'recv', target, phase: 'read' });
    if (this.#arrived.fail(failure)) return;
    this.#pending = failure;
    this.#watchers.tell();
  }

  #raisePending(): void {
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) throw pending;
  }

  /** A budget that is used up ends the socket. */
  #charge(bytes: number): void {
    if (!this.#parts.capability.countsBytes) return;
    try {
      this.#parts.capability.countBytes(bytes);
    } catch (error) {
      this.#end(asError(error));
      throw error;
    }
  }

  #end(reason: CaspianError): void {
    if (this.#over !== null) return;
    this.#over = reason;
    this.#stopWatching();
    this.#arrived.close(reason);
    this.#free(this.#unread);
    for (const leg of this.#legs) leg.close();
  }

  #checkUsable(): void {
    if (this.#over !== null) throw this.#over;
  }

  #own(): Target {
    const ip = parseIp(this.localHost);
    if (ip === null) throw new TypeError('a socket without an address');
    return { host: { kind: 'ip', text: ip.text, ip }, port: this.localPort, written: ip.text };
  }

  #bounds(operation: string, target: Target, phase: 'read' | 'write' | 'connect', settled: Settled): Bounds {
    const seconds = settled.timeout === undefined ? this.#parts.timeout : settled.timeout;
    return {
      deadline: Deadline.after(this.#parts.clock, seconds, phase),
      about: { operation, target },
      signals: [settled.signal, this.#parts.capability.signal],
    };
  }
}

/** RFC 5771 section 3, RFC 4291 section 2.7. */
function isMulticast({ family, words: [first = 0] }: IpAddress): boolean {
  return family === 4 ? first >>> 28 === 0xe : first >>> 24 === 0xff;
}

function asError(reason: unknown): CaspianError {
  return reason instanceof CaspianError ? reason : new SocketError('the socket was ended', { cause: reason });
}
