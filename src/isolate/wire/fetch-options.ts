/**
 * What a guest's `fetch` takes beside the options of the web. Crosses; names alone. They mean what they mean to
 * `net.fetch`, and are nothing to a host that answers `fetch` itself.
 */
export const FETCH_OPTIONS = Object.freeze([
  'auth',
  'cache',
  'cacheKey',
  'cacheRefresh',
  'cacheVary',
  'connectTimeout',
  'headersTimeout',
  'maxBody',
  'maxRedirects',
  'retry',
  'retryUnsafe',
  'timeout',
] as const);

/** Values of `cache` that are the web's: of a cache that no guest has. */
export const WEB_CACHE_MODES: readonly unknown[] = Object.freeze([
  'default',
  'no-store',
  'reload',
  'no-cache',
  'force-cache',
  'only-if-cached',
]);
