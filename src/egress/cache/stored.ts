/**
 * A response as the cache keeps it, and what may be kept. Trusted side, pure; what a server said is hostile, and what a
 * state gives back is read anew. RFC 9111 by http-cache-semantics.
 */
import CachePolicy from 'http-cache-semantics';
import type { CacheTime } from '../../net/http/caching.ts';
import type { Header } from '../../net/http/headers.ts';
import { KeptBody } from '../../net/http/kept.ts';
import { HttpResponse } from '../../net/http/response.ts';
import type { RawHeaders } from '../../net/http/undici.ts';
import type { CachedResponse } from '../state/state.ts';

/** What the meta of a cached response says; `vary` alone: where to look further. */
export interface StoredHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: RawHeaders;
  readonly url: string;
  readonly redirectChain: readonly string[];
  readonly httpVersion: string;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
}

const STATUSES: ReadonlySet<number> = new Set([200, 203, 204, 300, 301, 404, 410]);
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** They speak of the message as it was sent, which is decoded now, or of the connection. */
const NOT_KEPT: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'age',
]);

/** Whether a request may be answered from a cache, and its response be kept. */
export function isCacheable(method: string, hasCredentials: boolean): boolean {
  return METHODS.has(method) && !hasCredentials;
}

export interface KeepAsk {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly Header[];
  readonly time: CacheTime;
  /** Milliseconds that the entry keeps responses; null where it does not say. */
  readonly entryTtl: number | null;
  /** Apps share it: only what is public, from a request that nobody has shaped, and no longer than entry or server say. */
  readonly shared: boolean;
}

/** Milliseconds to keep a response; 0: not at all. */
export function timeToKeep(response: HttpResponse, ask: KeepAsk): number {
  const { headers, time, entryTtl, shared } = ask;
  if (!STATUSES.has(response.status) || varyOf(response) === null) return 0;
  if (!shared) return time === 'headers' ? timeByHeaders(response, ask) : time;
  if (!isShareable(response, headers)) return 0;
  const most = entryTtl ?? timeByHeaders(response, ask);
  return Math.min(most, time === 'headers' ? timeByHeaders(response, ask) : time);
}

/** As the response says itself. */
function timeByHeaders(response: HttpResponse, { method, url, headers, shared }: KeepAsk): number {
  const sent = Object.fromEntries(headers.map(({ lower, values }) => [lower, (values ?? []).join(', ')]));
  const received = { status: response.status, headers: { ...response.headers } };
  const policy = new CachePolicy({ method, url: url.href, headers: sent }, received, { shared });
  return policy.storable() ? Math.max(0, policy.timeToLive()) : 0;
}

function isShareable(response: HttpResponse, headers: readonly Header[]): boolean {
  const control = response.header('cache-control') ?? '';
  if (response.header('set-cookie') !== null || /\b(?:private|no-store)\b/i.test(control)) return false;
  return headers.every(({ lower }) => lower === 'accept' || lower.startsWith('accept-'));
}

/** The request headers that a response depends on, in lower case; null: on more than headers. */
export function varyOf(response: HttpResponse): readonly string[] | null {
  const names = (response.header('vary') ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  return names.includes('*') ? null : names.filter((name) => name !== '');
}

/** The meta of a response whose body has been read. */
export function headOf(response: HttpResponse, storedAt: number): StoredHead {
  const headers: Record<string, string | readonly string[]> = Object.create(null);
  for (const name of Object.keys(response.headers)) {
    const all = response.headerAll(name);
    if (!NOT_KEPT.has(name)) headers[name] = all.length === 1 ? (all[0] ?? '') : all;
  }
  const { status, reason, url, redirectChain, httpVersion } = response;
  return { status, reason, headers, url, redirectChain, httpVersion, storedAt };
}

/** A response made of what was kept; null for what can't be read. */
export function reviveResponse(
  { meta, body }: CachedResponse,
  method: string,
  elapsed: number,
  now: number,
): HttpResponse | null {
  const head = readHead(meta);
  if (head === null) return null;
  const { status, reason, headers, url, redirectChain, httpVersion, storedAt } = head;
  const aged = { ...headers, age: String(Math.max(0, Math.floor((now - storedAt) / 1_000))) };
  return new HttpResponse(
    { status, reason, headers: aged, httpVersion },
    new KeptBody(new Uint8Array(body)),
    { method, url: new URL(url), chain: [...redirectChain], bounds: { maxBody: null } },
    elapsed,
  );
}

/** Of an entry that holds no response: the headers to look further by. */
export function readVary(meta: string): readonly string[] | null {
  const raw = parse(meta);
  const vary: unknown = raw === null ? null : Reflect.get(raw, 'vary');
  return Array.isArray(vary) ? vary.filter((name) => typeof name === 'string') : null;
}

function readHead(meta: string): StoredHead | null {
  const raw = parse(meta);
  if (raw === null) return null;
  const field = (name: string): unknown => Reflect.get(raw, name);
  const [status, reason, url, storedAt, headers, chain] = [
    'status',
    'reason',
    'url',
    'storedAt',
    'headers',
    'redirectChain',
  ].map(field);
  if (typeof status !== 'number' || typeof reason !== 'string' || typeof url !== 'string' || !URL.canParse(url))
    return null;
  if (typeof storedAt !== 'number' || headers === null || typeof headers !== 'object' || !Array.isArray(chain))
    return null;
  return {
    status,
    reason,
    url,
    storedAt,
    headers: readHeaders(headers),
    redirectChain: chain.filter((each) => typeof each === 'string'),
    httpVersion: String(field('httpVersion')),
  };
}

function readHeaders(raw: object): RawHeaders {
  const headers: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value === 'string') headers[name] = value;
    else if (Array.isArray(value)) headers[name] = value.filter((each) => typeof each === 'string');
  }
  return headers;
}

function parse(text: string): object | null {
  try {
    const raw: unknown = JSON.parse(text);
    return raw !== null && typeof raw === 'object' ? raw : null;
  } catch {
    return null;
  }
}
