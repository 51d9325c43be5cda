/**
 * One connection as undici sees it: a socket of just the methods that its parser uses, over the socket that `dial`
 * opened. Trusted side; the peer is hostile. It reads into one shared buffer, checks what undici does not (the
 * version in the status line, endless headers, bytes that nobody asked for) and tells a reset from an end.
 */
import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { ProtocolError } from '../../errors/classes.ts';
import type { Connection } from '../dial/connection.ts';
import type { WireView } from './channel.ts';
import { HeadReader } from './head.ts';
import { free } from './lent.ts';
import { type Mover, turns } from './turns.ts';

/** What a peer may send without a byte of body coming out: status line, headers, 1xx, chunk extensions, trailers. */
const MAX_SILENT_BYTES = 131_072;
const READ_BUFFER_BYTES = 262_144;
const METERED_SLICE_BYTES = 16_384;

/**
 * libuv fills the buffer and calls back at once on Unix, so that all connections can read into one. On Windows a read
 * is under way in the background with its buffer.
 */
const sharedBuffer = process.platform === 'win32' ? null : Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

/** `idle`: nobody has asked for anything. `head`: up to the end of the final response's headers. */
type Phase = 'idle' | 'head' | 'body';

export class Wire extends EventEmitter implements WireView, Mover {
  /** For `net.connect`: reads go to the shared buffer and come here. Only for a socket without TLS. */
  readonly onread: { readonly buffer: Buffer; readonly callback: (bytes: number, buffer: Uint8Array) => boolean };
  /** What undici looks at. */
  destroyed = false;
  errored: Error | null = null;
  readonly alpnProtocol = 'http/1.1';

  /** The code of the errors that stand for `failure` inside undici. */
  static readonly FAILED = 'CASPIAN_WIRE';
  /** The first failure that the socket itself reported; undici may have made another one of it. */
  failure: Error | null = null;
  /** The peer has sent its end. */
  ended = false;
  /** Since the last `begin`: whether anything was written, or came back. */
  wrote = false;
  heard = false;
  /** The borrower's bytes are counted as they pass; when they are too many, the connection ends with that error. */
  metered = false;

  readonly #head = new HeadReader();
  #connection: Connection | null = null;
  #socket: Socket | null = null;
  #phase: Phase = 'idle';
  /** Arrived and not yet taken by the parser. */
  #pending: Buffer | null = null;
  /** The memory that it lies in, or lay in, if that is this wire's own. */
  #own: Buffer | null = null;
  /** Where the last piece of a body ended. */
  #bodyMemory: ArrayBufferLike | null = null;
  #bodyEnd = 0;
  /** The parser has been paused. */
  #paused = false;
  /** For its turn. */
  #waits = false;
  #silent = 0;
  #closed = false;

  constructor() {
    super();
    const buffer = sharedBuffer ?? Buffer.allocUnsafeSlow(65_536);
    this.onread = {
      buffer,
      callback: (bytes) => {
        this.#arrive(buffer.subarray(0, bytes), false);
        this.#share(bytes);
        return true;
      },
    };
  }

  /** Takes over an open connection. `reads`: `onread` if its socket was opened with ours, else `stream`. */
  attach(connection: Connection, reads: 'onread' | 'stream'): void {
    const { socket } = connection;
    this.#connection = connection;
    this.#socket = socket;
    socket.setNoDelay(true);
    if (reads === 'stream') {
      socket.on('data', (chunk: Buffer) => {
        const { length } = chunk;
        this.#arrive(chunk, true);
        this.#share(length);
      });
    }
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error) => this.#onError(error));
    socket.on('close', () => this.#close());
    socket.on('drain', () => this.#tell('drain'));
    if (this.destroyed) connection.destroy();
    else if (socket.destroyed) this.destroy();
    else socket.resume();
  }

  /** `1.0` or `1.1`, once the status line has come. */
  get httpVersion(): '1.0' | '1.1' {
    return this.#head.version;
  }

  /** Bytes that the system has not taken yet. */
  get unsent(): number {
    return this.#socket?.writableLength ?? 0;
  }

  /** A request is about to be written: the next bytes are its response. */
  begin(): void {
    this.#phase = 'head';
    this.#head.reset();
    this.#silent = 0;
    this.wrote = false;
    this.heard = false;
  }

  /** `write` sees it for itself. */
  begun(): void {}

  /** An interim response: another status line follows. */
  headAgain(): void {
    this.#head.reset();
  }

  /** The final response's headers are in. */
  bodyBegins(): void {
    this.#phase = 'body';
    this.#silent = 0;
  }

  /** This of the body has come out. */
  progressed({ buffer, byteOffset, length }: Uint8Array): void {
    this.#silent = 0;
    this.#bodyMemory = buffer;
    this.#bodyEnd = byteOffset + length;
  }

  /** The response is complete. Whatever comes from now on, nobody asked for. */
  finish(): void {
    this.#phase = 'idle';
    this.metered = false;
    turns.leave(this);
    if (this.#waits) this.goOn();
  }

  #arrive(chunk: Buffer, owned: boolean): void {
    if (this.destroyed) return;
    if (this.#phase === 'idle') {
      // SECURITY: such bytes would be read as the answer to the next request (test/attacks/http-unasked-response.test.ts).
      this.destroy(new ProtocolError('the peer sent a response that nobody had asked for'));
      return;
    }
    this.heard = true;
    this.#keep(this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk]), owned || this.#pending !== null);
    try {
      if (this.metered) this.#connection?.settle();
      this.emit('readable');
    } catch (thrown) {
      this.#broken(thrown);
    }
    if (!this.destroyed) this.#afterRead();
  }

  #keep(chunk: Buffer, isOwn: boolean): void {
    this.#pending = chunk;
    this.#own = isOwn ? chunk : null;
  }

