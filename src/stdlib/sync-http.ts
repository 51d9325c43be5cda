/**
 * HTTP clients that block the script's thread. Powerless. A client lives in the kernel with what it carries
 * (credentials, certificate): here is its handle alone, so that who is handed a client can't read them out.
 */
import type { WireValue } from '../wire/codec.ts';
import type { OperationName } from '../wire/operations.ts';
import { writeBody } from '../wire/written-bodies.ts';
import { expectNumber, type RawOptions, type Session, timeoutOf } from './session.ts';
import { SyncResponse } from './sync-response.ts';

/** Text, or a URL object of any environment. */
export type UrlLike = string | { readonly href: string };

export function urlText(url: UrlLike): string {
  return typeof url === 'string' ? url : url.href;
}

/** A jail: a narrowed client that can fetch and nothing else. */
export interface SyncJail {
  /** As `fetch` of a net, to the hosts of the jail alone. */
  fetch(url: UrlLike, options?: RawOptions): SyncResponse;
}

/**
 * An HTTP client whose calls block this thread. 4xx and 5xx are responses; what it raises is what `fetch` of a net
 * raises.
 */
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
    return this.#ask('client.fetch', url, options);
  }

  /** `fetch` with the method GET. */
  get(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'GET' });
  }

  /** `fetch` with the method HEAD. */
  head(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'HEAD' });
  }

  /** `fetch` with the method OPTIONS. */
  options(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'OPTIONS' });
  }

  /** `fetch` with the method DELETE. */
  delete(url: UrlLike, options: RawOptions = {}): SyncResponse {
    return this.fetch(url, { ...options, method: 'DELETE' });
  }

  /** `fetch` with the method POST. */
  post(url: UrlLike, body?: WireValue, options: RawOptions = {}): SyncResponse {
    return this.#send('POST', url, body, options);
  }

  /** `fetch` with the method PUT. */
  put(url: UrlLike, body?: WireValue, options: RawOptions = {}): SyncResponse {
    return this.#send('PUT', url, body, options);
  }

  /** `fetch` with the method PATCH. */
  patch(url: UrlLike, body?: WireValue, options: RawOptions = {}): SyncResponse {
    return this.#send('PATCH', url, body, options);
  }

  /** A request whose body goes to `onChunk` piece by piece, as it arrives; the server waits meanwhile. */
  stream(url: UrlLike, options: RawOptions, onChunk: (chunk: Uint8Array) => unknown): SyncResponse {
    const response = this.#ask('client.stream', url, options);
    for (const chunk of response) onChunk(chunk);
    return response;
  }

  /**
   * A request whose body goes into the file `to`, below a folder that may be written to: whole or not at all. Raises
   * HttpStatusError for any status but 2xx, and FileNotAllowedError.
   */
  download(url: UrlLike, options: RawOptions & { readonly to: string }): SyncResponse {
    return this.#ask('client.download', url, options);
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

  #ask(operation: OperationName, url: UrlLike, options: RawOptions): SyncResponse {
    const timeout = timeoutOf(options, this.#timeout);
    const answer = this.#session.call(
      operation,
      this.#handle,
      [urlText(url), writeBody(options), this.#session.by],
      timeout,
    );
    return new SyncResponse(this.#session, answer, timeout);
  }

  #send(method: string, url: UrlLike, body: WireValue | undefined, options: RawOptions): SyncResponse {
    return this.fetch(url, { ...options, method, ...(body === undefined || body === null ? {} : { body }) });
  }
}

/** An object with `fetch` alone: nothing reaches through it to the client. */
export function jailed(client: SyncHttpClient): SyncJail {
  return Object.freeze({ fetch: (url: UrlLike, options: RawOptions = {}) => client.fetch(url, options) });
}
