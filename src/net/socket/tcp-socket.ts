/**
 * A TCP socket: a connection of the dialler's as a stream of bytes with blocking-style reads. Trusted side; it belongs
 * to the capability that it was opened with, which pays for its bytes and whose end is its end.
 */
import type { Socket } from 'node:net';
import { ArgumentError, CaspianError, SocketError, TimeoutError } from '../../errors/classes.ts';
import type { Capability } from '../capability.ts';
import type { Clock } from '../clock.ts';
import type { Connection, ConnectionParts } from '../dial/connection.ts';
import { type Bounds, Deadline } from '../dial/deadline.ts';
import type { Files } from '../files.ts';
import { checkOptions, settleOptions } from '../options.ts';
import { checkBoolean, checkBytes, checkCount, checkDirection, type Direction } from './arguments.ts';
import { attachSides } from './attach.ts';
import type { Intake } from './intake.ts';
import {
  ALL_OPTIONS,
  type AllOptions,
  DEFAULT_RECV,
  LINE_OPTIONS,
  type LineOptions,
  MAX_MARK,
  OPERATION_OPTIONS,
  type OperationOptions,
  STARTTLS_OPTIONS,
  type StarttlsOptions,
  UNTIL_OPTIONS,
  type UntilOptions,
} from './options.ts';
import { chomped, everything, exactly, NEWLINE_MARK, type Reading, some, through } from './questions.ts';
import { type Question, ReadSide, type Sink } from './read-side.ts';
import { type Selectable, Watchers } from './readiness.ts';
import type { TlsSocket } from './tls-socket.ts';
import { clearBytesError, mayBeHandshake, planUpgrade, type UpgradePlan, upgrade } from './upgrade.ts';
import { type Source, WriteSide } from './write-side.ts';

/** What a socket is made of. */
export interface SocketParts {
  readonly connection: Connection;
  /** The peer came by itself. */
  readonly accepted: boolean;
  readonly capability: Capability;
  readonly clock: Clock;
  /** Seconds; null is no limit. */
  readonly timeout: number | null;
  /** Bytes that may lie unread before the peer is made to wait. */
  readonly readAhead: number;
  /** The authorities of the host program, in place of the bundled ones: for `starttls`. */
  readonly roots: string | null;
  /** Where `starttls` may read what its options name. */
  readonly files: Files;
  readonly noDelay: boolean;
  readonly keepAlive: boolean;
  /** What the connection was opened to read through; without it, through the stream. */
  readonly intake?: Intake | null;
}

const EMPTY = new Uint8Array(0);
const KEEP_ALIVE_MS = 60_000;

/**
 * A connected TCP socket. Every receive gives null at the end of the stream. One read at a time: another one raises
 * SocketError while the first waits; writes take their turns. Every operation takes `timeout` (seconds,
 * null for no limit) and `signal`; one that is ended so has taken no bytes: they are there for the next.
 * After a reset, what had arrived can still be read; then every operation raises ConnectionResetError.
 */
