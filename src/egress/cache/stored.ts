/**
 * A response as the cache keeps it, and what may be kept. Trusted side, pure; what a server said is hostile. RFC 9111 by
 * http-cache-semantics.
 */
import CachePolicy from 'http-cache-semantics';
import type { CacheTime } from '../../net/http/caching.ts';
import type { Header } from '../../net/http/headers.ts';
import type { HttpResponse } from '../../net/http/response.ts';
import type { RawHeaders } from '../../net/http/undici.ts';
import { isAccept } from './key.ts';

/** What the meta of a cached response says. */
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
  if (!STATUSES.has(response.status) || varyOf(response) === null || isEndless(response)) return 0;
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

/** An event stream (WHATWG HTML, "server-sent events"): its end is not waited for. */
function isEndless(response: HttpResponse): boolean {
  return /^\s*text\/event-stream\b/i.test(response.header('content-type') ?? '');
}

function isShareable(response: HttpResponse, headers: readonly Header[]): boolean {
  const control = response.header('cache-control') ?? '';
  if (response.header('set-cookie') !== null || /\b(?:private|no-store)\b/i.test(control)) return false;
  if (!response.redirectChain.every((from) => new URL(from).origin === new URL(response.url).origin)) return false;
  return headers.every(isAccept);
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
