/**
 * A client's cookies (RFC 6265bis), kept by tough-cookie, which knows the public suffixes. Trusted side; what servers set
 * is hostile. Loaded when a client first uses them, by `import()`. What tough-cookie leaves out is here: servers without
 * TLS don't touch what is Secure (section 5.7), and no server fills the memory.
 */
import { type Cookie, CookieJar, parse } from 'tough-cookie';

/** RFC 6265bis section 5.6: longer ones are ignored. */
const MAX_NAME_AND_VALUE = 4_096;
const MAX_LINE = 8_192;
/** More cookies than any browser keeps for one site, and in all; what would be one more is ignored. */
const MAX_OF_SITE = 180;
const MAX_COOKIES = 3_000;

export class Cookies {
  readonly #jar = new CookieJar(undefined, {
    rejectPublicSuffixes: true,
    prefixSecurity: 'strict',
    // `localhost` and its like are names as others are.
    allowSpecialUseDomain: true,
    looseMode: false,
  });
  /** How many were set: never less than there are. */
  #set = 0;

  /** What goes with a request to `url`, as the value of its Cookie header; null for nothing. */
  header(url: URL): string | null {
    const found = this.#jar.getCookieStringSync(url.href, { http: true });
    return found === '' ? null : found;
  }

  /** Takes what a response from `url` sets. What can't be taken is left out. */
  store(url: URL, lines: readonly string[]): void {
    for (const line of lines) {
      const cookie = line.length > MAX_LINE ? undefined : parse(line);
      if (cookie === undefined || cookie.key.length + cookie.value.length > MAX_NAME_AND_VALUE) continue;
      if (url.protocol === 'http:' && this.#touchesSecure(url, cookie)) continue;
      if (this.#isFull(url)) return;
      if (this.#jar.setCookieSync(cookie, url.href, { http: true, ignoreError: true }) !== undefined) this.#set += 1;
    }
  }

  #touchesSecure(url: URL, { secure, key }: Cookie): boolean {
    return secure || this.#ofSite(url).some((kept) => kept.secure && kept.key === key);
  }

  #isFull(url: URL): boolean {
    if (this.#set < MAX_OF_SITE) return false;
    if (this.#ofSite(url).length >= MAX_OF_SITE) return true;
    if (this.#set < MAX_COOKIES) return false;
    this.#set = this.#jar.serializeSync()?.cookies.length ?? MAX_COOKIES;
    return this.#set >= MAX_COOKIES;
  }

  /** What the site of this URL has, for whichever path and scheme. */
  #ofSite(url: URL): readonly Cookie[] {
    const secure = new URL(url.href);
    secure.protocol = 'https:';
    return this.#jar.getCookiesSync(secure.href, { allPaths: true, http: true });
  }
}