export class TcpSocket implements AsyncDisposable, Selectable {
  /** The host as it was asked for. */
  readonly host: string;
  readonly port: number;
  /** This end: an address and a port. */
  readonly localHost: string;
  readonly localPort: number;
  readonly #parts: SocketParts;
  readonly #connection: Connection;
  readonly #read: ReadSide;
  readonly #write: WriteSide;
  readonly #detach: () => void;
  readonly #watchers = new Watchers();
  /** Where bytes to send come from, and whether they are being sent. */
  #source: Source | null = null;
  /** The same, with what else has to be done as the system takes them. */
  #pourer: Omit<Source, 'room'> | null = null;
  #pouring = false;
  #timeout: number | null;
  #noDelay = false;
  #keepAlive = false;
  /** Why it can't be used any more; null while it can. */
  #over: CaspianError | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: SocketParts) {
    const { connection } = parts;
    const { socket, target } = connection;
    this.#parts = parts;
    this.#connection = connection;
    this.#timeout = parts.timeout;
    this.host = target.written;
    this.port = target.port;
    this.localHost = socket.localAddress ?? '';
    this.localPort = socket.localPort ?? 0;
    const flow = { pause: () => socket.pause(), resume: () => socket.resume() };
    this.#read = new ReadSide(flow, parts.readAhead, this.#watchers.tell);
    this.#write = new WriteSide(connection, this.#watchers.tell);
    this.#detach = this.#attach();
    this.noDelay = parts.noDelay;
    this.keepAlive = parts.keepAlive;
  }

  /** True until the socket is closed, has failed, or has ended both ways. An end of the peer's alone changes nothing. */
  get connected(): boolean {
    const connection = this.#connection;
    return this.#over === null && connection.failure() === null && !connection.socket.destroyed;
  }

  get readable(): boolean {
    return this.#read.ready;
  }

  get writable(): boolean {
    return this.#write.ready || (this.#source !== null && this.#source.room > 0);
  }

  watch(changed: () => void): () => void {
    return this.#watchers.add(changed);
  }

  /**
   * For a link: what arrives goes to a sink from now on, and no read is answered before the stream has ended; the sink is
   * closed when reads would raise whatever there is to read. What is to be sent comes from a source, by `pour`.
   */
  pipe(sink: Sink, source: Source): void {
    this.#source = source;
    this.#pourer = {
      next: () => source.next(),
      taken: (count: number) => {
        source.taken(count);
        this.#settle();
        this.#watchers.tell();
      },
    };
    this.#read.pipe(sink);
  }

  /** There may be room in the sink again. */
  flow(): void {
    this.#read.flow();
  }

  /** Writes what the source has until it has no more, as long as that takes. Null if that is done at once. */
  pour(): Promise<void> | null {
    const source = this.#pourer;
    if (source === null) return null;
    const pouring = this.#write.pour(source, () => this.#bounds('send', 'write', { timeout: null, signal: undefined }));
    if (pouring === null) return null;
    this.#pouring = true;
    return pouring.finally(() => {
      this.#pouring = false;
    });
  }

  /** Seconds that an operation may take unless it says otherwise; null for no limit. Default: that of the connecting. */
  get timeout(): number | null {
    return this.#timeout;
  }

  set timeout(seconds: number | null) {
    const read = OPERATION_OPTIONS.timeout.read(seconds);
    if ('refused' in read) throw new ArgumentError(`timeout ${read.refused}`);
    this.#timeout = read.value;
  }

  /** Bytes that the system has taken to send. Under TLS: before encryption. */
  get bytesSent(): number {
    return this.#write.sent;
  }

  /** Bytes that have arrived, read or not. Under TLS: after decryption. */
  get bytesReceived(): number {
    return this.#read.received;
  }

  /** Whether small writes are sent at once. Default: true. */
  get noDelay(): boolean {
    return this.#noDelay;
  }

  set noDelay(on: boolean) {
    this.#noDelay = checkBoolean('noDelay', on);
    this.#connection.socket.setNoDelay(on);
  }

  /** Whether an idle connection is probed, from a minute of silence on. Default: false. */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  set keepAlive(on: boolean) {
    this.#keepAlive = checkBoolean('keepAlive', on);
    this.#connection.socket.setKeepAlive(on, KEEP_ALIVE_MS);
  }

  /**
   * Writes bytes (a text as UTF-8) and returns how many: all of them, once the system has taken them. Raises TimeoutError
   * (`write`), ConnectionResetError, or SocketError after `shutdown('send')`. After a time-out `bytesSent` says how many
   * went; a piece of up to 256 KiB may still go out, so its bytes must not be changed.
   */
  async send(data: Uint8Array | string, options?: OperationOptions): Promise<number> {
    const bytes = checkBytes('send', data);
    await this.#send('send', bytes, options);
    return bytes.length;
  }

  /** As `send`, without the count. */
  async sendAll(data: Uint8Array | string, options?: OperationOptions): Promise<void> {
    await this.#send('send_all', checkBytes('send_all', data), options);
  }

  /** 1 to `max` bytes, as soon as there are any; `recv(0)` gives none at once. Default: at most 65536. */
  async recv(max: number = DEFAULT_RECV, options?: OperationOptions): Promise<Uint8Array | null> {
    checkCount('recv', max);
    const settled = settleOptions(OPERATION_OPTIONS, options, 'recv');
    if (max === 0) return this.#nothing();
    return this.#receive('recv', some(max), 1, settled);
  }

  /**
   * A line through its newline; the last one as it is, if it has none. Default: at most 65536 bytes; a longer line is a
   * TooLargeError. `chomp` leaves the newline out, and a carriage return before it.
   */
  async recvLine(options?: LineOptions): Promise<Uint8Array | null> {
    const settled = settleOptions(LINE_OPTIONS, options, 'recv_line');
    const { max, chomp } = settled;
    const question = through(NEWLINE_MARK, max, this.#reading('recv_line'));
    const found = this.#receive('recv_line', question, max + 1, settled);
    const line = found instanceof Promise ? await found : found;
    return line !== null && chomp ? chomped(line) : line;
  }

  /**
   * Exactly `count` bytes. Where the stream ends in between: ConnectionResetError with the number that came as `received`;
   * they stay readable.
   */
  async recvExact(count: number, options?: OperationOptions): Promise<Uint8Array | null> {
    checkCount('recv_exact', count);
    const settled = settleOptions(OPERATION_OPTIONS, options, 'recv_exact');
    if (count === 0) return this.#nothing();
    return this.#receive('recv_exact', exactly(count, this.#reading('recv_exact')), count, settled);
  }

  /** Everything to the end of the stream. Default: at most 16 MiB; more is a TooLargeError. */
  async recvAll(options?: AllOptions): Promise<Uint8Array | null> {
    const settled = settleOptions(ALL_OPTIONS, options, 'recv_all');
    const { max } = settled;
    return this.#receive('recv_all', everything(max, this.#reading('recv_all')), max + 1, settled);
  }

  /** Through the next `mark`; what is left at the end, if it has none. Default: at most 65536 bytes, the mark included. */
  async recvUntil(mark: Uint8Array | string, options?: UntilOptions): Promise<Uint8Array | null> {
    const bytes = Buffer.from(checkBytes('recv_until', mark));
    if (bytes.length === 0 || bytes.length > MAX_MARK) {
      throw new ArgumentError(`recv_until: the mark must have 1 to ${MAX_MARK} bytes`);
    }
    const settled = settleOptions(UNTIL_OPTIONS, options, 'recv_until');
    const { max } = settled;
    return this.#receive('recv_until', through(bytes, max, this.#reading('recv_until')), max + 1, settled);
  }

  /** Each line that is left, as `recvLine` gives it. The time-out is one line's. */
  async *lines(options?: LineOptions): AsyncGenerator<Uint8Array, void, undefined> {
    for (let line = await this.recvLine(options); line !== null; line = await this.recvLine(options)) yield line;
  }

  /**
   * Ends one direction or both. `send`: what was written still goes out, then the peer finds the end; it may go on
   * sending. `recv`: reads find the end, what still comes is dropped.
   */
  async shutdown(direction: Direction, options?: OperationOptions): Promise<void> {
    checkDirection(direction);
    const settled = settleOptions(OPERATION_OPTIONS, options, 'shutdown');
    this.#checkUsable();
    if (direction !== 'send') this.#read.discard();
    if (direction !== 'recv') await this.#write.end(this.#bounds('shutdown', 'write', settled));
  }

  /**
   * Makes this connection a TLS one: the peer is verified as in `tls`, for this socket's host or `sni`; with `certPem` and
   * `keyPem` this side is the server of the handshake, as a listener with `tls`. An accepted socket needs the one or the
   * other. This socket is of no use afterwards; where the handshake fails the connection is closed. TlsError if bytes have
   * arrived in the clear that nobody has read and that are no handshake: someone on the way may have put them there to be
   * taken for the peer's (RFC 3207 section 6).
   */
  async starttls(options?: StarttlsOptions): Promise<TlsSocket> {
    const given = checkOptions(STARTTLS_OPTIONS, options, 'starttls');
    this.#checkUsable();
    if (!this.#pouring) this.#checkIdle();
    const plan = await planUpgrade(given, { ...this.#parts, host: this.#connection.target.host });
    const bounds = this.#bounds('starttls', 'tls', given);
    // That file extends this class, so it can't be imported before this one has run.
    const { TlsSocket } = await import('./tls-socket.ts');
    await this.#write.flush(bounds);
    const spent = this.#settle();
    if (spent !== null) throw spent;
    this.#checkUsable();
    this.#checkIdle();
    const signals = [...bounds.signals, this.#parts.capability.signal];
    const connection = await upgrade(this.#releaseConnection(plan), plan, { ...bounds, signals });
    const { timeout, noDelay, keepAlive } = this;
    return new TlsSocket({ ...this.#parts, connection, timeout, noDelay, keepAlive, intake: null });
  }

  /**
   * Closes the socket; closing it again does nothing. What was written is sent first, within `timeout` (default: the
   * socket's own): if that is not enough the connection is reset and TimeoutError (`write`) says so. Whoever waits for
   * bytes gets a SocketError.
   */
  async close(options?: OperationOptions): Promise<void> {
    const settled = settleOptions(OPERATION_OPTIONS, options, 'close');
    if (this.#closing !== null) return this.#closing.catch(() => {});
    this.#closing = this.#close(this.#bounds('close', 'write', settled));
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(bounds: Bounds): Promise<void> {
    if (this.#over !== null) return;
    const connection = this.#connection;
    const reason = new SocketError('this socket is closed');
    this.#over = reason;
    this.#read.close(reason);
    try {
      await this.#write.end(bounds);
    } catch (error) {
      if (error instanceof TimeoutError || bounds.signals.some((signal) => signal?.aborted)) {
        connection.reset();
        throw error;
      }
    } finally {
      this.#write.close(reason);
      await connection.close();
    }
  }

  /** Ends the socket at once: in-flight and later use raises the reason. */
  #abort(reason: CaspianError): void {
    this.#over ??= reason;
    this.#read.close(reason);
    this.#write.close(reason);
    this.#connection.destroy();
  }

  async #send(operation: string, bytes: Uint8Array, options: OperationOptions | undefined): Promise<void> {
    const settled = settleOptions(OPERATION_OPTIONS, options, operation);
    this.#checkUsable();
    settled.signal?.throwIfAborted();
    await this.#write.write(bytes, () => this.#bounds(operation, 'write', settled));
    const spent = this.#settle();
    if (spent !== null) throw spent;
  }

  /** Not a promise where the bytes are there already: most reads are. */
  #receive(
    operation: string,
    question: Question<Uint8Array | null>,
    wanted: number,
    settled: SettledOperation,
  ): Uint8Array | null | Promise<Uint8Array | null> {
    settled.signal?.throwIfAborted();
    return this.#read.read(question, wanted, () => this.#bounds(operation, 'read', settled));
  }

  /** SECURITY: nothing of before the handshake may be read or written after it. */
  #checkIdle(): void {
    if (this.#read.busy) throw new SocketError('starttls: a read of this socket is waiting');
    if (this.#write.busy) throw new SocketError('starttls: a write of this socket is waiting');
  }

  #nothing(): Uint8Array {
    this.#checkUsable();
    return EMPTY;
  }

  #checkUsable(): void {
    if (this.#over !== null) throw this.#over;
  }

  #reading(operation: string): Reading {
    return { operation, target: this.#connection.target };
  }

  #bounds(operation: string, phase: 'read' | 'write' | 'tls', settled: OperationOptions): Bounds {
    const seconds = settled.timeout === undefined ? this.#timeout : settled.timeout;
    return {
      deadline: Deadline.after(this.#parts.clock, seconds, phase),
      about: this.#reading(operation),
      signals: [settled.signal],
    };
  }

  /** Charges what went over the wire; a budget that is used up ends the socket, and is returned. */
  #settle(): CaspianError | null {
    try {
      this.#connection.settle();
      return null;
    } catch (error) {
      const reason = asError(error);
      this.#abort(reason);
      return reason;
    }
  }

  /** Gives the connection up for a handshake; nothing of this socket touches it afterwards. */
  #releaseConnection(plan: UpgradePlan): ConnectionParts {
    const { socket, target } = this.#connection;
    socket.pause();
    this.#detach();
    const clear = Buffer.concat([this.#read.takeAll(), ...buffered(socket)]);
    if (!mayBeHandshake(clear, plan)) {
      const error = clearBytesError(target);
      this.#abort(error);
      throw error;
    }
    // The handshake reads what lies in the stream before anything else.
    if (clear.length > 0) socket.unshift(clear);
    const gone = new SocketError('this socket has become a TLS socket');
    this.#over = gone;
    this.#read.close(gone);
    this.#write.close(gone);
    return this.#connection.release();
  }

  /** Connects the socket to its connection and its capability; returns how to undo that. */
  #attach(): () => void {
    const { signal } = this.#parts.capability;
    const onAbort = (): void => this.#abort(asError(signal.reason));
    const detach = attachSides(this.#connection, this.#read, this.#write, {
      intake: this.#parts.intake ?? null,
      arrived: () => this.#settle(),
      gone: () => signal.removeEventListener('abort', onAbort),
    });
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    return () => {
      signal.removeEventListener('abort', onAbort);
      detach();
    };
  }
}

/** What lies in the stream of a paused socket. */
function buffered(socket: Socket): Buffer[] {
  const rest: unknown = socket.read();
  return rest instanceof Buffer ? [rest] : [];
}

type SettledOperation = { readonly timeout: number | null | undefined; readonly signal: AbortSignal | undefined };

function asError(reason: unknown): CaspianError {
  return reason instanceof CaspianError ? reason : new SocketError('the socket was ended', { cause: reason });
}
