/**
 * The URL of a request: WHATWG `URL` reads it, and what it would silently drop or change hands over is refused first.
 * Trusted side, pure; the text is hostile.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { type FormOption, formLength, formText } from '../../wire/form.ts';
import { escapeText } from '../address/escape.ts';

/** `URL` drops tabs and line breaks wherever they stand. */
const DROPPED = /[\p{Cc}\s]/u;
const MAX_URL = 65_536;

/** A URL as it was read. Nobody changes it: the same one may be handed out again. */
export interface ReadUrl {
  readonly url: URL;
  readonly origin: string;
}

/** The last that was read: loops ask for the same one over and over. */
let last: (ReadUrl & { readonly raw: unknown; readonly base: URL | null }) | null = null;

/** As `readUrl`, with its origin; may be the same object as before. */
export function readUrlOnce(raw: unknown, base: URL | null): ReadUrl {
  if (last !== null && last.raw === raw && last.base === base) return last;
  const url = readUrl(raw, base);
  last = { url, origin: url.origin, raw, base };
  return last;
}

/**
 * Reads what a script passed as a URL, against `base` if there is one: a relative reference is resolved as in a web
 * page, so a base's path counts up to its last `/`. Raises ArgumentError for what is no http(s) URL.
 */
export function readUrl(raw: unknown, base: URL | null = null): URL {
  return readUrlOf(HTTP, raw, base);
}

/** As `readUrl`, for `ws:` and `wss:`, as which `http:` and `https:` are read too. It has no fragment. */
export function readWebSocketUrl(raw: unknown): URL {
  const url = readUrlOf(WEB_SOCKET, raw, null);
  if (HTTP.has(url.protocol)) url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  return url;
}

const HTTP: ReadonlySet<string> = new Set(['http:', 'https:']);
const WEB_SOCKET: ReadonlySet<string> = new Set(['ws:', 'wss:', ...HTTP]);

function readUrlOf(schemes: ReadonlySet<string>, raw: unknown, base: URL | null): URL {
  if (typeof raw !== 'string') throw new ArgumentError(`${escapeText(raw)} is no URL`);
  checkLength(raw.length);
  if (DROPPED.test(raw)) {
    throw new ArgumentError(`the URL has a space or a control character: ${escapeText(raw)}`, {
      hint: 'percent-encode it, or give what varies as the query',
    });
  }
  const url = base === null ? URL.parse(raw) : URL.parse(raw, base.href);
  if (url === null || !schemes.has(url.protocol)) {
    const [clear, secure] = schemes;
    throw new ArgumentError(`${escapeText(raw)} is no ${clear?.slice(0, -1)} or ${secure?.slice(0, -1)} URL`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new ArgumentError('the URL has a user or a password in it', {
      hint: 'give them as auth: {basic: [user, password]}',
    });
  }
  return url;
}

/**
 * The URL with a query added to the one that it has; what is there stays as it was written. Raises ArgumentError for one
 * that is too long, before it is written (test/attacks/http-large-query.test.ts).
 */
export function withQuery(url: URL, query: FormOption): URL {
  checkLength(formLength(query));
  const added = formText(query);
  const longer = new URL(url.href);
  if (added !== '') longer.search = url.search === '' ? added : `${url.search}&${added}`;
  checkLength(longer.href.length);
  return longer;
}

function checkLength(length: number): void {
  if (length > MAX_URL) throw new ArgumentError('the URL is longer than 65536 characters');
}

/** A relative URL writes no host. */
const AUTHORITY = /^[a-z]+:[\\/]*([^\\/?#:]+)/i;

/** For messages: the host as it was written, where the URL's parser has changed it. */
export function writtenHost(url: URL, written: string): string | undefined {
  return written.includes(url.hostname) ? undefined : AUTHORITY.exec(written)?.[1];
}
