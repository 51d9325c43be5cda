/**
 * Many requests at once, so many at a time: their responses in the order in which they were asked for. Trusted side; the
 * list is hostile.
 */
import { ArgumentError, CaspianError, TimeoutError } from '../../errors/classes.ts';
import type { FetchItem } from '../../wire/fetch-list.ts';
import type { Allowance } from '../allowance.ts';
import type { Clock, Timer } from '../clock.ts';
import { company } from '../company.ts';
import { integer, type OptionsOf, seconds, settleOptions, signal } from '../options.ts';
import { anyOf } from '../signals.ts';
import { Turnstile } from '../turnstile.ts';
import type { FetchContext } from './fetch.ts';
import { RequestRoom, ResultRoom } from './fetch-all-room.ts';
import type { RequestOptions } from './options.ts';
import { HttpResponse } from './response.ts';

export const FETCH_ALL_OPTIONS = Object.freeze({
  limit: integer({ default: 6, min: 1, max: 1_000, doc: 'How many requests run at a time.' }),
  timeout: seconds({ default: 30, doc: 'Bounds all of them together; what is not done by then is a TimeoutError.' }),
  signal: signal(),
});

/** What `fetchAll` takes: spec/embedding.md. */
export type FetchAllOptions = OptionsOf<typeof FETCH_ALL_OPTIONS>;

/** A URL, or one with the options of its request. */
export type FetchAllItem = string | (RequestOptions & { readonly url: string });

/** A response, its body read already, or what the request raised. */
export type FetchAllResult = HttpResponse | CaspianError;

export interface FetchAllParts {
  readonly fetch: (url: string, options: RequestOptions, context: FetchContext) => Promise<HttpResponse>;
  readonly clock: Clock;
  /** Of what is asked for, among all that use the loop. */
  readonly owner: symbol;
  /**
   * What the bodies of several calls may hold together, beside what those of this one may. Who takes results gives it back
   * what their bodies hold; the rest is given back at the end.
   */
  readonly kept?: Allowance | undefined;
}

/** Somebody waits until so many are done. */
interface Taker {
  readonly until: number;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The requests of one call, handed over and taken in pieces or at once. Together their bodies are at most 256 MiB; beyond, a
 * result is a TooLargeError. Close it at the end.
 */
export class FetchAll {
  readonly #fetch: FetchAllParts['fetch'];
  readonly #owner: symbol;
  readonly #limit: number;
  /** What ends all of them: the caller's signals; with those, the time and the end of the call. */
  readonly #signals: readonly (AbortSignal | undefined)[];
  readonly #inner: FetchContext & { readonly signal: AbortSignal };
  readonly #ending = new AbortController();
  readonly #timer: Timer | null;
  // SECURITY: what is refused at once would else begin, all of it, in one turn of everybody's loop (test/attacks/fetch-all-refused.test.ts).
  readonly #turnstile: Turnstile;
  /** By place in the list; those that have begun are gone. SECURITY: each may be of 64 MiB (test/attacks/fetch-all-memory.test.ts). */
  readonly #items = new Map<number, FetchItem>();
  #size = 0;
  readonly #requests = new RequestRoom();
  /** By place in the list; those that were taken are gone. */
  readonly #results = new Map<number, { readonly result: FetchAllResult; readonly head: number }>();
  #next = 0;
  /** All before this one are done; those before the other are taken. */
  #done = 0;
  #taken = 0;
  #workers = 0;
  #hiring = false;
  readonly #room: ResultRoom;
  #taker: Taker | null = null;
  /** What ended the whole call, if anything has. */
  #broken: { readonly reason: unknown } | null = null;

  /** The time of all runs from here. Raises ArgumentError. */
  constructor(
    { fetch, clock, owner, kept }: FetchAllParts,
    options: FetchAllOptions | undefined,
    context: FetchContext,
  ) {
    const { limit, timeout, signal: own } = settleOptions(FETCH_ALL_OPTIONS, options, 'fetch_all');
    this.#fetch = fetch;
    this.#owner = owner;
    this.#room = new ResultRoom(kept);
    this.#limit = limit;
    this.#turnstile = new Turnstile(clock);
    this.#signals = [own, context.signal];
    this.#inner = { ...context, signal: anyOf(this.#ending.signal, own, context.signal) };
    const late = (): void =>
      this.#ending.abort(new TimeoutError('fetch_all: not done in time', { operation: 'fetch_all', phase: 'request' }));
    this.#timer = timeout === null ? null : clock.after(timeout * 1000, late);
  }

