/**
 * The cache of responses: found by app, method, URL and what the response varies on; filled from what was allowed. Trusted
 * side. A state that can't be reached is a cache without answers: calls go on without it.
 */
import type { CachePlan, CacheTime } from '../../net/http/caching.ts';
import type { PolicyCall } from '../../net/http/policy.ts';
import type { HttpResponse } from '../../net/http/response.ts';
import type { Entry } from '../policy/entry.ts';
import type { CachedResponse, CacheStore } from '../state/state.ts';
import { flightKey, type Lookup, lookupIn, primaryKey, variantKey } from './key.ts';
import { headOf, isCacheable, readVary, reviveResponse, timeToKeep, varyOf } from './stored.ts';

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
  readonly flight: string;
  readonly call: PolicyCall;
  readonly lookup: Lookup;
}

/** How a call is answered where nothing is kept for it. */
export interface Answering {
  readonly send: () => Promise<HttpResponse>;
  /** Whether what is kept may still be seen. */
  readonly mayShow: (kept: HttpResponse) => boolean;
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
  const { plan, url, headers, hasCredentials } = call;
  const asked = plan.caching ?? NOTHING_ASKED;
  const time = asked.time === undefined ? (entry?.cacheTtl ?? (plan.caching === null ? null : 'headers')) : asked.time;
  if (time === null || plan.body !== null) return null;
  if (!isCacheable(plan.method, hasCredentials || plan.secret !== null)) return null;
  // SECURITY: what others see is not for one app to shape (test/attacks/egress-shared-cache.test.ts).
  const shared = entry?.shared === true && asked.key === null;
  const primary = primaryKey({ app: shared ? null : app, method: plan.method, url, cacheKey: asked.key });
  const flight = flightKey(`${primary} ${app}`, headers);
  const lookup = lookupIn(headers);
  const entryTtl = entry?.cacheTtl ?? null;
  return { app, shared, time, entryTtl, refresh: asked.refresh, vary: asked.vary, primary, flight, call, lookup };
}

export class ResponseCache {
  readonly #store: CacheStore;
  readonly #wall: () => number;
  /** Requests under way that others wait for: whether the response is kept. */
  readonly #flights = new Map<string, Promise<boolean>>();

  /** `wall`: milliseconds since 1970. */
  constructor(store: CacheStore, wall: () => number) {
    this.#store = store;
    this.#wall = wall;
  }

  /**
   * What is kept, or what another call that asks for the very same is fetching just now; else what `send` brings, which is
   * kept if it may be. Raises what the call that was made raises.
   */
  async answer(use: CacheUse, { send, mayShow, limits }: Answering): Promise<Answered> {
    const found = await this.#find(use, mayShow);
    if (found !== null) return { response: found, kept: true };
    // From here to the flight's own entry nothing waits, so that two calls never both lead.
    const flight = use.refresh ? undefined : this.#flights.get(use.flight);
    if (flight === undefined) return { response: await this.#lead(use, send, limits), kept: false };
    const shared = (await flight) ? await this.#find(use, mayShow) : null;
    return shared === null ? { response: await send(), kept: false } : { response: shared, kept: true };
  }

  async #find(use: CacheUse, mayShow: Answering['mayShow']): Promise<HttpResponse | null> {
    if (use.refresh) return null;
    const found = await this.#get(use);
    const response = found === null ? null : reviveResponse(found, use.call.plan.method, 0, this.#wall());
    return response !== null && mayShow(response) ? response : null;
  }

  async #get({ primary, lookup }: CacheUse): Promise<CachedResponse | null> {
    const now = this.#wall();
    try {
      const first = await this.#store.get(primary, now);
      const vary = first === null ? null : readVary(first.meta);
      if (first === null || vary === null) return first;
      return await this.#store.get(variantKey(primary, vary, lookup), now);
    } catch {
      return null;
    }
  }

  /** Makes the request; others that ask for the same meanwhile wait for it. */
  async #lead(use: CacheUse, send: () => Promise<HttpResponse>, limits: KeepLimits): Promise<HttpResponse> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    // Nobody may be waiting.
    promise.catch(() => {});
    this.#flights.set(use.flight, promise);
    try {
      const response = await send();
      resolve(await this.#keep(use, response, limits));
      return response;
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      if (this.#flights.get(use.flight) === promise) this.#flights.delete(use.flight);
    }
  }

  /** Reads the body and stores the response, if it may be; false if not. Raises what breaks the body. */
  async #keep(use: CacheUse, response: HttpResponse, { maxBody, maxBytes }: KeepLimits): Promise<boolean> {
    const { call, time, entryTtl, shared, app, primary, lookup } = use;
    const { url, plan, headers } = call;
    const ms = timeToKeep(response, { method: plan.method, url, headers, time, entryTtl, shared });
    if (ms <= 0) return false;
    await response.readAhead(maxBody);
    const body = await response.bytes();
    const now = this.#wall();
    const vary = [...new Set([...(varyOf(response) ?? []), ...use.vary])];
    const common = { app: shared ? null : app, host: url.hostname, expiresAt: now + ms };
    try {
      if (vary.length > 0) {
        await this.#store.put(
          { ...common, key: primary, meta: JSON.stringify({ vary }), body: NO_BODY },
          now,
          maxBytes,
        );
      }
      const key = variantKey(primary, vary, lookup);
      await this.#store.put({ ...common, key, meta: JSON.stringify(headOf(response, now)), body }, now, maxBytes);
      return true;
    } catch {
      return false;
    }
  }
}

export interface KeepLimits {
  /** Bytes of one body. */
  readonly maxBody: number;
  /** Bytes of the whole cache. */
  readonly maxBytes: number;
}
