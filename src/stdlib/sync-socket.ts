/**
 * TCP and TLS sockets that block the script's thread. Powerless: each method is one operation on a handle that the
 * kernel gave out. Semantics: spec/surface.md, "Sockets".
 */
import { ArgumentError } from '../errors/classes.ts';
import type { WireValue } from '../wire/codec.ts';
import type { RingPlace, SocketRecord, SocketRings, TlsRecord } from '../wire/records.ts';
import { SELECTED, type Selected } from './select.ts';
import {
  expectBytesOrNull,
  expectNumber,
  expectRecord,
  isList,
  type RawOptions,
  type Session,
  timeoutOf,
  unexpected,
} from './session.ts';
import { SocketStream } from './socket-stream.ts';

/** Seconds for one operation, in place of the socket's own time-out; null: no limit. */
export interface SocketTimeout {
  readonly timeout?: number | null;
}

const encoder = new TextEncoder();

/** Text as UTF-8, bytes as they are. Raises ArgumentError for anything else. */
export function toBytes(data: unknown): Uint8Array {
  if (typeof data === 'string') return encoder.encode(data);
  if (data instanceof Uint8Array) return data;
  throw new ArgumentError('the data must be a Uint8Array or a text');
}

/** Most bytes that one call brings over. */
const PIECE_BYTES = 16_777_216;

/** Longest line that is read unless the caller says otherwise. */
const DEFAULT_MAX_LINE = 65_536;
/** The most that one read may ask for. */
const MAX_READ = 2 ** 30;
/** The longest mark. What is beyond is refused by the kernel. */
const MAX_MARK = 4096;
/** The longest time-out, in seconds; the kernel refuses more. */
const LONGEST_TIMEOUT = 2_147_483;

const NOTHING = new Uint8Array(0);
/** A count that a ring can serve; the kernel refuses what is none, and answers 0. */
function isCount(count: number): boolean {
  return Number.isInteger(count) && count > 0 && count <= MAX_READ;
}

/**
 * A TCP connection: each operation blocks this thread for `timeout` seconds at most, then raises TimeoutError;
 * ConnectionResetError where the peer has broken off.
 */
export class SyncTcpSocket {
  readonly #session: Session;
  readonly #record: SocketRecord;
  #timeout: number | null;
  #closed: SocketRecord | null = null;
  /** Its data, as long as that passes through rings. */
  #stream: SocketStream | null;

  constructor(session: Session, record: SocketRecord) {
    this.#session = session;
    this.#record = record;
    this.#timeout = record.timeout;
    this.#stream = record.rings === null ? null : new SocketStream(session, record, record.rings);
  }

  /** The host as it was asked for, and the port. */
  get host(): string {
    return this.#record.host;
  }

  get port(): number {
    return this.#record.port;
  }

  /** This end: an address and a port. */
  get localHost(): string {
    return this.#record.localHost;
  }

  get localPort(): number {
    return this.#record.localPort;
  }

  /** False once the socket is closed, or was reset. */
  get connected(): boolean {
    return this.#closed === null && this.#state().connected;
  }

  /** Bytes that were given to be sent, as far as they are known to be on their way. */
  get bytesSent(): number {
    return this.#stream?.sent ?? this.#state().bytesSent;
  }

  /** Bytes that have come, read or not; under TLS, after decryption. */
  get bytesReceived(): number {
    return this.#state().bytesReceived;
  }

  /** Seconds that each operation may take unless it says otherwise; null: no limit. Default: 30. */
  get timeout(): number | null {
    return this.#timeout;
  }

  set timeout(seconds: number | null) {
    this.#set('timeout', seconds);
    this.#timeout = seconds;
  }

  /** True turns Nagle's algorithm off. */
  set noDelay(on: boolean) {
    this.#set('noDelay', on);
  }

  set keepAlive(on: boolean) {
    this.#set('keepAlive', on);
  }

