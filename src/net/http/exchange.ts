/**
 * One request and its response over one connection: undici's handler on one side, a promise of the head and a source
 * of the body on the other. Trusted side; the peer is hostile. It adds no timer, stream or signal of its own.
 */
import { ArgumentError, ProtocolError } from '../../errors/classes.ts';
import { codeOf } from '../dial/translate.ts';
import type { Incoming, Sink } from './body.ts';
import type { HttpVersion, Loan, WireView } from './channel.ts';
import { readFailure } from './failure.ts';
import { free } from './lent.ts';
import type { Operation } from './operation.ts';
import type { CallGuard } from './policy.ts';
import { STALE } from './stale.ts';
import type { Dispatch, DispatchController, DispatchHandler, RawHeaders } from './undici.ts';

/** The head of a final response. */
export interface Head {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case, values latin1; a list where a header was repeated. */
  readonly headers: RawHeaders;
  readonly httpVersion: HttpVersion;
}

/** Bytes of a body that nobody has asked for yet, before the peer has to wait. */
const HIGH_WATER = 65_536;
const MAX_INTERIM = 16;
/** The longest rest of a body that is read to save its connection. */
const SMALL_REST = 65_536;

/** Told once how a request went. Called from inside the parser. */
export interface ExchangeListener {
  answered(exchange: Exchange, head: Head): void;
  failed(exchange: Exchange, error: unknown): void;
}

export class Exchange implements DispatchHandler, Incoming {
  readonly #channel: Loan;
  readonly #operation: Operation;
  /** Until it is told. SECURITY: it has the request's body, which a response that is kept does not need (test/attacks/kept-request-bodies.test.ts). */
  #listener: ExchangeListener | null;
  #controller: DispatchController | null = null;
  /** The peer says that it has not acted on the request. */
  #refused = false;
  /** The whole request has been handed to the connection. */
  #sent = false;
  #bodySent = 0;
  #started = false;
  #interim = 0;
  /** As it was stated; Infinity if it was not. */
  #length = Number.POSITIVE_INFINITY;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #received = 0;
  #sink: Sink | null = null;
  /** The sink has asked us to wait. */
  #stalled = false;
  #paused = false;
  #ended = false;
  #trailers: RawHeaders = NO_TRAILERS;
  /** Who says how trailers are shown; null: as they came. */
  shownBy: Pick<CallGuard, 'trailed'> | null = null;
  #failure: { readonly error: unknown } | null = null;

  /** `operation` is told when the last byte has come or the exchange has failed. */
  constructor(channel: Loan, operation: Operation, listener: ExchangeListener) {
    this.#channel = channel;
    this.#operation = operation;
    this.#listener = listener;
  }

  /** Sends the request. The listener is told when the final response's head is in. */
  start(request: Dispatch): void {
    this.#channel.send(request, this);
  }

