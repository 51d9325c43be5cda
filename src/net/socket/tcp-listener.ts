/**
 * A listener: peers come, wait in a bounded queue, and are taken as sockets. Trusted side; every peer is hostile. It
 * belongs to the capability that it was opened with, whose end is its end and that of the sockets taken from it.
 */
import type { Server, Socket } from 'node:net';
import { CaspianError, SocketError } from '../../errors/classes.ts';
import { parseIp } from '../address/ip.ts';
import type { Target } from '../address/target.ts';
import type { Allowance } from '../allowance.ts';
import type { Capability } from '../capability.ts';
import type { Clock } from '../clock.ts';
import { Connection } from '../dial/connection.ts';
import { type Bounds, Deadline } from '../dial/deadline.ts';
import { answerHandshake, type SecureStream } from '../dial/handshake.ts';
import { startServer } from '../dial/listen.ts';
import type { ListenAt } from '../dial/powers.ts';
import type { ServerTlsPlan } from '../dial/tls-options.ts';
import { translate } from '../dial/translate.ts';
import { settleOptions } from '../options.ts';
import { Mailbox } from './mailbox.ts';
import { OPERATION_OPTIONS, type OperationOptions } from './options.ts';
import { type Selectable, Watchers } from './readiness.ts';
import type { SocketParts, TcpSocket } from './tcp-socket.ts';

/** What a listener is made of. */
export interface ListenerParts<S extends TcpSocket> extends Omit<SocketParts, 'connection' | 'accepted'> {
  readonly capability: Capability;
  readonly clock: Clock;
  /** Permitted already. */
  readonly target: Target;
  readonly at: ListenAt;
  /** Null: peers speak in the clear. */
  readonly tls: ServerTlsPlan | null;
  /** Seconds; null is no limit. */
  readonly handshakeTimeout: number | null;
  /** How many peers may wait for this listener and for others together; null for no more bounds. */
  readonly allowance: Allowance | null;
  /** The socket of a peer. */
  readonly make: (parts: SocketParts) => S;
}

/** Someone who came and has not been taken. */
interface Peer {
  readonly tcp: Socket;
  readonly secure: SecureStream | null;
  readonly target: Target;
}

/**
 * A listening TCP socket. `backlog` peers at most wait to be accepted, TLS handshakes under way included. When that many
 * wait, a newcomer takes the place of the oldest unfinished handshake; where there is none it is reset.
 */
export class TcpListener<S extends TcpSocket = TcpSocket> implements AsyncDisposable, Selectable {
  /** The address that it listens at. */
  readonly localHost: string;
  readonly localPort: number;
  readonly #parts: ListenerParts<S>;
  readonly #server: Server;
  readonly #waiting: Waiting;
  readonly #peers: Mailbox<Peer>;
  readonly #watchers: Watchers;
  /** Handshakes under way, the oldest first. */
  readonly #shaking: Set<Socket>;
  #over: CaspianError | null = null;

