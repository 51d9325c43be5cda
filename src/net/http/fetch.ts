/**
 * One call of `fetch`, from hop to hop: a connection from the pool or a new one, the request over it, a second try where
 * the connection had died of old age, and on to where a redirect leads. Trusted side. Written with callbacks: promises
 * between the parser and the caller would cost as much as the parsing.
 */
import { ConnectionResetError, ProtocolError, TooLargeError } from '../../errors/classes.ts';
import type { PermittedRequest } from '../capability.ts';
import type { By } from '../decision.ts';
import { Deadline } from '../dial/deadline.ts';
import { EndWatcher } from './call-end.ts';
import type { Loan } from './channel.ts';
import { Exchange, type ExchangeListener, type Head } from './exchange.ts';
import { headerBytes, MAX_HEADER_BYTES } from './headers.ts';
import { type Hops, withExtras } from './hops.ts';
import type { HttpKernel } from './kernel.ts';
import { Operation } from './operation.ts';
import { type CallGuard, type HopExtras, NO_EXTRAS } from './policy.ts';
import { Reading } from './reading.ts';
import type { CallBounds } from './request.ts';
import { HttpResponse } from './response.ts';
import { isRetryableError, isRetryableStatus, mayRetry, readRetryAfter, waitMs } from './retry.ts';
import { canGoAgain, type Trip } from './trip.ts';
import type { Dispatch } from './undici.ts';

/** What goes with a call beside its options. */
export interface FetchContext {
  /** Ends this call and others: that of a script's thread, say. One for a single call is an option of that call. */
  readonly signal?: AbortSignal | undefined;
  readonly by?: By | undefined;
}

export interface FetchParts {
  readonly hops: Hops;
  readonly kernel: HttpKernel;
  readonly trip: Trip;
  /** The URL as it was passed. */
  readonly written: string;
  readonly context: FetchContext | undefined;
  /** Called when the response is complete or has failed; not if there is none. */
  readonly atEnd?: (() => void) | undefined;
  /** Of a policy, if one stands over the call. */
  readonly guard?: CallGuard | undefined;
}

/** Safe methods may be sent twice (RFC 9110 section 9.2.1); a server may have begun to act on any other. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** How many connections that turn out to be over before anything is sent are looked past. */
const MAX_UNSENT = 8;

/** The response at the end of the trip. Raises denials, and what broke. */
export function runFetch(parts: FetchParts): Promise<HttpResponse> {
  return new Promise((resolve, reject) => new Fetch(parts, resolve, reject).start());
}

function inMs(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}

const nothingFirst = (): Promise<void> => Promise.resolve();

function listOf(values: string | readonly string[] | undefined): readonly string[] {
  return values === undefined ? [] : typeof values === 'string' ? [values] : values;
}

/** Raises TooLargeError for more headers than the policy lets a request have. */
function checkRoom(headers: readonly string[], { maxHeaders }: CallBounds): void {
  if (maxHeaders === null || headerBytes(headers) <= maxHeaders) return;
  throw new TooLargeError(`the request's headers are larger than ${maxHeaders} bytes`, { operation: 'fetch' });
}

/** Raises ProtocolError for more headers than the policy lets a response have. */
function checkHeadRoom({ headers }: Head, { maxHeaders }: CallBounds): void {
  if (maxHeaders === null || maxHeaders >= MAX_HEADER_BYTES) return;
  let bytes = 0;
  for (const [name, values] of Object.entries(headers)) {
    for (const value of listOf(values)) bytes += name.length + value.length;
  }
  if (bytes <= maxHeaders) return;
  throw new ProtocolError(`the response's headers are larger than ${maxHeaders} bytes`, { operation: 'fetch' });
}

class Fetch implements ExchangeListener {
  readonly #parts: FetchParts;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #rejected: (error: unknown) => void;
  readonly #started: number;
  #operation: Operation | null = null;
  #request: Dispatch | null = null;
  /** The request that was sent last, and the bytes of the bodies before its own. */
  #exchange: Exchange | null = null;
  #bytesBefore = 0;
  /** The connection of the hop under way had been used before. */
  #reused = false;
  /** The next connection is to be a new one: the others may be as old as the one that died. */
  #fresh = false;
  /** Of the hop under way: it was sent once more, over another connection; how often it was not sent at all. */
  #resent = false;
  #unsent = 0;

