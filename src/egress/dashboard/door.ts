/**
 * Who may look at the dashboard. Trusted side, pure. Every program and every page of a browser on this machine can reach
 * the port; only who has the link gets in, once, and is known by a cookie from then on.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What is asked, as it was sent. */
export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export type Verdict =
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }
  /** The link was followed: the cookie to set, and where to go. */
  | { readonly kind: 'entered'; readonly cookie: string; readonly location: string }
  /** What of the dashboard is asked for: '' for the page. */
  | { readonly kind: 'admitted'; readonly name: string; readonly query: URLSearchParams };

const COOKIE = 'session';
const KEY_BYTES = 32;

/**
 * On every answer. No script but the page's own runs, nothing is asked of anybody else, nobody frames it, and the text of
 * rows can't become markup even by mistake (trusted types).
 */
export const HEADERS: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
});

export class Door {
  readonly #authority: string;
  readonly #token = newKey();
  readonly #session = newKey();
  /** The cookie goes to this path alone: other ports of 127.0.0.1 share a browser's cookies, and must not be sent it. */
  readonly #home = `/${newKey()}/`;
  #isUsed = false;

  /** `authority`: `127.0.0.1:PORT`. */
  constructor(authority: string) {
    this.#authority = authority;
  }

  /** Lets one browser in, once. */
  get link(): string {
    return `http://${this.#authority}/?token=${this.#token}`;
  }

  /**
   * SECURITY: another name that leads here (DNS rebinding), another page, another method and a stranger are refused
   * (test/attacks/dashboard-strangers).
   */
  decide({ method, url, headers }: Asked): Verdict {
    if (headers['host'] !== this.#authority) return refused(421, `this is http://${this.#authority}/ alone`);
    const { origin } = headers;
    if (origin !== undefined && origin !== `http://${this.#authority}`) return refused(403, 'another page asks');
    const site = headers['sec-fetch-site'];
    if (site !== undefined && site !== 'same-origin' && site !== 'none') return refused(403, 'another page asks');
    if (method !== 'GET') return refused(405, 'GET is the only method here');
    const [path = '', query = ''] = url.split('?', 2);
    if (path === '/') return this.#enter(new URLSearchParams(query).get('token'));
    if (!isSame(cookieOf(headers['cookie']), this.#session)) return refused(401, 'the link that was printed leads in');
    if (!path.startsWith(this.#home)) return refused(404, 'there is nothing here');
    return { kind: 'admitted', name: path.slice(this.#home.length), query: new URLSearchParams(query) };
  }

  #enter(token: string | null): Verdict {
    if (token === null) return refused(401, 'the link that was printed leads in');
    if (this.#isUsed) return refused(403, 'the link was used already: start caspian-net dashboard again for another');
    if (!isSame(token, this.#token)) return refused(403, 'this is not the link that was printed');
    this.#isUsed = true;
    const cookie = `${COOKIE}=${this.#session}; Path=${this.#home}; HttpOnly; SameSite=Strict`;
    return { kind: 'entered', cookie, location: this.#home };
  }
}

function refused(status: number, reason: string): Verdict {
  return { kind: 'refused', status, reason };
}

function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** In a time that does not tell how much of it is right. */
function isSame(given: string, key: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(key));
}

function cookieOf(header: string | string[] | undefined): string {
  const pairs = typeof header === 'string' ? header.split(/;\s*/) : [];
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}