  private constructor(parts: ListenerParts<S>, server: Server, waiting: Waiting) {
    const bound = server.address();
    this.#parts = parts;
    this.#server = server;
    this.#waiting = waiting;
    this.#peers = waiting.peers;
    this.#watchers = waiting.watchers;
    this.#shaking = waiting.shaking;
    this.localHost = bound !== null && typeof bound === 'object' ? bound.address : '';
    this.localPort = bound !== null && typeof bound === 'object' ? bound.port : 0;
    const { signal } = parts.capability;
    const onAbort = (): void => this.#end(asError(signal.reason));
    signal.addEventListener('abort', onAbort, { once: true });
    server.once('close', () => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  }

  /** Begins to listen. Raises SocketError with the system's code (EADDRINUSE), or LimitReachedError. */
  static async open<S extends TcpSocket>(parts: ListenerParts<S>, bounds: Bounds): Promise<TcpListener<S>> {
    const waiting = new Waiting(parts);
    const server = await startServer(parts.at, bounds, (made) => waiting.attach(made));
    return new TcpListener(parts, server, waiting);
  }

  get readable(): boolean {
    return this.#peers.ready;
  }

  /** Never: there is nothing to send to a listener. */
  get writable(): boolean {
    return false;
  }

  watch(changed: () => void): () => void {
    return this.#watchers.add(changed);
  }

  /**
   * The next peer, a TlsSocket if the listener speaks TLS: one whose handshake failed is never seen here. Several may
   * wait; they are served in turn. Raises TimeoutError (`accept`), and SocketError once the listener is closed.
   */
  async accept(options?: OperationOptions): Promise<S> {
    const settled = settleOptions(OPERATION_OPTIONS, options, 'accept');
    settled.signal?.throwIfAborted();
    if (this.#over !== null) throw this.#over;
    const seconds = settled.timeout === undefined ? this.#parts.timeout : settled.timeout;
    const peer = await this.#peers.take(() => ({
      deadline: Deadline.after(this.#parts.clock, seconds, 'accept'),
      about: { operation: 'accept', target: { ...this.#parts.target, port: this.localPort } },
      signals: [settled.signal],
    }));
    return this.#hand(peer);
  }

  /** Stops listening and resets the peers that nobody has accepted. Sockets that were accepted stay. Again: nothing. */
  async close(): Promise<void> {
    this.#end(new SocketError('this listener is closed'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #hand({ tcp, secure, target }: Peer): S {
    this.#waiting.leave(tcp);
    // Revoked after the peer was given to whoever waits: it must not come through.
    if (this.#over !== null) {
      reset(tcp);
      throw this.#over;
    }
    const { capability } = this.#parts;
    const address = target.host.kind === 'ip' ? target.host.ip : null;
    if (address === null) throw new TypeError('a peer without an address');
    const connection = new Connection({ tcp, secure, target, address, payer: capability, paid: 0 });
    try {
      connection.settle();
    } catch (error) {
      connection.reset();
      throw error;
    }
    const socket = this.#parts.make({ ...this.#parts, connection, accepted: true });
    if (secure === null) tcp.resume();
    return socket;
  }

  #end(reason: CaspianError): void {
    if (this.#over !== null) return;
    this.#over = reason;
    this.#server.close(() => {});
    for (const { tcp } of this.#peers.close(reason)) reset(tcp);
    for (const tcp of this.#shaking) reset(tcp);
  }
}

/** The peers of a server that nobody has taken, and those still shaking hands. */
class Waiting {
  readonly watchers = new Watchers();
  readonly peers = new Mailbox<Peer>(this.watchers.tell);
  readonly shaking = new Set<Socket>();
  /** Those that count in what is held together with others. */
  readonly #held = new Set<Socket>();
  readonly #parts: ListenerParts<TcpSocket>;

  constructor(parts: ListenerParts<TcpSocket>) {
    this.#parts = parts;
  }

  attach(server: Server): void {
    server.on('connection', (tcp) => this.#arrived(tcp));
    // The system could not accept: whoever waits is told, and later peers are accepted again.
    server.on('error', (error) => {
      if (!server.listening) return;
      this.peers.fail(translate(error, { operation: 'accept', target: this.#parts.target, phase: 'accept' }));
    });
  }

  #arrived(tcp: Socket): void {
    // Stays for the socket's life: an error that nobody listens for would end the process.
    tcp.on('error', () => {});
    const target = peerOf(tcp);
    if (target === null || !this.#makeRoom(tcp)) reset(tcp);
    else if (this.#parts.tls === null) this.#put({ tcp, secure: null, target });
    else void this.#shake(tcp, target, this.#parts.tls);
  }

  /** SECURITY: peers that never finish a handshake keep nobody out (test/attacks/listen-slow-handshake.test.ts). */
  #makeRoom(tcp: Socket): boolean {
    if (this.peers.size + this.shaking.size < this.#parts.at.backlog && this.#hold(tcp)) return true;
    const [oldest] = this.shaking;
    if (oldest === undefined) return false;
    this.shaking.delete(oldest);
    this.leave(oldest);
    reset(oldest);
    return this.#hold(tcp);
  }

  /** SECURITY: many listeners keep no more waiting than a bound for all (test/attacks/listen-many-waiting.test.ts). */
  #hold(tcp: Socket): boolean {
    const { allowance } = this.#parts;
    if (allowance === null) return true;
    if (!allowance.take(1)) return false;
    this.#held.add(tcp);
    tcp.once('close', () => this.leave(tcp));
    return true;
  }

  /** A peer waits no longer. */
  leave(tcp: Socket): void {
    if (this.#held.delete(tcp)) this.#parts.allowance?.give(1);
  }

  #put(peer: Peer): void {
    peer.tcp.once('close', () => this.peers.withdraw(peer));
    this.peers.put(peer);
  }

  async #shake(tcp: Socket, target: Target, tls: ServerTlsPlan): Promise<void> {
    const { clock, handshakeTimeout, capability } = this.#parts;
    this.shaking.add(tcp);
    try {
      const secure = await answerHandshake(tcp, tls, {
        deadline: Deadline.after(clock, handshakeTimeout, 'tls'),
        about: { operation: 'accept', target },
        signals: [capability.signal],
      });
      // Its place may have been given away in the very moment.
      if (this.shaking.delete(tcp)) this.#put({ tcp, secure, target });
    } catch {
      // One peer's failed handshake is nobody else's business; it is closed by now.
      this.shaking.delete(tcp);
    }
  }
}

/** Who came; null if the connection is gone already. */
function peerOf({ remoteAddress, remotePort }: Socket): Target | null {
  const ip = parseIp(remoteAddress?.replace(/%.*$/, '') ?? '');
  if (ip === null || remotePort === undefined) return null;
  return { host: { kind: 'ip', text: ip.text, ip }, port: remotePort, written: ip.text };
}

function reset(tcp: Socket): void {
  if (!tcp.destroyed) tcp.resetAndDestroy();
}

function asError(reason: unknown): CaspianError {
  return reason instanceof CaspianError ? reason : new SocketError('the listener was ended', { cause: reason });
}
