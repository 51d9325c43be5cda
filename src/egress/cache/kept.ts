/**
 * What the cache gives back: a response that can be shown again and again, or the word on what it varies. Trusted side, pure;
 * what a state gives back is read anew.
 */
import { KeptBody } from '../../net/http/kept.ts';
import type { CallBounds } from '../../net/http/request.ts';
import { HttpResponse } from '../../net/http/response.ts';
import type { RawHeaders } from '../../net/http/undici.ts';
import type { CachedResponse } from '../state/state.ts';
import type { StoredHead } from './stored.ts';

/** Stands where there is a response for each value of some headers of the request. */
export interface KeptVary {
  readonly kind: 'vary';
  readonly vary: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Bytes, about. */
  readonly size: number;
}

/** Of what is kept, the one status that is followed. */
const MOVED = 301;

export type Kept = KeptVary | KeptResponse;

export class KeptResponse {
  readonly kind = 'response';
  readonly expiresAt: number;
  readonly size: number;
  /** The URLs that led to it, and its own. */
  readonly way: readonly URL[];
  readonly #url: URL;
  readonly #head: StoredHead;
  readonly #body: Uint8Array;
  /** As they were shown last: they change once a second. */
  #shown: { readonly age: number; readonly headers: RawHeaders } | null = null;

  constructor(head: StoredHead, { meta, body, expiresAt }: CachedResponse) {
    this.#head = head;
    this.#body = body;
    this.#url = new URL(head.url);
    this.way = [...head.redirectChain.map((from) => new URL(from)), this.#url];
    this.expiresAt = expiresAt;
    this.size = meta.length + body.length;
  }

  /** Whether the call would have ended with it: it follows as many redirects, and takes as large a body. */
  suits({ maxRedirects, maxBody }: CallBounds): boolean {
    const { status, headers, redirectChain } = this.#head;
    if (this.#body.length > (maxBody ?? Number.POSITIVE_INFINITY)) return false;
    const leadsOn = status === MOVED && headers['location'] !== undefined;
    return maxRedirects < 0 ? redirectChain.length === 0 : !leadsOn && redirectChain.length <= maxRedirects;
  }

  /** A response to that method, with a body of its own. `now`: milliseconds since 1970. */
  show(method: string, now: number): HttpResponse {
    const { status, reason, redirectChain, httpVersion } = this.#head;
    const headers = this.#headers(now);
    const arrival = { method, url: this.#url, chain: [...redirectChain], bounds: { maxBody: null } };
    return new HttpResponse(
      { status, reason, headers, httpVersion },
      new KeptBody(new Uint8Array(this.#body)),
      arrival,
      0,
    );
  }

  #headers(now: number): RawHeaders {
    const { headers, storedAt } = this.#head;
    const age = Math.max(0, Math.floor((now - storedAt) / 1_000));
    if (this.#shown?.age !== age) this.#shown = { age, headers: { ...headers, age: String(age) } };
    return this.#shown.headers;
  }
}

/** Null for what can't be read. */
export function readKept(cached: CachedResponse): Kept | null {
  const raw = parse(cached.meta);
  if (raw === null) return null;
  const vary: unknown = Reflect.get(raw, 'vary');
  if (Array.isArray(vary)) {
    const names = vary.filter((name) => typeof name === 'string');
    return { kind: 'vary', vary: names, expiresAt: cached.expiresAt, size: cached.meta.length };
  }
  const head = readHead(raw);
  return head === null ? null : new KeptResponse(head, cached);
}

function readHead(raw: object): StoredHead | null {
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
    redirectChain: chain.filter((each) => typeof each === 'string' && URL.canParse(each)),
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
