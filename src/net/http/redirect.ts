/**
 * Where a response sends us next, as a decision: stay, follow, or a reason why it can't be followed. Trusted side,
 * pure; Location is hostile text. Whether the next hop is granted is decided elsewhere, as for a first request.
 */
import { escapeText } from '../address/escape.ts';

/** RFC 9110 section 15.4. 300 asks the user, 304 and 305 are no redirects. */
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface Answer {
  readonly status: number;
  /** As the parser gives it: latin1, a list if it came more than once. */
  readonly location: string | readonly string[] | undefined;
  /** The request that was answered. */
  readonly method: string;
  readonly url: URL;
}

export type NextHop =
  | { readonly kind: 'stay' }
  | { readonly kind: 'follow'; readonly url: URL; readonly method: string; readonly keepsBody: boolean }
  | { readonly kind: 'broken'; readonly reason: string };

export const STAY: NextHop = Object.freeze({ kind: 'stay' });

/** What to do after `answer`. */
export function nextHop(answer: Answer): NextHop {
  const { status, location } = answer;
  if (!REDIRECTS.has(status) || location === undefined) return STAY;
  if (typeof location !== 'string') return broken('it has more than one Location');
  const url = readLocation(location, answer.url);
  if (url === null) return broken(`its Location can not be read: ${escapeText(location)}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return broken(`its Location has the scheme ${escapeText(url.protocol)}`);
  }
  // SECURITY: what stands before an @ is never sent, nor shown (test/attacks/http-location-userinfo.test.ts).
  url.username = '';
  url.password = '';
  if (url.hash === '') url.hash = answer.url.hash;
  const method = nextMethod(status, answer.method);
  return { kind: 'follow', url, method, keepsBody: method === answer.method && !becomesGet(status, answer.method) };
}

function broken(reason: string): NextHop {
  return { kind: 'broken', reason };
}

function nextMethod(status: number, method: string): string {
  return becomesGet(status, method) ? 'GET' : method;
}

/** 303, except to HEAD, and 301 and 302 after POST (RFC 9110 sections 15.4.2–15.4.4, as browsers do it). */
function becomesGet(status: number, method: string): boolean {
  return status === 303 ? method !== 'HEAD' : (status === 301 || status === 302) && method === 'POST';
}

const CONTROL = /[\u0000-\u001f\u007f]/;
const BEYOND_ASCII = /[\u0080-\u00ff]/;
const utf8 = new TextDecoder('utf-8', { fatal: true });

function readLocation(location: string, base: URL): URL | null {
  const text = location.trim();
  return CONTROL.test(text) ? null : URL.parse(BEYOND_ASCII.test(text) ? fromLatin1(text) : text, base.href);
}

/** Servers put raw UTF-8 there; the parser has read it as Latin-1. */
function fromLatin1(text: string): string {
  try {
    return utf8.decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}
