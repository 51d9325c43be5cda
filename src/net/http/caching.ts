/**
 * The options of a call that speak of a cache. Trusted side, pure. They mean something under an egress alone, which keeps one.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { readDuration } from '../durations.ts';
import { custom, flag, type GivenOptions, type Read, textList } from '../options.ts';

/** Milliseconds that a response is kept; `headers`: as the response itself says (RFC 9111). */
export type CacheTime = number | 'headers';

export const CACHE_OPTIONS = Object.freeze({
  cache: custom<CacheTime | null, undefined>({
    type: 'duration or boolean',
    range: "true: as the response says; seconds, or '30s', '5m', '2h', '7d'; false: not at all",
    default: undefined,
    doc: 'Whether the response may come from a cache, and how long it is kept there. Under an egress only.',
    read: (raw): Read<CacheTime | null> => {
      if (typeof raw === 'boolean') return { value: raw ? 'headers' : null };
      return readDuration(raw);
    },
  }),
  cacheKey: custom<string, undefined>({
    type: 'text',
    range: '1 to 1024 characters',
    default: undefined,
    doc: 'Stands in for the URL in the key of the cache.',
    read: (raw) =>
      typeof raw === 'string' && raw.length >= 1 && raw.length <= 1_024
        ? { value: raw }
        : { refused: 'must be a text of 1 to 1024 characters' },
  }),
  cacheVary: textList({
    default: undefined,
    doc: 'Request headers that the response depends on, beside its own Vary.',
  }),
  cacheRefresh: flag({
    default: undefined,
    doc: 'Whether to ask the server even if the cache has an answer, and keep the new one.',
  }),
});

/** What a call says of the cache. `time` undefined: the policy decides; null: no cache. */
export interface CachePlan {
  readonly time: CacheTime | null | undefined;
  readonly key: string | null;
  readonly vary: readonly string[];
  readonly refresh: boolean;
}

/** Null if the call does not speak of a cache. Raises ArgumentError for what means nothing alone. */
export function readCaching(given: GivenOptions<typeof CACHE_OPTIONS>): CachePlan | null {
  const { cache, cacheKey, cacheVary, cacheRefresh } = given;
  if (cache === undefined && cacheKey === undefined && cacheVary === undefined && cacheRefresh === undefined)
    return null;
  if (cache === null && (cacheKey !== undefined || cacheRefresh === true)) {
    throw new ArgumentError('fetch: cache is false, and cacheKey or cacheRefresh is given');
  }
  return {
    time: cache,
    key: cacheKey ?? null,
    vary: (cacheVary ?? []).map((name) => name.toLowerCase()),
    refresh: cacheRefresh ?? false,
  };
}