  constructor(parts: FetchParts, resolve: (response: HttpResponse) => void, reject: (error: unknown) => void) {
    this.#parts = parts;
    this.#resolve = resolve;
    this.#rejected = reject;
    this.#started = parts.kernel.clock.now();
  }

  start(): void {
    this.#try(() => this.hop());
  }

  readonly #reject = (error: unknown): void => {
    // SECURITY: undici may keep the request for long (test/attacks/http2-given-up.test.ts).
    this.#forget();
    this.#parts.guard?.failed(error, this.#bytesBefore + (this.#exchange?.bodySent ?? 0));
    this.#rejected(error);
  };

  #forget(): void {
    const body = this.#request?.body ?? null;
    if (body !== null && !(body instanceof Uint8Array)) body.forget();
  }

  /** Goes where the trip leads now. */
  hop(): void {
    const { guard } = this.#parts;
    const permitted = this.#permit();
    const operation = this.#operation ?? this.#begin(permitted);
    if (guard === undefined) this.#go(permitted, operation, NO_EXTRAS);
    else this.#goGuarded(guard, permitted, operation);
  }

  #goGuarded(guard: CallGuard, target: PermittedRequest, operation: Operation): void {
    const { hops, trip } = this.#parts;
    const { url, method, from } = trip;
    let extras: HopExtras | Promise<HopExtras>;
    try {
      extras = guard.hop({ url, method, target, from, carriesSecret: hops.carriesSecret(trip) });
    } catch (error) {
      this.#broke(error);
      return;
    }
    const go = (granted: HopExtras): void => {
      operation.check();
      this.#go(target, operation, granted);
    };
    if (extras instanceof Promise) extras.then((granted) => this.#try(() => go(granted)), this.#broke);
    else go(extras);
  }

  #go(permitted: PermittedRequest, operation: Operation, extras: HopExtras): void {
    const { hops, trip } = this.#parts;
    const request = withExtras(hops.prepare(trip, permitted, operation), extras);
    checkRoom(request.headers, trip.bounds);
    this.#request = request;
    this.#connect(operation, request);
  }

  #permit(): PermittedRequest {
    const { hops, trip, written, context } = this.#parts;
    return hops.permit(trip, written, context?.by);
  }

  #begin(target: PermittedRequest): Operation {
    const { hops, kernel, trip, context } = this.#parts;
    const { timeout, connectTimeout } = trip.bounds;
    const operation = new Operation({
      capability: hops.capability,
      inFlight: kernel.inFlight,
      deadline: Deadline.after(kernel.clock, timeout, 'request'),
      connectTimeout,
      signal: trip.plan.signal,
      session: context?.signal,
      by: context?.by,
      target,
    });
    this.#operation = operation;
    return operation;
  }

  #connect(operation: Operation, request: Dispatch): void {
    const { pool } = this.#parts.kernel;
    const channel = this.#fresh ? null : pool.borrow(operation);
    this.#fresh = false;
    if (channel !== null) this.#send(channel, operation, request);
    else pool.open(operation).then((fresh) => this.#try(() => this.#send(fresh, operation, request)), this.#broke);
  }

  #send(channel: Loan, operation: Operation, request: Dispatch): void {
    try {
      operation.check();
    } catch (error) {
      // It goes back as it came.
      channel.release();
      throw error;
    }
    this.#reused = channel.reused;
    this.#parts.guard?.dialled(channel.address.text);
    const exchange = new Exchange(channel, operation, this);
    this.#bytesBefore += this.#exchange?.bodySent ?? 0;
    this.#exchange = exchange;
    operation.watch(exchange, this.#parts.trip.bounds.headersTimeout);
    exchange.start(request);
  }

  answered(exchange: Exchange, received: Head): void {
    const { trip, kernel, guard } = this.#parts;
    try {
      checkHeadRoom(received, trip.bounds);
      const head = guard === undefined ? received : guard.answered(received);
      if (guard !== undefined) exchange.shownBy = guard;
      this.#operation?.headersCame();
      trip.cookies?.store(trip.url, listOf(head.headers['set-cookie']));
      if (isRetryableStatus(head.status)) {
        const afterMs = readRetryAfter(head.headers['retry-after'], Date.now());
        if (this.#triesAgain(afterMs, () => exchange.discard())) return;
      }
      const next = trip.next(head);
      if (next.kind !== 'follow') {
        // SECURITY: a response may be kept for long, its request is not (test/attacks/kept-request-bodies.test.ts).
        this.#forget();
        const reading = guard === undefined || head.headers['content-encoding'] === undefined ? null : new Reading();
        this.#watchEnd(exchange, reading);
        const elapsed = (kernel.clock.now() - this.#started) / 1000;
        this.#resolve(new HttpResponse(head, exchange, trip, elapsed, reading));
        return;
      }
      trip.follow(next);
      this.#resent = false;
      this.#unsent = 0;
    } catch (error) {
      // A redirect that leads nowhere ends its exchange as well.
      exchange.cancel(error);
      this.#reject(error);
      return;
    }
    void exchange.discard().then(() => this.#try(() => this.hop()));
  }

  #watchEnd(exchange: Exchange, reading: Reading | null): void {
    const { atEnd, guard, trip, kernel } = this.#parts;
    const operation = this.#operation;
    if (operation === null || (atEnd === undefined && guard === undefined)) return;
    const { maxBody } = trip.bounds;
    const bytesBefore = this.#bytesBefore;
    operation.watcher = new EndWatcher({ exchange, operation, kernel, atEnd, guard, reading, maxBody, bytesBefore });
  }

  failed(exchange: Exchange, error: unknown): void {
    const reset = error instanceof ConnectionResetError;
    if (reset && this.#mayTryAgain(exchange)) queueMicrotask(() => this.#try(() => this.#again(exchange)));
    else this.#broke(error);
  }

  /** The request failed, but was not refused: what may pass is worth another try, if the caller has asked for any. */
  readonly #broke = (error: unknown): void => {
    const again = isRetryableError(error) && this.#triesAgain(inMs(error.retryAfter), nothingFirst);
    if (!again) this.#reject(error);
  };

  /** Begins to wait for another try, after `first`; false if there is to be none, or no time for it. */
  #triesAgain(afterMs: number | null, first: () => Promise<void>): boolean {
    const { trip } = this.#parts;
    const operation = this.#operation;
    const { bounds, method, tried } = trip;
    if (operation === null || !mayRetry(bounds.retry, method, tried) || !canGoAgain(trip.body)) return false;
    const wait = waitMs({ tried, afterMs, random: Math.random() });
    if (operation.ended || wait >= operation.deadline.leftMs) return false;
    trip.tried += 1;
    first()
      .then(() => operation.pause(wait))
      .then(() => this.#try(() => this.hop()), this.#reject);
    return true;
  }

  /** SECURITY: what may have been sent is charged as any request is (test/attacks/egress-aged-connection.test.ts). */
  #again({ unsent }: Exchange): void {
    if (!unsent && this.#parts.guard !== undefined) {
      this.hop();
      return;
    }
    if (this.#operation !== null && this.#request !== null) this.#connect(this.#operation, this.#request);
  }

  /**
   * A server may close an idle connection just as it is used again, or have no room for a request. What it can't have seen,
   * or says that it has not looked at, or may see twice, is sent once more. What is sent twice counts twice. SECURITY: once
   * alone: the server decides how often it fails (test/attacks/http2-storm.test.ts).
   */
  #mayTryAgain(exchange: Exchange): boolean {
    const { refused, unsent } = exchange;
    if (!canGoAgain(this.#parts.trip.body)) return false;
    if (unsent) return this.#reused && ++this.#unsent <= MAX_UNSENT;
    if (this.#resent || !(refused || this.#hasAged(exchange))) return false;
    this.#resent = true;
    this.#fresh = !refused;
    // A policy is asked when it goes out, and charges it then.
    if (this.#parts.guard !== undefined) return true;
    try {
      this.#permit();
      return true;
    } catch {
      // No budget for it: then the reset is what happened.
      return false;
    }
  }

  #hasAged({ unanswered, disconnected }: Exchange): boolean {
    return this.#reused && unanswered && disconnected && SAFE.has(this.#request?.method ?? '');
  }

  #try(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#reject(error);
    }
  }
}