  /** Where a time-out that strikes now would strike. */
  get phase(): 'request' | 'headers' | 'body' {
    if (this.#started) return 'body';
    const { wire } = this.#channel;
    return this.#sent && wire.wrote && wire.unsent === 0 ? 'headers' : 'request';
  }

  /** Nothing of a response has come, so that the request may have failed for the connection's age alone. */
  get unanswered(): boolean {
    return !this.#channel.wire.heard;
  }

  /** Nothing has been sent either: the request can be made anew, whatever it is. */
  get unsent(): boolean {
    return !this.#channel.wire.wrote;
  }

  /** The peer has not acted on it, as it says: it may be sent once more, whatever it is (RFC 9113 section 8.7). */
  get refused(): boolean {
    return this.#refused && this.unanswered;
  }

  /** Of one that failed: the connection has gone with it, which may have been of old age. */
  get disconnected(): boolean {
    const { wire } = this.#channel;
    return wire.httpVersion !== '2' || wire.ended || wire.failure !== null;
  }

  /** Bytes of the request's body that the connection has been given. */
  get bodySent(): number {
    return this.#bodySent;
  }

  /**
   * The whole body if all of it has come and nobody has begun to read it; null otherwise. Its memory may be a part of
   * Buffer's pool: not to be handed on.
   */
  takeComplete(): Uint8Array | null {
    if (!this.#ended || this.#failure !== null || this.#sink !== null) return null;
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length < 2) return waiting[0] ?? NOTHING;
    return Buffer.concat(waiting);
  }

  /** Bytes of the body that have come, as they were sent. */
  get received(): number {
    return this.#received;
  }

  /** True once the last byte has come. */
  get complete(): boolean {
    return this.#ended;
  }

  /** What came after the body; nothing before its end. */
  get trailers(): RawHeaders {
    return this.#trailers;
  }

  pipe(sink: Sink): void {
    this.#sink = sink;
    this.#drain();
  }

  resume(): void {
    this.#stalled = false;
    this.#drain();
  }

  /** Ends it with this error and closes the connection. */
  cancel(error: unknown): void {
    if (!this.#ended) {
      this.#fail(error);
      return;
    }
    // SECURITY: all of it is here, but its reader may not have had all (test/attacks/http-capped-whole-body.test.ts).
    this.#failure = { error };
    this.#waiting = [];
    this.#drain();
  }

  /**
   * Drops the rest, which nobody has begun to read: one that says it is small is read to its end, so that the connection
   * stays; else the connection is closed. Resolves when it is over, however it ends.
   */
  discard(): Promise<void> {
    if (this.#ended || this.#failure !== null) return Promise.resolve();
    if (this.#length > SMALL_REST) {
      this.#fail(new ArgumentError('the body was closed before its end'));
      return Promise.resolve();
    }
    return new Promise((resolve) => this.pipe({ write: () => true, end: resolve, fail: () => resolve() }));
  }

  onRequestStart(controller: DispatchController): void {
    this.#channel.wire.begun();
    // It was given up while it waited for its turn on a shared connection.
    if (this.#failure !== null) controller.abort(asError(this.#failure.error));
    // SECURITY: undici sends by itself what was refused; nobody would have let it (test/attacks/http2-refused.test.ts).
    else if (this.#controller !== null) controller.abort(refusedError());
    else this.#controller = controller;
  }

  onBodySent(piece: Uint8Array): void {
    this.#bodySent += piece.length;
  }

  onRequestSent(): void {
    this.#sent = true;
  }

  onResponseStart(_controller: DispatchController, status: number, headers: RawHeaders, reason: string): void {
    if (this.#failure !== null) return;
    const { wire } = this.#channel;
    if (status < 200) {
      wire.headAgain();
      if (++this.#interim > MAX_INTERIM) this.#fail(this.#broken('the peer sends interim responses without end'));
      return;
    }
    const coding = headers['transfer-encoding'];
    if (coding !== undefined && !(typeof coding === 'string' && coding.trim().toLowerCase() === 'chunked')) {
      this.#fail(this.#broken('the body has a transfer coding that nobody asked for'));
      return;
    }
    const length = headers['content-length'];
    if (typeof length === 'string') this.#length = Number(length);
    this.#started = true;
    wire.bodyBegins();
    const listener = this.#listener;
    this.#listener = null;
    listener?.answered(this, { status, reason, headers, httpVersion: wire.httpVersion });
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    if (this.#failure !== null) return;
    this.#channel.wire.progressed(chunk);
    this.#received += chunk.length;
    if (this.#sink !== null && !this.#stalled && this.#waiting.length === 0) {
      this.#stalled = !this.#sink.write(chunk);
      if (this.#stalled) this.#pause();
      return;
    }
    this.#waiting.push(Buffer.from(chunk));
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= HIGH_WATER) this.#pause();
  }

  onResponseEnd(_controller: DispatchController, trailers: RawHeaders): void {
    if (this.#failure !== null) return;
    this.#ended = true;
    // It has the request's body as well.
    this.#controller = null;
    this.#trailers = this.shownBy === null ? trailers : this.shownBy.trailed(trailers);
    this.#channel.release();
    this.#operation.over();
    this.#drain();
  }

  onResponseError(_controller: DispatchController | null, error: Error): void {
    if (isRefusal(error, this.#channel.wire)) this.#refused = true;
    if (this.#failure === null && !this.#ended)
      this.#fail(readFailure(error, this.#channel.wire, { ...this.#operation.about, phase: 'read' }));
  }

  #pause(): void {
    this.#paused = true;
    this.#controller?.pause();
  }

  #drain(): void {
    const sink = this.#sink;
    if (sink === null) return;
    while (!this.#stalled) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) break;
      this.#waitingBytes -= chunk.length;
      this.#stalled = !sink.write(chunk);
      free(chunk);
    }
    if (this.#stalled) return;
    const failure = this.#failure;
    if (failure !== null) this.#finish((over) => over.fail(failure.error));
    else if (this.#ended) this.#finish((over) => over.end());
    else if (this.#paused) {
      this.#paused = false;
      this.#controller?.resume();
    }
  }

  #finish(tell: (sink: Sink) => void): void {
    const sink = this.#sink;
    // A sink is told once; what it had not read is gone with it.
    this.#stalled = true;
    if (sink !== null) tell(sink);
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#channel.destroy(asError(error), this.#controller);
    this.#controller = null;
    this.#operation.over(error);
    const listener = this.#listener;
    // SECURITY: undici may keep this for long (test/attacks/http2-given-up.test.ts).
    this.#listener = null;
    listener?.failed(this, error);
    this.#drain();
  }

  #broken(reason: string): ProtocolError {
    const { operation, target } = this.#operation.about;
    return new ProtocolError(reason, { operation, host: target.written, port: target.port });
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('ended by its caller');
}

/** RFC 9113 section 7. */
const REFUSED_STREAM = 7;

/** As Node says it, and undici where it does not send the request again. */
function refusedError(): Error {
  const message = 'Stream closed with error code NGHTTP2_REFUSED_STREAM';
  return Object.assign(new Error(message), { code: 'ERR_HTTP2_STREAM_ERROR', http2ErrorCode: REFUSED_STREAM });
}

/** Refused by itself; or given back with GOAWAY, by which undici would send it over another connection. */
function isRefusal(error: Error, { httpVersion }: WireView): boolean {
  if (httpVersion !== '2') return false;
  return codeOf(error) === STALE || ('http2ErrorCode' in error && error.http2ErrorCode === REFUSED_STREAM);
}

const NOTHING = new Uint8Array(0);
const NO_TRAILERS: RawHeaders = Object.freeze({});
