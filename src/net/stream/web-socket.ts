/**
 * A WebSocket: messages over a connection of the dialler's. Trusted side; the peer is hostile. ws frames them; who may
 * connect, for how long, with how many bytes and how much memory is decided here. The connection is never pooled.
 */
import { ArgumentError, CaspianError, SocketError, TooLargeError } from '../../errors/classes.ts';
import { targetText } from '../address/target.ts';
import type { VettedAddress } from '../address/vetted.ts';
import type { Capability } from '../capability.ts';
import type { Clock } from '../clock.ts';
import type { By } from '../decision.ts';
import type { Connection } from '../dial/connection.ts';
import { type Bounds, Deadline, type Outcome, runStep } from '../dial/deadline.ts';
import { reach } from '../dial/reach.ts';
import type { Resolve } from '../dial/resolve.ts';
import type { FailureContext } from '../dial/translate.ts';
import type { Through } from '../dial/tunnel.ts';
import type { HttpKernel } from '../http/kernel.ts';
import type { CallPolicy, OpeningBounds, OpenSocket } from '../http/policy.ts';
import { secretNeedsEgress } from '../http/secret.ts';
import { settleOptions } from '../options.ts';
import { anyOf } from '../signals.ts';
import { endOf, readFailure, refusal } from './failure.ts';
import { Inbox } from './inbox.ts';
import { STREAM_OPERATION_OPTIONS, type StreamOperationOptions, type WebSocketOptions } from './options.ts';
import { Outbox, type OutboxOwner, settled } from './outbox.ts';
import { callOf, readAsk, sentPath, tlsOf, type WebSocketAsk, withExtras } from './web-socket-ask.ts';
import type { Peer, PeerListener } from './ws.ts';

/** A message of a WebSocket: text, or bytes (RFC 6455 section 5.6). */
export type Message = string | Uint8Array;

/** What a WebSocket is opened with. */
export interface StreamKernel {
  readonly capability: Capability;
  readonly clock: Clock;
  readonly resolve: Resolve | undefined;
  readonly http: HttpKernel;
  /** What stands over every call; undefined where grants alone decide. */
  readonly calls: CallPolicy | undefined;
  /** The host program's proxy; null for none. */
  readonly through: Through | null;
}

export interface StreamContext {
  readonly signal?: AbortSignal | undefined;
  readonly by?: By | undefined;
}

/** Bytes of messages that nobody has asked for, before the peer has to wait. */
const HIGH_WATER = 65_536;
/** What one piece of the stream may decode to beyond that: the peer can't be stopped within it. */
const AHEAD_BYTES = 4_194_304;
const LONGEST_REASON = 123;

/**
 * An open WebSocket. Every operation takes `timeout` (seconds, null for no limit) and `signal`. Pings are answered;
 * a peer that sends more than is read has to wait.
 */
export class NetWebSocket implements AsyncDisposable, OpenSocket {
  readonly #kernel: StreamKernel;
  readonly #ask: WebSocketAsk;
  readonly #connection: Connection<VettedAddress>;
  readonly #inbox: Inbox<Message>;
  readonly #outbox: Outbox;
  readonly #onAbort: () => void;
  readonly #gone: Promise<void>;
  #tellGone = (): void => {};
  #peer: Peer | null = null;
  #protocol: string | null = null;
  /** Why it can't be used any more; null while it can. */
  #over: CaspianError | null = null;
  #isGone = false;
  /** It did not end by a Close. */
  #broken = false;
  #code: number | null = null;
  #reason: string | null = null;

