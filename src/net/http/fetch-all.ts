/**
 * Many requests at once, so many at a time: their responses in the order in which they were asked for. Trusted side; the
 * list is hostile.
 */
import { ArgumentError, CaspianError, TimeoutError } from '../../errors/classes.ts';
import { type FetchItem, readFetchList } from '../../wire/fetch-list.ts';
import type { Clock } from '../clock.ts';
import { integer, type OptionsOf, seconds, settleOptions, signal } from '../options.ts';
import { anyOf } from '../signals.ts';
import { Turnstile } from '../turnstile.ts';
import type { FetchContext } from './fetch.ts';
import type { RequestOptions } from './options.ts';
import { type HttpResponse, MAX_IN_MEMORY } from './response.ts';

export const FETCH_ALL_OPTIONS = Object.freeze({
  limit: integer({ default: 6, min: 1, max: 1_000, doc: 'How many requests run at a time.' }),
  timeout: seconds({ default: 30, doc: 'Bounds all of them together; what is not done by then is a TimeoutError.' }),
  signal: signal(),
});

export type FetchAllOptions = OptionsOf<typeof FETCH_ALL_OPTIONS>;

/** A URL, or one with the options of its request. */
export type FetchAllItem = string | (RequestOptions & { readonly url: string });

export interface FetchAllParts {
  readonly fetch: (url: string, options: RequestOptions, context: FetchContext) => Promise<HttpResponse>;
  readonly clock: Clock;
}

/**
 * Each element is a response, its body read already, or what that request raised. Together their bodies are at most 256
 * MiB; beyond, an element is a TooLargeError. Raises ArgumentError before anything is sent, and the signal's reason.
 */
export async function fetchAll(
  { fetch, clock }: FetchAllParts,
  list: unknown,
  options: FetchAllOptions | undefined,
  context: FetchContext,
): Promise<(HttpResponse | CaspianError)[]> {
  const { limit, timeout, signal: own } = settleOptions(FETCH_ALL_OPTIONS, options, 'fetch_all');
  const items = readFetchList(list);
  const ending = new AbortController();
  const late = (): void =>
    ending.abort(new TimeoutError('fetch_all: not done in time', { operation: 'fetch_all', phase: 'request' }));
  const timer = timeout === null ? null : clock.after(timeout * 1000, late);
  const inner = { ...context, signal: anyOf(ending.signal, own, context.signal) };
  const results: (HttpResponse | CaspianError)[] = new Array(items.length);
  let next = 0;
  let room = MAX_IN_MEMORY;
  // SECURITY: what is refused at once would else begin, all of it, in one turn of everybody's loop (test/attacks/fetch-all-refused.test.ts).
  const turnstile = new Turnstile(clock);
  const fetchOne = async (at: number, item: FetchItem): Promise<void> => {
    try {
      inner.signal.throwIfAborted();
      const { url, ...asked } = typeof item === 'string' ? { url: item } : item;
      const response = await fetch(url, asked, inner);
      await response.readAhead(room);
      room = Math.max(0, room - (response.expectedLength ?? 0));
      results[at] = response;
    } catch (error) {
      results[at] = ownError(error, [own, context.signal]);
    }
  };
  const work = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const item = items[at];
      if (item === undefined) return;
      await fetchOne(at, item);
      await turnstile.pass('');
    }
  };
  try {
    const workers: Promise<void>[] = [];
    while (next < items.length && workers.length < limit) {
      const worker = work();
      // What it raises is raised below.
      worker.catch(() => {});
      workers.push(worker);
      await turnstile.pass('');
    }
    await Promise.all(workers);
    return results;
  } finally {
    timer?.cancel();
    ending.abort(new ArgumentError('fetch_all is over'));
  }
}

/** An element's error. What the caller's own signal raises ends the whole call. */
function ownError(error: unknown, signals: readonly (AbortSignal | undefined)[]): CaspianError {
  if (signals.some((one) => one?.aborted) || !(error instanceof CaspianError)) throw error;
  return error;
}
