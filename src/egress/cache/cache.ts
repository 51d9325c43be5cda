/**
 * The cache of responses: found by app, method, URL and what the response varies on; filled from what was allowed. Trusted
 * side. A state that can't be reached is a cache without answers: calls go on without it.
 */
import { parseHost } from '../../net/address/host.ts';
import type { Clock } from '../../net/clock.ts';
import type { CachePlan, CacheTime } from '../../net/http/caching.ts';
import type { PolicyCall } from '../../net/http/policy.ts';
import type { HttpResponse } from '../../net/http/response.ts';
import type { Entry } from '../policy/entry.ts';
import { andThen } from '../state/eventual.ts';
import type { CacheStore, Eventual } from '../state/state.ts';
import { inTime, type Patience } from './flight.ts';
import { Front } from './front.ts';
import { type Kept, type KeptResponse, readKept } from './kept.ts';
import { acceptsOf, flightKey, lookupIn, primaryKey, storedKey, variantKey } from './key.ts';
import { headOf, isCacheable, timeToKeep, varyOf } from './stored.ts';

/** What one call may do with the cache. */
export interface CacheUse {
  readonly app: string;
  readonly shared: boolean;
  readonly time: CacheTime;
  /** Milliseconds that the entry keeps responses; null where it does not say. */
  readonly entryTtl: number | null;
  readonly refresh: boolean;
  /** Headers to vary on beside the response's own. */
  readonly vary: readonly string[];
  readonly primary: string;
  readonly call: PolicyCall;
}

/** How a call is answered where nothing is kept for it. */
export interface Answering {
  readonly send: () => Promise<HttpResponse>;
  /** Whether what was kept may be seen that was got by way of these URLs. Raises what refuses it to this caller alone. */
  readonly mayShow: (way: readonly URL[]) => boolean;
  readonly patience: Patience;
  readonly limits: KeepLimits;
}

export interface Answered {
  readonly response: HttpResponse;
  /** No server was asked for this call. */
  readonly kept: boolean;
}

const NOTHING_ASKED: CachePlan = { time: undefined, key: null, vary: [], refresh: false };
const NO_BODY = new Uint8Array(0);

/** How a call uses the cache; null if it does not: nobody asked, or its response is nobody else's. */
export function cacheUse(call: PolicyCall, app: string, entry: Entry | null): CacheUse | null {
  const { plan, url, headers, hasCredentials, usualTls } = call;
  const asked = plan.caching ?? NOTHING_ASKED;
  const time = asked.time === undefined ? (entry?.cacheTtl ?? (plan.caching === null ? null : 'headers')) : asked.time;
  if (time === null || plan.body !== null) return null;
  // Who has named authorities of its own believes what others need not.
  if (!usualTls || !isCacheable(plan.method, hasCredentials || plan.secret !== null)) return null;
  // SECURITY: what others see is not for one app to shape (test/attacks/egress-shared-cache.test.ts).
  const isUnshaped = asked.key === null && asked.vary.length === 0;
  // An app's own entry may open what is closed to others.
  const shared = entry?.shared === true && entry.app === null && isUnshaped;
  const accepts = shared ? acceptsOf(headers) : '';
  const primary = primaryKey({ app: shared ? null : app, accepts, method: plan.method, url, cacheKey: asked.key });
  const entryTtl = entry?.cacheTtl ?? null;
  return { app, shared, time, entryTtl, refresh: asked.refresh, vary: asked.vary, primary, call };
}

export class ResponseCache {
  readonly #store: CacheStore;
  readonly #front: Front;
  readonly #wall: () => number;
  /** Requests under way that others wait for: whether the response is kept. */
  readonly #flights = new Map<string, Promise<boolean>>();

  /** `wall`: milliseconds since 1970. */
  constructor(store: CacheStore, clock: Clock, wall: () => number) {
    this.#store = store;
    this.#front = new Front(store, clock);
    this.#wall = wall;
  }