  private constructor(kernel: StreamKernel, ask: WebSocketAsk, connection: Connection<VettedAddress>) {
    this.#kernel = kernel;
    this.#ask = ask;
    this.#connection = connection;
    this.#inbox = new Inbox(HIGH_WATER, () => this.#peer?.resume());
    this.#outbox = new Outbox(this.#owner());
    this.#gone = new Promise((resolve) => {
      this.#tellGone = resolve;
    });
    const { signal } = kernel.capability;
    this.#onAbort = () => this.#abort(signal.reason);
    signal.addEventListener('abort', this.#onAbort);
    connection.onWriteFailure(() => this.#outbox.fail(this.#sendFailure()));
  }

  /** Asks for it, dials, and shakes hands. Raises denials, and what broke; HttpStatusError if the server answers otherwise. */
  static async open(
    kernel: StreamKernel,
    url: string,
    rawOptions: WebSocketOptions | undefined,
    context: StreamContext,
  ): Promise<NetWebSocket> {
    const { capability, http, calls } = kernel;
    const { limitsMethods } = capability.grants;
    const about = { userAgent: http.userAgent, limitsMethods, underPolicy: calls !== undefined };
    const ask = readAsk(url, rawOptions, about);
    if (calls === undefined) {
      if (ask.secret !== null) throw secretNeedsEgress('web_socket');
      return await NetWebSocket.#connect(kernel, ask, context);
    }
    const { signal, by } = context;
    const refused = (denial: CaspianError): void =>
      capability.reportRefusal({ operation: 'web_socket', method: 'WEBSOCKET', url: ask.url, by }, denial);
    return await calls.socket(callOf(ask, { signal, refused }), (extras, bounds) =>
      NetWebSocket.#connect(kernel, withExtras(ask, extras), context, bounds),
    );
  }

  static async #connect(
    kernel: StreamKernel,
    ask: WebSocketAsk,
    { signal: session, by }: StreamContext,
    { timeout, connectTimeout }: OpeningBounds = ask.options,
  ): Promise<NetWebSocket> {
    const { capability, clock, resolve, http, through } = kernel;
    const { signal: own } = ask.options;
    const method = 'WEBSOCKET';
    const operation = 'web_socket';
    const target = capability.permitRequest({ method, url: ask.url, operation, written: ask.written, by });
    const tls = ask.url.protocol === 'wss:' ? tlsOf(ask.options, target.host, http.roots) : null;
    for (const name of ask.dropped) {
      http.onDropped({ operation, host: target.host.text, port: target.port, header: name, by: by ?? null });
    }
    const deadline = Deadline.after(clock, timeout, 'connect');
    const signal = anyOf(own, session);
    const dialling = { capability, target, tls, deadline, connectTimeout, signal, resolve, operation, by };
    const { connection } = await reach(dialling, through);
    const socket = new NetWebSocket(kernel, ask, connection);
    const bounds = { deadline, about: { operation, target }, signals: [signal, capability.signal] };
    try {
      await socket.#shakeHands(bounds, sentPath(target.path + ask.url.search, ask.addedQuery));
      return socket;
    } catch (error) {
      socket.#abort(error);
      throw error;
    }
  }

  /** What was dialled, for a policy over the socket. */
  get address(): string {
    return this.#connection.address.text;
  }

  /** Resolves when the connection is gone, with the bytes that went over it. */
  get whenOver(): Promise<{ readonly bytesIn: number; readonly bytesOut: number }> {
    return this.#gone.then(() => this.#connection.traffic);
  }

  /** Ends it at once; who holds it is told `reason`. */
  end(reason: unknown): void {
    this.#abort(reason);
  }

  /** The URL that was asked for. */
  get url(): string {
    return this.#ask.url.href;
  }

  /** The subprotocol that was agreed on; null if none was. */
  get protocol(): string | null {
    return this.#protocol;
  }

  /** Seconds that an operation may take if it does not say otherwise; null is no limit. */
  get timeout(): number | null {
    return this.#ask.options.timeout;
  }

  /** The most bytes of messages that may lie here, unread and half-way: for who bounds the sum of several. */
  get mayKeep(): number {
    return HIGH_WATER + this.#ask.options.maxMessage + AHEAD_BYTES;
  }

  /** True once either side has said that it closes, or the connection is gone. */
  get closed(): boolean {
    return this.#over !== null;
  }

  /** The code of the peer's Close (1005 if it gave none); null if none has come. */
  get closeCode(): number | null {
    return this.#code;
  }

  /** The reason in the peer's Close; null if none has come. */
  get closeReason(): string | null {
    return this.#reason;
  }

  /**
   * Sends a message: a text, or bytes. Done when the system has taken all of it. A message that is ended by its time-out
   * may still go out; the next one waits for it.
   */
  async send(data: Message, options?: StreamOperationOptions): Promise<void> {
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) {
      throw new ArgumentError('send: the message must be a text or a Uint8Array');
    }
    await this.#outbox.send(data, this.#bounds('send', 'write', options));
  }

  /** The next message: a text, or bytes; null once it is closed. One at a time. */
  recv(options?: StreamOperationOptions): Promise<Message | null> {
    return this.#inbox.take(this.#bounds('recv', 'read', options));
  }

  /**
   * Says that it closes and waits until the peer has answered, at most 5 seconds; what it sends meanwhile is dropped.
   * `code`: 1000, or 3000 to 4999. Closing again does nothing.
   */
  async close(code = 1000, reason = '', options?: StreamOperationOptions): Promise<void> {
    checkClose(code, reason);
    const bounds = this.#bounds('close', 'write', options);
    if (this.#isGone) return;
    this.#over ??= closedError();
    this.#inbox.clear();
    this.#inbox.end();
    this.#peer?.resume();
    this.#peer?.close(code, reason);
    try {
      await settled(this.#gone, bounds);
    } catch (error) {
      this.#destroy();
      if (!(error instanceof CaspianError && error.code === 'NET_TIMEOUT')) throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The messages as they come, to the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    for (let message = await this.recv(); message !== null; message = await this.recv()) yield message;
  }

  async #shakeHands(bounds: Bounds, path: string): Promise<void> {
    const { url, headers, options } = this.#ask;
    const { protocols, maxMessage, compression } = options;
    const { Peer } = await import('./ws.ts');
    bounds.deadline.phase = 'headers';
    await runStep<void>(bounds, (opening) => {
      const { socket } = this.#connection;
      const asked = { url, path, headers, protocols, maxMessage, compression, socket };
      this.#peer = new Peer(asked, this.#listener(opening));
      return () => this.#destroy();
    });
  }

  #listener(opening: Outcome<void>): PeerListener {
    const context = this.#context('web_socket');
    let isOpen = false;
    return {
      upgraded: (httpVersion) => {
        if (httpVersion !== '1.1')
          opening.failed(readFailure(new Error('it answers in another version'), null, context));
      },
      opened: (protocol) => {
        isOpen = true;
        this.#settle();
        this.#connection.socket.on('data', () => this.#settle());
        // A write that failed keeps the socket open, so that all can be read; now it has been.
        this.#connection.socket.on('end', () => {
          if (this.#connection.failure() !== null) this.#connection.destroy();
        });
        this.#protocol = protocol === '' ? null : protocol;
        if (this.#over === null) opening.done();
        else opening.failed(this.#over);
      },
      refused: (status) => opening.failed(refusal(status, context)),
      message: (data, isBinary) => this.#arrived(data, isBinary),
      pinged: (data) => this.#answer(data),
      closing: (code, reason) => {
        // A failure is reported right after its Close, and then counts.
        queueMicrotask(() => this.#peerCloses(code, reason));
      },
      failed: (error) => {
        const seen = this.#connection.failure();
        if (isOpen) this.#fail(readFailure(error, seen, this.#context('recv')));
        else opening.failed(readFailure(error, seen, context));
      },
      closed: () => {
        const failure = endOf(this.#connection.failure(), isOpen ? this.#context('recv') : context);
        opening.failed(failure);
        this.#ended(failure);
      },
    };
  }

  #arrived(data: Buffer, isBinary: boolean): void {
    if (this.#over !== null) return;
    const inbox = this.#inbox;
    inbox.put(isBinary ? new Uint8Array(data) : data.toString('utf8'), data.length);
    if (inbox.full) this.#peer?.pause();
    // SECURITY: what a piece of the stream decodes to can't be stopped half-way (test/attacks/websocket-bomb.test.ts).
    if (inbox.bytes <= this.mayKeep) return;
    const error = new TooLargeError(`${this.#place('recv')}: the peer sends more at once than is kept unread`);
    this.#fail(error);
    this.#destroy();
  }

  #answer(data: Uint8Array): void {
    // After the end of the connection there is nobody to answer; what has come is still read.
    if (this.#peer !== null && this.#connection.socket.writable) this.#outbox.answer(this.#peer, data);
  }

  #usable(): Peer {
    const peer = this.#peer;
    if (this.#over !== null) throw this.#over;
    if (peer === null) throw closedError();
    return peer;
  }

  /** What the outbox sees of it. */
  #owner(): OutboxOwner {
    const over = (): CaspianError | null => this.#over;
    return {
      usable: () => this.#usable(),
      metered: this.#kernel.capability.countsBytes,
      settle: () => this.#settle(),
      get over() {
        return over();
      },
      failure: () => this.#sendFailure(),
    };
  }

  #sendFailure(): CaspianError {
    return endOf(this.#connection.failure(), this.#context('send'));
  }

  #peerCloses(code: number, reason: string): void {
    if (this.#broken) return;
    this.#code = code;
    this.#reason = reason;
    this.#over ??= closedError();
    this.#inbox.end();
  }

  /** Something broke: what has arrived can still be read. */
  #fail(error: CaspianError): void {
    this.#broken = true;
    this.#over ??= error;
    this.#inbox.fail(error);
    this.#outbox.fail(error);
  }

  /** The capability has ended, or what it may use: nothing can be read any more. */
  #abort(reason: unknown): void {
    const error =
      reason instanceof CaspianError ? reason : new SocketError('the WebSocket was ended', { cause: reason });
    this.#inbox.clear();
    this.#fail(error);
    this.#destroy();
    if (this.#peer === null) this.#ended(error);
  }

  #destroy(): void {
    this.#peer?.terminate();
    this.#connection.destroy();
  }

  /** The connection is gone. */
  #ended(failure: CaspianError): void {
    this.#isGone = true;
    this.#settle();
    this.#fail(failure);
    this.#kernel.capability.signal.removeEventListener('abort', this.#onAbort);
    this.#tellGone();
  }

  /** Charges what went over the wire. */
  #settle(): void {
    try {
      this.#connection.settle();
    } catch (error) {
      this.#abort(error);
    }
  }

  #context(operation: string): FailureContext {
    return { operation, target: this.#connection.target, phase: 'read' };
  }

  #place(operation: string): string {
    return `${operation} ${targetText(this.#connection.target)}`;
  }

  #bounds(operation: string, phase: 'read' | 'write', raw: StreamOperationOptions | undefined): Bounds {
    const { timeout = this.timeout, signal } = settleOptions(STREAM_OPERATION_OPTIONS, raw, operation);
    const { clock, capability } = this.#kernel;
    return {
      deadline: Deadline.after(clock, timeout, phase),
      about: { operation, target: this.#connection.target },
      signals: [signal, capability.signal],
    };
  }
}

function closedError(): SocketError {
  return new SocketError('the WebSocket is closed');
}

/** RFC 6455 section 7.4: what an application may say. */
function checkClose(code: unknown, reason: unknown): void {
  const fits = typeof code === 'number' && Number.isInteger(code) && (code === 1000 || (code >= 3000 && code <= 4999));
  if (!fits) throw new ArgumentError('close: the code must be 1000, or an integer from 3000 to 4999');
  if (typeof reason !== 'string' || Buffer.byteLength(reason) > LONGEST_REASON) {
    throw new ArgumentError(`close: the reason must be a text of at most ${LONGEST_REASON} bytes`);
  }
}