  /** Writes some of `data` and returns how many bytes: 1 or more. Raises when nothing can be written. */
  send(data: Uint8Array | string, options: SocketTimeout = {}): number {
    const bytes = toBytes(data);
    const stream = bytes.length > 0 ? this.#streamFor(options) : null;
    const sent = stream?.send(bytes, this.#timeoutOf(options));
    if (sent !== undefined) return sent;
    return expectNumber(this.#call('socket.send', [bytes.subarray(0, PIECE_BYTES)], options), 'send');
  }

  /** Writes all of `data`: it is on its way when this returns, and what becomes of it a later call tells. */
  sendAll(data: Uint8Array | string, options: SocketTimeout = {}): void {
    const bytes = toBytes(data);
    const given = this.#streamFor(options)?.sendAll(bytes, this.#timeoutOf(options)) ?? 0;
    if (given === bytes.length && given > 0) return;
    for (let sent = given; sent === given || sent < bytes.length; sent += PIECE_BYTES) {
      this.#call('socket.sendAll', [bytes.subarray(sent, sent + PIECE_BYTES)], options);
    }
  }

  /** 1 to `max` bytes, as soon as there are any; null at the end of the stream. */
  recv(max: number, options: SocketTimeout = {}): Uint8Array | null {
    const stream = isCount(max) ? this.#streamFor(options) : null;
    const found = stream?.recv(max, this.#timeoutOf(options));
    return found ?? expectBytesOrNull(this.#call('socket.recv', [max], options), 'recv');
  }

  /** A line with its newline; the unterminated tail once; null at the end. Over `max` bytes: TooLargeError, nothing is lost. */
  recvLine(options: SocketTimeout & { readonly max?: number; readonly chomp?: boolean } = {}): Uint8Array | null {
    const { max = DEFAULT_MAX_LINE, chomp = false } = options;
    const stream = isCount(max) ? this.#streamFor(options) : null;
    const found = stream?.recvLine(max, chomp, this.#timeoutOf(options));
    return found ?? expectBytesOrNull(this.#call('socket.recvLine', [max, chomp], options), 'recvLine');
  }

  /**
   * Exactly `count` bytes; null at the end of the stream. Raises ConnectionResetError if it ends in between; what came
   * stays readable.
   */
  recvExact(count: number, options: SocketTimeout = {}): Uint8Array | null {
    const stream = isCount(count) ? this.#streamFor(options) : null;
    const found = stream?.recvExact(count, this.#timeoutOf(options));
    if (found !== undefined) return found;
    try {
      return expectBytesOrNull(this.#call('socket.recvExact', [count], options), 'recvExact');
    } catch (thrown) {
      throw stream?.cutShort(thrown, count) ?? thrown;
    }
  }

  /** Everything up to and with `mark`; the tail without it once; null at the end. */
  recvUntil(mark: Uint8Array | string, options: SocketTimeout & { readonly max?: number } = {}): Uint8Array | null {
    const bytes = toBytes(mark);
    const { max = DEFAULT_MAX_LINE } = options;
    const stream = isCount(max) && bytes.length > 0 && bytes.length <= MAX_MARK ? this.#streamFor(options) : null;
    const found = stream?.recvUntil('recv_until', bytes, max, this.#timeoutOf(options));
    return found ?? expectBytesOrNull(this.#call('socket.recvUntil', [bytes, max], options), 'recvUntil');
  }

  /** Everything to the end of the stream, null if that is nothing. At most `max` bytes: more is a TooLargeError. */
  recvAll(options: SocketTimeout & { readonly max: number }): Uint8Array | null {
    const { max } = options;
    const stream = isCount(max) ? this.#streamFor(options) : null;
    const found = stream?.recvAll(max, this.#timeoutOf(options));
    return found ?? expectBytesOrNull(this.#call('socket.recvAll', [max], options), 'recvAll');
  }

  /** The lines that are left, one after the other. */
  *lines(options: SocketTimeout & { readonly max?: number; readonly chomp?: boolean } = {}): Generator<Uint8Array> {
    for (let line = this.recvLine(options); line !== null; line = this.recvLine(options)) yield line;
  }

  /** Ends one direction or both; what was sent before still arrives. */
  shutdown(direction: 'send' | 'recv' | 'both', options: SocketTimeout = {}): void {
    this.#call('socket.shutdown', [direction], options);
    if (direction !== 'send') this.#stream?.drop();
  }

  /** Turns the connection into TLS; this socket can't be used any more. */
  starttls(options: RawOptions = {}): SyncTlsSocket {
    const args = [options, this.#stream?.carried ?? NOTHING];
    const answer = this.#session.call('socket.starttls', this.#record.handle, args, timeoutOf(options));
    // The rings are another's from now on.
    this.#stream = null;
    return openTlsSocket(this.#session, answer);
  }

  /**
   * Sends what is buffered, then closes. What does not go out in time is lost with a reset, and TimeoutError says so.
   * Closing again does nothing.
   */
  close(options: SocketTimeout = {}): void {
    if (this.#closed === null) {
      this.#closed = { ...this.#state(), bytesSent: this.bytesSent };
      this.#stream = null;
    }
    this.#call('socket.close', [], options);
  }

  get [SELECTED](): Selected {
    const { readable = false, writable = false } = this.#stream ?? {};
    return { handle: this.#record.handle, readable, writable };
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call(name: SocketCall, args: readonly WireValue[], { timeout = this.#timeout }: SocketTimeout): WireValue {
    return this.#session.call(name, this.#record.handle, [...args, timeout], timeout);
  }

  /** The rings, if the time-out is one; what is none is refused by the kernel. */
  #streamFor(options: SocketTimeout): SocketStream | null {
    const timeout = this.#timeoutOf(options);
    return timeout === null || (timeout > 0 && timeout <= LONGEST_TIMEOUT) ? this.#stream : null;
  }

  #timeoutOf({ timeout = this.#timeout }: SocketTimeout): number | null {
    return timeout;
  }

  #set(property: string, value: WireValue): void {
    this.#session.call('socket.set', this.#record.handle, [property, value]);
  }

  /** As it stands, or as it stood when it was closed. */
  #state(): SocketRecord {
    return this.#closed ?? readSocketRecord(this.#session.call('socket.state', this.#record.handle, []));
  }
}

type SocketCall =
  | 'socket.send'
  | 'socket.sendAll'
  | 'socket.recv'
  | 'socket.recvLine'
  | 'socket.recvExact'
  | 'socket.recvUntil'
  | 'socket.recvAll'
  | 'socket.shutdown'
  | 'socket.close';

/** A TLS connection: as a TCP socket, and what the handshake has settled (TLS 1.2 and 1.3). */
export class SyncTlsSocket extends SyncTcpSocket {
  readonly #tls: TlsRecord;

  constructor(session: Session, record: SocketRecord, tls: TlsRecord) {
    super(session, record);
    this.#tls = tls;
  }

  /** The peer's certificate: subject, issuer, fingerprint256, valid_from, valid_until, sans, serial. */
  get peerCert(): TlsRecord['peerCert'] {
    return this.#tls.peerCert;
  }

  /** The name of the cipher suite. */
  get cipher(): string {
    return this.#tls.cipher;
  }

  /** `TLSv1.2` or `TLSv1.3`. */
  get protocol(): string {
    return this.#tls.protocol;
  }

  /** The application protocol that was agreed on, or null. */
  get alpn(): string | null {
    return this.#tls.alpn;
  }

  /** Whether the handshake was an abbreviated one. */
  get sessionReused(): boolean {
    return this.#tls.sessionReused;
  }
}

/** The socket that a kernel's answer stands for. */
export function openTcpSocket(session: Session, answer: WireValue): SyncTcpSocket {
  return new SyncTcpSocket(session, readSocketRecord(answer));
}

export function openTlsSocket(session: Session, answer: WireValue): SyncTlsSocket {
  const record = readSocketRecord(answer);
  return record.tls === null ? unexpected('tls') : new SyncTlsSocket(session, record, record.tls);
}

function readSocketRecord(answer: WireValue): SocketRecord {
  const raw = expectRecord(answer, 'socket');
  const { handle, host, port, localHost, localPort, connected, timeout, bytesSent, bytesReceived, rings, tls } = raw;
  return {
    handle: expectNumber(handle ?? null, 'socket'),
    host: String(host),
    port: Number(port),
    localHost: String(localHost),
    localPort: Number(localPort),
    connected: connected === true,
    timeout: typeof timeout === 'number' ? timeout : null,
    bytesSent: Number(bytesSent),
    bytesReceived: Number(bytesReceived),
    rings: rings === null || rings === undefined ? null : readRings(rings),
    tls: tls === null || tls === undefined ? null : readTlsRecord(tls),
  };
}

function readRings(answer: WireValue): SocketRings {
  const { slots, slot, incoming, outgoing } = expectRecord(answer, 'socket');
  return {
    slots: expectNumber(slots ?? null, 'socket'),
    slot: expectNumber(slot ?? null, 'socket'),
    incoming: readPlace(incoming ?? null),
    outgoing: readPlace(outgoing ?? null),
  };
}

function readPlace(answer: WireValue): RingPlace {
  return isList(answer) ? answer.map(Number) : unexpected('socket');
}

function readTlsRecord(answer: WireValue): TlsRecord {
  const raw = expectRecord(answer, 'tls');
  const certificate: { [key: string]: WireValue } = {};
  if (raw['peerCert'] !== null && raw['peerCert'] !== undefined) {
    for (const [key, value] of Object.entries(expectRecord(raw['peerCert'], 'tls'))) certificate[key] = value ?? null;
  }
  return {
    protocol: String(raw['protocol']),
    cipher: String(raw['cipher']),
    alpn: typeof raw['alpn'] === 'string' ? raw['alpn'] : null,
    sessionReused: raw['sessionReused'] === true,
    peerCert: raw['peerCert'] === null ? null : certificate,
  };
}