  /** Leaves the rest of this turn to others, if that was much. What comes while nobody asks is looked at without delay. */
  #share(bytes: number): void {
    if (!this.destroyed && !this.#paused && this.#phase !== 'idle') turns.moved(bytes, this);
  }

  stop(): void {
    this.#waits = true;
    this.#socket?.pause();
  }

  goOn(): void {
    this.#waits = false;
    if (!this.destroyed && !this.#paused) this.#socket?.resume();
  }

  #afterRead(): void {
    if (this.#silent > MAX_SILENT_BYTES) {
      this.destroy(new ProtocolError('the peer sends headers without end'));
    } else if (this.#pending !== null) {
      // The parser has been paused: keep what is left, and let the peer wait.
      if (this.#own === null) this.#keep(Buffer.from(this.#pending), true);
      this.#paused = true;
      this.#socket?.pause();
    }
  }

  /** undici takes the next piece. While headers are expected, a piece ends where they do. */
  read(): Buffer | null {
    const chunk = this.#pending;
    if (chunk === null) {
      this.#freeOwn();
      if (this.#paused && !this.destroyed) {
        this.#paused = false;
        if (!this.#waits) this.#socket?.resume();
      }
      return null;
    }
    this.#pending = null;
    this.#silent += chunk.length;
    return this.#phase === 'head' ? this.#readHead(chunk) : chunk;
  }

  /** The parser has read all there was. Where that ended in a body, it keeps no view of any of it. */
  #freeOwn(): void {
    const own = this.#own;
    this.#own = null;
    if (own !== null && own.buffer === this.#bodyMemory && own.byteOffset + own.length === this.#bodyEnd) free(own);
    this.#bodyMemory = null;
  }

  #readHead(chunk: Buffer): Buffer | null {
    const head = this.#head;
    const end = head.scan(chunk);
    if (end === null) {
      this.destroy(new ProtocolError(`the peer does not speak HTTP/1: ${head.complaint}`));
      return null;
    }
    // undici keeps views of header bytes until the head is whole, and the shared buffer is about to be read into again.
    if (!head.ended) return this.#own === null ? Buffer.from(chunk) : chunk;
    if (head.final || end === chunk.length) return chunk;
    this.#pending = chunk.subarray(end);
    this.#silent -= chunk.length - end;
    return chunk.subarray(0, end);
  }

  /** undici puts back what it has not parsed. */
  unshift(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#silent -= rest.length;
    if (this.#pending === null) this.#pending = rest;
    else this.#keep(Buffer.concat([rest, this.#pending]), true);
  }

  write(data: string | Uint8Array, encoding?: BufferEncoding): boolean {
    const socket = this.#socket;
    if (socket === null || this.destroyed) return false;
    this.wrote = true;
    if (this.metered) return this.#writeMetered(socket, typeof data === 'string' ? Buffer.from(data, encoding) : data);
    return typeof data === 'string' ? socket.write(data, encoding) : socket.write(data);
  }

  /** In slices, so that what is over the budget never leaves. Throws: undici then ends the request with that error. */
  #writeMetered(socket: Socket, data: Uint8Array): boolean {
    let more = true;
    for (let at = 0; at < data.length; at += METERED_SLICE_BYTES) {
      more = socket.write(data.subarray(at, at + METERED_SLICE_BYTES));
      this.#connection?.settle();
    }
    return more;
  }

  cork(): void {
    this.#socket?.cork();
  }

  uncork(): void {
    this.#socket?.uncork();
  }

  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  /** undici takes for a stream only what has this; it never calls it. */
  pipe(): never {
    throw new TypeError('a wire is not piped');
  }

  destroy(error?: Error | null): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.errored = error ?? null;
    this.#pending = null;
    turns.leave(this);
    this.#connection?.destroy();
    process.nextTick(() => {
      if (this.errored !== null) this.#tell('error', this.errored);
      this.#close();
    });
    return this;
  }

  #onEnd(): void {
    if (this.destroyed) return;
    this.ended = true;
    const failure = this.#connection?.failure() ?? null;
    if (failure === null) this.#tell('end');
    else this.#onError(failure);
  }

  /**
   * SECURITY: undici takes ECONNRESET for the good end of a close-delimited body; it does not know this code. A TLS
   * stream that was cut short comes here too (test/attacks/http-body-cut-by-reset.test.ts).
   */
  #onError(error: Error): void {
    this.failure ??= error;
    this.destroy(Object.assign(new Error('the connection failed', { cause: error }), { code: Wire.FAILED }));
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.destroyed = true;
    this.#tell('close');
    this.removeAllListeners();
  }

  #tell(event: string, detail?: Error): void {
    if (event === 'error' && this.listenerCount('error') === 0) return;
    try {
      this.emit(event, detail);
    } catch (thrown) {
      this.#broken(thrown);
    }
  }

  /** An assertion of undici's parser must end this connection, not the process. */
  #broken(thrown: unknown): void {
    this.destroy(thrown instanceof Error ? thrown : new Error('a failure inside the connection'));
  }
}