  /**
   * What is kept, or what another call that asks for the very same is fetching just now; else what `send` brings, which is
   * kept if it may be. Who waited for nothing sends as well. Raises what the call that was made raises.
   */
  async answer(use: CacheUse, answering: Answering): Promise<Answered> {
    const { send, mayShow, patience } = answering;
    const asked = this.#find(use, mayShow);
    const found = asked instanceof Promise ? await asked : asked;
    if (found !== null) return { response: found, kept: true };
    // From here to the flight's own entry nothing waits, so that two calls never both lead, but where one wants it anew.
    const key = flightKey(use.primary, use.app, use.call.headers);
    const flight = use.refresh ? undefined : this.#flights.get(key);
    if (flight === undefined) return { response: await this.#lead(use, key, answering), kept: false };
    const shared = (await inTime(flight, patience)) ? await this.#find(use, mayShow) : null;
    return shared === null ? { response: await send(), kept: false } : { response: shared, kept: true };
  }

  #find(use: CacheUse, mayShow: Answering['mayShow']): Eventual<HttpResponse | null> {
    if (use.refresh) return null;
    return andThen(this.#kept(use), (kept) =>
      kept?.suits(use.call.plan.bounds) === true && mayShow(kept.way)
        ? kept.show(use.call.plan.method, this.#wall())
        : null,
    );
  }

  #kept({ primary, call }: CacheUse): Eventual<KeptResponse | null> {
    return andThen(this.#get(primary), (first) => {
      if (first?.kind !== 'vary') return first;
      const variant = this.#get(variantKey(primary, first.vary, lookupIn(call.headers)));
      return andThen(variant, (kept) => (kept?.kind === 'response' ? kept : null));
    });
  }

  /** What is kept under a key, of this process or of the state; null also where that can't be reached. */
  #get(key: string): Eventual<Kept | null> {
    try {
      const now = this.#wall();
      const ready = this.#front.get(key, now);
      if (ready !== null) return ready;
      const found = andThen(this.#store.get(storedKey(key), now), (cached) => {
        const kept = cached === null ? null : readKept(cached);
        if (kept !== null) this.#front.put(key, kept);
        return kept;
      });
      return found instanceof Promise ? found.catch(() => null) : found;
    } catch {
      return null;
    }
  }

  /** Makes the request; others that ask for the same meanwhile wait for it. */
  async #lead(use: CacheUse, flight: string, { send, limits }: Answering): Promise<HttpResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    // Nobody may be waiting.
    promise.catch(() => {});
    this.#flights.set(flight, promise);
    try {
      const response = await send();
      resolve(await this.#keep(use, response, limits));
      return response;
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      if (this.#flights.get(flight) === promise) this.#flights.delete(flight);
    }
  }

  /** Reads the body and stores the response, if it may be; false if not. Raises what breaks the body. */
  async #keep(use: CacheUse, response: HttpResponse, { maxBody, maxBytes }: KeepLimits): Promise<boolean> {
    const { call, time, entryTtl, shared, app, primary } = use;
    const { url, plan, headers } = call;
    const ms = timeToKeep(response, { method: plan.method, url, headers, time, entryTtl, shared });
    if (ms <= 0) return false;
    await response.readAhead(maxBody);
    const body = await response.bytes();
    const now = this.#wall();
    const vary = [...new Set([...(varyOf(response) ?? []), ...use.vary])];
    const common = { app: shared ? null : app, host: parseHost(url.hostname).text, expiresAt: now + ms };
    const put = (key: string, meta: object, bytes: Uint8Array): Eventual<void> => {
      this.#front.drop(key);
      const entry = { ...common, key: storedKey(key), meta: JSON.stringify(meta), body: bytes };
      return this.#store.put(entry, now, maxBytes);
    };
    try {
      if (vary.length > 0) await put(primary, { vary }, NO_BODY);
      await put(variantKey(primary, vary, lookupIn(headers)), headOf(response, now), body);
      return true;
    } catch {
      return false;
    }
  }

  /** Empties it, or the part of it that is of one host; returns how many entries went. */
  async clear(host: string | null): Promise<number> {
    try {
      return await this.#store.clear(host === null ? null : parseHost(host).text);
    } finally {
      this.#front.clear();
    }
  }
}

export interface KeepLimits {
  /** Bytes of one body. */
  readonly maxBody: number;
  /** Bytes of the whole cache. */
  readonly maxBytes: number;
}