  /** How many were handed over. */
  get size(): number {
    return this.#size;
  }

  /** How many of them whose results were not taken. */
  get outstanding(): number {
    return this.#size - this.#taken;
  }

  /** They begin as the limit lets them. `bytes`: what they hold, all of it until the last is over. Raises what ended the call. */
  add(items: readonly FetchItem[], bytes = 0): void {
    if (this.#broken !== null) throw this.#broken.reason;
    this.#requests.hold(this.#size, items.length, bytes);
    for (const item of items) {
      this.#items.set(this.#size, item);
      this.#size += 1;
    }
    void this.#hire();
  }

  /** Undefined: so many bytes may be added. Else waits until they may. Raises what ended the whole call. */
  roomFor(bytes: number): Promise<void> | undefined {
    if (this.#requests.isWaitedFor) throw new ArgumentError('fetch_all: requests wait for room already');
    return this.#broken !== null || this.#requests.has(bytes) ? undefined : this.#requests.wait(bytes);
  }

  /** The results of the next `count` once they are there. Raises what ended the whole call. One takes at a time. */
  async take(count: number): Promise<FetchAllResult[]> {
    if (this.#taker !== null) throw new ArgumentError('fetch_all: results are being waited for already');
    const until = this.#taken + count;
    if (this.#broken === null && this.#done < until) {
      await new Promise<void>((resolve, reject) => {
        this.#taker = { until, resolve, reject };
      });
    }
    if (this.#broken !== null) throw this.#broken.reason;
    const results: FetchAllResult[] = [];
    for (; this.#taken < until; this.#taken++) {
      const settled = this.#results.get(this.#taken);
      if (settled !== undefined) {
        results.push(settled.result);
        this.#room.giveHead(settled.head);
      }
      this.#results.delete(this.#taken);
    }
    return results;
  }

  /** Ends what is under way. Closing again does nothing. */
  close(): void {
    const over = new ArgumentError('fetch_all is over');
    this.#timer?.cancel();
    this.#ending.abort(over);
    this.#break(over);
    for (const { result } of this.#results.values()) this.#giveBody(result);
    this.#results.clear();
  }

  /** So many at a time as may run, a few more in each turn of the loop. */
  async #hire(): Promise<void> {
    if (this.#hiring) return;
    this.#hiring = true;
    while (this.#next < this.#size && this.#workers < this.#limit && this.#broken === null) {
      this.#workers += 1;
      void this.#work();
      await this.#turnstile.pass('');
    }
    this.#hiring = false;
  }

  async #work(): Promise<void> {
    for (let at = this.#next++; this.#broken === null; at = this.#next++) {
      const item = this.#items.get(at);
      if (item === undefined) {
        this.#next = at;
        break;
      }
      this.#items.delete(at);
      // It goes on without being asked.
      company.note(this.#owner);
      await this.#fetchOne(at, item);
      await this.#turnstile.pass('');
    }
    this.#workers -= 1;
  }

  async #fetchOne(at: number, item: FetchItem): Promise<void> {
    try {
      this.#inner.signal.throwIfAborted();
      const { url, ...asked } = typeof item === 'string' ? { url: item } : item;
      const response = await this.#fetch(url, asked, this.#inner);
      this.#settle(at, response, await this.#room.read(response));
    } catch (error) {
      this.#turnstile.failed('');
      // What the caller's own signal raises ends the whole call.
      if (error instanceof CaspianError && !this.#signals.some((one) => one?.aborted)) this.#settle(at, error, 0);
      else this.#break(error);
    }
    this.#requests.over(at);
  }

  #giveBody(result: FetchAllResult): void {
    if (result instanceof HttpResponse) this.#room.giveBody(result);
  }

  #settle(at: number, result: FetchAllResult, head: number): void {
    if (this.#broken !== null) {
      // Nobody takes it any more.
      this.#giveBody(result);
      return;
    }
    this.#results.set(at, { result, head });
    while (this.#results.has(this.#done)) this.#done += 1;
    if (this.#taker === null || this.#done < this.#taker.until) return;
    this.#taker.resolve();
    this.#taker = null;
  }

  #break(reason: unknown): void {
    this.#broken ??= { reason };
    this.#taker?.reject(reason);
    this.#taker = null;
    this.#requests.fail(reason);
  }
}
