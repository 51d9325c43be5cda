/**
 * A stream of server-sent events, over as many connections as it takes. Trusted side; the server is hostile. Each
 * connection is a fetch of the HTTP client's, and so decided, counted and dialled as any other.
 */
import { ArgumentError, type CaspianError, HttpStatusError, ProtocolError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { parseHost } from '../address/host.ts';
import { type Target, targetText } from '../address/target.ts';
import type { Timer } from '../clock.ts';
import type { By } from '../decision.ts';
import { type Bounds, Deadline } from '../dial/deadline.ts';
import type { Source } from '../http/body.ts';
import { type ClientGround, HttpClient } from '../http/client.ts';
import type { RequestOptions } from '../http/options.ts';
import type { HttpResponse } from '../http/response.ts';
import { portOf } from '../http/trip.ts';
import { readUrl, writtenHost } from '../http/url.ts';
import { settleOptions } from '../options.ts';
import { type EventAsk, readEventAsk } from './event-ask.ts';
import { EventParser, type StreamEvent } from './event-parser.ts';
import { Inbox } from './inbox.ts';
import { type EventSourceOptions, STREAM_OPERATION_OPTIONS, type StreamOperationOptions } from './options.ts';
import type { StreamContext } from './web-socket.ts';

/** Characters of events that nobody has asked for, before the server has to wait. */
const HIGH_WATER = 65_536;
/** Between two connections, until the server says another time. */
const RETRY_MS = 3_000;
/** SECURITY: a server can't make us ask without a pause (test/attacks/events-reconnect-storm.test.ts). */
const SHORTEST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 300_000;
/** Failures that may be gone the next time. */
const PASSING: ReadonlySet<string> = new Set(['NET_RESET', 'NET_REFUSED', 'NET_TIMEOUT', 'NET_DNS']);

/**
 * An event stream. Where it reconnects, it does so when `next` is waiting for more: after a pause that the server may
 * set, longer each time that no event comes.
 */
export class NetEventSource implements AsyncDisposable {
  readonly #ground: ClientGround;
  readonly #ask: EventAsk;
  readonly #url: string;
  readonly #target: Target;
  readonly #client: HttpClient;
  readonly #inbox: Inbox<StreamEvent>;
  readonly #undo: (() => void)[] = [];
  #by: By | undefined;
  /** Ends the connection that there is. */
  #stop: AbortController | null = null;
  #source: Source | null = null;
  #over = false;
  #lastId: string;
  #retryMs = RETRY_MS;
  /** Connections in a row without an event. */
  #idle = 0;
  /** On the clock: when to connect again. Null while connected or connecting. */
  #due: number | null = null;
  #timer: Timer | null = null;

  private constructor(ground: ClientGround, url: string, ask: EventAsk, { signal: session, by }: StreamContext) {
    const read = readUrl(url);
    const host = parseHost(read.hostname);
    this.#ground = ground;
    this.#ask = ask;
    this.#url = url;
    this.#target = { host, port: portOf(read), written: writtenHost(read, url) ?? read.hostname };
    this.#client =
      ask.client === null
        ? HttpClient.plain(ground)
        : HttpClient.open(ground, { ...ask.client, credentialsFor: [read.origin] });
    this.#by = by;
    this.#lastId = ask.lastEventId;
    this.#inbox = new Inbox(HIGH_WATER, () => this.#source?.resume());
    for (const signal of [ground.capability.signal, session, ask.signal]) this.#heed(signal);
  }

  /**
   * Connects and looks at the headers. Raises denials and what broke; HttpStatusError for a status other than 200 and
   * 204, ProtocolError for a body that is no event stream.
   */
  static async open(
    ground: ClientGround,
    url: string,
    options: EventSourceOptions | undefined,
    context: StreamContext,
  ): Promise<NetEventSource> {
    const source = new NetEventSource(ground, url, readEventAsk(options), context);
    try {
      await source.#connect();
      return source;
    } catch (error) {
      source.#finish(() => source.#inbox.fail(error));
      throw error;
    }
  }

  /** The URL that was asked for. */
  get url(): string {
    return this.#url;
  }

  /** The id of the last event that named one; null if none did. */
  get lastEventId(): string | null {
    return this.#lastId === '' ? null : this.#lastId;
  }

  /** Seconds that `next` may take if it does not say otherwise; null is no limit. */
  get timeout(): number | null {
    return this.#ask.timeout;
  }

  /** The most bytes of events that may lie here, unread and half-way: for who bounds the sum of several. */
  get mayKeep(): number {
    return 2 * (HIGH_WATER + this.#ask.maxEvent);
  }

  /** True once nothing more can come. */
  get closed(): boolean {
    return this.#over;
  }

  /** The next event; null at the end. One at a time. Where a reconnect is refused, or answered otherwise, it raises that. */
  async next(options?: StreamOperationOptions, { by }: StreamContext = {}): Promise<StreamEvent | null> {
    const { timeout = this.timeout, signal } = settleOptions(STREAM_OPERATION_OPTIONS, options, 'next');
    if (by !== undefined) this.#by = by;
    const bounds: Bounds = {
      deadline: Deadline.after(this.#ground.kernel.clock, timeout, 'read'),
      about: { operation: 'next', target: this.#target },
      signals: [signal],
    };
    const taking = this.#inbox.take(bounds);
    this.#reconnectLater();
    return await taking;
  }

  /** Ends the stream, what has come unread included. Closing again does nothing. */
  async close(): Promise<void> {
    this.#finish(() => this.#inbox.end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** The events as they come, to the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    for (let event = await this.next(); event !== null; event = await this.next()) yield event;
  }

  async #connect(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    const deadline = Deadline.after(this.#ground.kernel.clock, this.#ask.timeout, 'headers');
    const about = { operation: 'event_source', target: this.#target };
    const timer = Number.isFinite(deadline.leftMs)
      ? deadline.clock.after(deadline.leftMs, () => stop.abort(deadline.error(about)))
      : null;
    const request = { ...this.#ask.requestFrom(this.#lastId), timeout: null, signal: stop.signal } as RequestOptions;
    // The session ends it as `close` does: nothing went wrong with what has come.
    const context = { by: this.#by };
    const response = await this.#client.fetch(this.#url, request, context).finally(() => timer?.cancel());
    if (response.status === 204) return this.#finish(() => this.#inbox.end());
    this.#check(response, stop);
    this.#read(response);
  }

  #check(response: HttpResponse, stop: AbortController): void {
    const refusal = refusalOf(response, this.#target);
    if (refusal === null) return;
    stop.abort(refusal);
    throw refusal;
  }

  #read(response: HttpResponse): void {
    let broken: CaspianError | null = null;
    const parser = new EventParser(
      {
        event: (event) => {
          this.#idle = 0;
          this.#inbox.put(event, event.data.length + event.event.length);
        },
        retry: (ms) => {
          this.#retryMs = Math.min(Math.max(ms, SHORTEST_RETRY_MS), LONGEST_RETRY_MS);
        },
        broken: (error) => {
          broken = error;
        },
      },
      { lastId: this.#lastId, maxEvent: this.#ask.maxEvent },
    );
    const source = response.pipe({
      write: (chunk) => {
        if (this.#over) return false;
        parser.feed(chunk);
        this.#lastId = parser.lastId;
        if (broken !== null) this.#lost(broken);
        return !this.#over && !this.#inbox.full;
      },
      end: () => this.#lost(null),
      fail: (error) => this.#lost(error),
    });
    if (this.#over) source.cancel(notWanted());
    else if (this.#stop !== null) this.#source = source;
  }

  /** A connection is over, or could not be made. `error`: null where the server just ended it. */
  #lost(error: unknown): void {
    if (this.#over) return;
    if (!this.#ask.reconnects || (error !== null && !isPassing(error))) {
      this.#finish(() => (error === null ? this.#inbox.end() : this.#inbox.fail(error)));
      return;
    }
    this.#stop = null;
    this.#source = null;
    const pause = Math.min(this.#retryMs * 2 ** this.#idle, LONGEST_RETRY_MS);
    this.#idle = Math.min(this.#idle + 1, 10);
    this.#due = this.#ground.kernel.clock.now() + pause;
    this.#reconnectLater();
  }

  /** Only while somebody waits: a script that has forgotten its stream asks for nothing. */
  #reconnectLater(): void {
    const due = this.#due;
    if (due === null || this.#timer !== null || !this.#inbox.awaited) return;
    const { clock } = this.#ground.kernel;
    this.#timer = clock.after(Math.max(0, due - clock.now()), () => {
      this.#timer = null;
      // Who waited may have given up meanwhile; the next one finds it due.
      if (!this.#inbox.awaited) return;
      this.#due = null;
      this.#connect().catch((error: unknown) => this.#lost(error));
    });
  }

  /** Nothing more comes. `tell` is how the reader learns of it; `reason` ends a connection that is being made. */
  #finish(tell: () => void, reason: unknown = notWanted()): void {
    if (this.#over) return;
    this.#over = true;
    tell();
    this.#timer?.cancel();
    // Both: the signal knows nothing of what has come and is still being decoded.
    this.#source?.cancel(notWanted());
    this.#stop?.abort(this.#source === null ? reason : notWanted());
    for (const undo of this.#undo) undo();
  }

  #heed(signal: AbortSignal | undefined): void {
    if (signal === undefined || this.#over) return;
    const onAbort = (): void => {
      this.#inbox.clear();
      this.#finish(() => this.#inbox.fail(signal.reason), signal.reason);
    };
    signal.addEventListener('abort', onAbort);
    this.#undo.push(() => signal.removeEventListener('abort', onAbort));
    if (signal.aborted) onAbort();
  }
}

/** As of a body whose reader has had enough: no failure of the stream. */
function notWanted(): ArgumentError {
  return new ArgumentError('the event stream is closed');
}

function isPassing(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('retryable' in error)) return false;
  return typeof error.code === 'string' && PASSING.has(error.code) && error.retryable === true;
}

/** Why a response is no event stream (WHATWG HTML, "server-sent events"); null if it is one. */
function refusalOf(response: HttpResponse, target: Target): CaspianError | null {
  const about = { operation: 'event_source', host: target.written, port: target.port };
  const place = `event_source ${targetText(target)}`;
  if (response.status !== 200) {
    return new HttpStatusError(`${place}: the server answers with ${response.status}`, {
      ...about,
      status: response.status,
    });
  }
  const type = response.header('content-type') ?? '';
  if (/^text\/event-stream\s*(?:;|$)/i.test(type.trim())) return null;
  return new ProtocolError(
    `${place}: the body is no event stream, but ${escapeText(type.slice(0, 80)) || 'unnamed'}`,
    about,
  );
}
