/**
 * TCP and TLS sockets that block the script's thread. Powerless: each method is one operation on a handle that the
 * kernel gave out. Semantics: spec/surface.md, "Sockets".
 */
import type { WireValue } from '../wire/codec.ts';
import type { SocketRecord, TlsRecord } from '../wire/records.ts';
import { SELECTED, type Selected } from './select.ts';
import {
  expectBytesOrNull,
  expectNumber,
  expectRecord,
  type RawOptions,
  type Session,
  timeoutOf,
  unexpected,
} from './session.ts';

/** Seconds for one operation, in place of the socket's own time-out; null: no limit. */
export interface SocketTimeout {
  readonly timeout?: number | null;
}

const encoder = new TextEncoder();

/** Text as UTF-8, bytes as they are. */
export function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? encoder.encode(data) : data;
}

/** Most bytes that one call brings over. */
const PIECE_BYTES = 16_777_216;

/** Longest line that is read unless the caller says otherwise. */
const DEFAULT_MAX_LINE = 65_536;

export class SyncTcpSocket {
  readonly #session: Session;
  readonly #record: SocketRecord;
  #timeout: number | null;
  #closed: SocketRecord | null = null;

  constructor(session: Session, record: SocketRecord) {
    this.#session = session;
    this.#record = record;
    this.#timeout = record.timeout;
  }

  /** The host as it was asked for, and the port. */
  get host(): string {
    return this.#record.host;
  }

  get port(): number {
    return this.#record.port;
  }

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

  get bytesSent(): number {
    return this.#state().bytesSent;
  }

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
    return expectNumber(this.#call('socket.send', [bytes.subarray(0, PIECE_BYTES)], options), 'send');
  }

  /** Writes all of `data`; the time-out is that of each 16 MiB. */
  sendAll(data: Uint8Array | string, options: SocketTimeout = {}): void {
    const bytes = toBytes(data);
    for (let sent = 0; sent === 0 || sent < bytes.length; sent += PIECE_BYTES) {
      this.#call('socket.sendAll', [bytes.subarray(sent, sent + PIECE_BYTES)], options);
    }
  }

  /** 1 to `max` bytes, as soon as there are any; null at the end of the stream. */
  recv(max: number, options: SocketTimeout = {}): Uint8Array | null {
    return expectBytesOrNull(this.#call('socket.recv', [max], options), 'recv');
  }

  /** A line with its newline; the unterminated tail once; null at the end. Over `max` bytes: TooLargeError, nothing is lost. */
  recvLine(options: SocketTimeout & { readonly max?: number; readonly chomp?: boolean } = {}): Uint8Array | null {
    const args = [options.max ?? DEFAULT_MAX_LINE, options.chomp ?? false];
    return expectBytesOrNull(this.#call('socket.recvLine', args, options), 'recvLine');
  }

  /**
   * Exactly `count` bytes; null at the end of the stream. Raises ConnectionResetError if it ends in between; what came
   * stays readable.
   */
  recvExact(count: number, options: SocketTimeout = {}): Uint8Array | null {
    return expectBytesOrNull(this.#call('socket.recvExact', [count], options), 'recvExact');
  }

  /** Everything up to and with `mark`; the tail without it once; null at the end. */
  recvUntil(mark: Uint8Array | string, options: SocketTimeout & { readonly max?: number } = {}): Uint8Array | null {
    const args = [toBytes(mark), options.max ?? DEFAULT_MAX_LINE];
    return expectBytesOrNull(this.#call('socket.recvUntil', args, options), 'recvUntil');
  }

  /** Everything to the end of the stream, null if that is nothing. At most `max` bytes: more is a TooLargeError. */
  recvAll(options: SocketTimeout & { readonly max: number }): Uint8Array | null {
    return expectBytesOrNull(this.#call('socket.recvAll', [options.max], options), 'recvAll');
  }

  /** The lines that are left, one after the other. */
  *lines(options: SocketTimeout & { readonly max?: number; readonly chomp?: boolean } = {}): Generator<Uint8Array> {
    for (let line = this.recvLine(options); line !== null; line = this.recvLine(options)) yield line;
  }

  /** Ends one direction or both; what was sent before still arrives. */
  shutdown(direction: 'send' | 'recv' | 'both'): void {
    this.#session.call('socket.shutdown', this.#record.handle, [direction], this.#timeout);
  }

  /** Turns the connection into TLS; this socket can't be used any more. */
  starttls(options: RawOptions = {}): SyncTlsSocket {
    const answer = this.#session.call('socket.starttls', this.#record.handle, [options], timeoutOf(options));
    return openTlsSocket(this.#session, answer);
  }

  /** Sends what is buffered within the socket's time-out, then closes. Closing again does nothing. */
  close(): void {
    if (this.#closed === null) this.#closed = this.#state();
    this.#session.call('socket.close', this.#record.handle, [], this.#timeout);
  }

  get [SELECTED](): Selected {
    return { handle: this.#record.handle, readable: false, writable: false };
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #call(name: SocketCall, args: readonly WireValue[], { timeout = this.#timeout }: SocketTimeout): WireValue {
    return this.#session.call(name, this.#record.handle, [...args, timeout], timeout);
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
  | 'socket.recvAll';

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
  const { handle, host, port, localHost, localPort, connected, timeout, bytesSent, bytesReceived, tls } = raw;
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
    tls: tls === null || tls === undefined ? null : readTlsRecord(tls),
  };
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
