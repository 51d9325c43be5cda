/**
 * HTTP clients that block the script's thread. Powerless. A client lives in the kernel with what it carries
 * (credentials, certificate): here is its handle alone, so that who is handed a client can't read them out.
 */
import type { WireValue } from '../wire/codec.ts';
import { expectNumber, type RawOptions, type Session, timeoutOf } from './session.ts';
import { SyncResponse } from './sync-response.ts';

/** Text, or a URL object of any environment. */
export type UrlLike = string | { readonly href: string };

export function urlText(url: UrlLike): string {
  return typeof url === 'string' ? url : url.href;
}

/** A jail: a narrowed client that can fetch and nothing else. */
export interface SyncJail {
  fetch(url: UrlLike, options?: RawOptions): SyncResponse;
}

export class SyncHttpClient implements SyncJail {
  readonly #session: Session;
  readonly #handle: number;
  readonly #timeout: number | null;

  /** `timeout`: the client's own, in seconds; the kernel knows it too. */
  constructor(session: Session, handle: number, timeout: number | null) {
    this.#session = session;
    this.#handle = handle;
    this.#timeout = timeout;
  }

  /** A request. Options: spec/surface.md, "HTTP client". 4xx and 5xx are responses, never exceptions. */
  fetch(url: UrlLike, options: RawOptions = {}): SyncResponse {
    const timeout = timeoutOf(options, this.#timeout);
    const answer = this.#session.call('client.fetch', this.#handle, [urlText(url), options, this.#session.by], timeout);
    return new SyncResponse(this.#session, answer, timeout);
  }

  get(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'GET' });
  }

  head(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'HEAD' });
  }

  options(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'OPTIONS' });
  }

  delete(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'DELETE' });
  }

  post(url: UrlLike, body?: WireValue, options: RawOptions = {}): SyncResponse {
    return this.#send('POST', url, body, options);
  }

  put(url: UrlLike, body?: WireValue, options: RawOptions = {}): SyncResponse {
    return this.#send('PUT', url, body, options);
  }

  patch(url: UrlLike, body?: WireValue, options: RawOptions = {}): SyncResponse {
    return this.#send('PATCH', url, body, options);
  }

  /** Narrows the client for good: from now on it reaches these hosts at most. */
  set allow(hosts: readonly string[]) {
    this.#session.call('client.allow', this.#handle, [hosts]);
  }

  /** A narrowed copy that can fetch from these hosts and do nothing else. */
  jail(...hosts: string[]): SyncJail {
    const handle = expectNumber(this.#session.call('client.jail', this.#handle, [hosts]), 'jail');
    return jailed(new SyncHttpClient(this.#session, handle, this.#timeout));
  }

  /** Gives back what the client holds. Its responses stay readable. */
  close(): void {
    this.#session.call('release', this.#handle, []);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #send(method: string, url: UrlLike, body: WireValue | undefined, options: RawOptions): SyncResponse {
    return this.fetch(url, { ...options, method, ...(body === undefined || body === null ? {} : { body }) });
  }
}

/** An object with `fetch` alone: nothing reaches through it to the client. */
export function jailed(client: SyncHttpClient): SyncJail {
  return Object.freeze({ fetch: (url: UrlLike, options: RawOptions = {}) => client.fetch(url, options) });
}
