/**
 * The HTTP client: options read once, calls checked before anything happens. Trusted side. What is done with a call is in
 * fetch.ts; each hop is permitted by the capability and dialled by the one dialler.
 */
import type { Capability } from '../capability.ts';
import { type ClientConfig, readConfig } from './config.ts';
import { type FetchContext, runFetch } from './fetch.ts';
import { Hops } from './hops.ts';
import type { HttpKernel } from './kernel.ts';
import type { ClientOptions, RequestOptions } from './options.ts';
import { RequestReader } from './request.ts';
import type { HttpResponse } from './response.ts';
import { Trip } from './trip.ts';
import { readUrlOnce, withQuery } from './url.ts';

export type { FetchContext };

/** An object that can fetch, and nothing else. */
export interface HttpJail {
  fetch(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse>;
}

/** A body as `post`, `put` and `patch` take it. */
export type BodyArgument = string | Uint8Array | null | undefined;

interface ClientParts {
  readonly capability: Capability;
  readonly kernel: HttpKernel;
  readonly config: ClientConfig;
  /** False for the client behind `net.fetch`, whose holder could make any other. */
  readonly bounded: boolean;
  /** The capability was narrowed to hosts for this client. */
  readonly named: boolean;
}

export class HttpClient {
  readonly #kernel: HttpKernel;
  readonly #hops: Hops;
  readonly #reader: RequestReader;
  readonly #bounded: boolean;

  private constructor({ capability, kernel, config, bounded, named }: ClientParts) {
    this.#kernel = kernel;
    this.#hops = new Hops(config, kernel, capability, { named });
    // Later narrowing adds nothing here: `allow` takes hosts alone.
    this.#reader = new RequestReader({ config, limitsMethods: capability.grants.limitsMethods, bounded });
    this.#bounded = bounded;
  }

  /** A client with options. Raises ArgumentError, also for credentials that would belong nowhere. */
  static open(capability: Capability, kernel: HttpKernel, options: ClientOptions = {}): HttpClient {
    const config = readConfig(options, {
      userAgent: kernel.userAgent,
      limitsMethods: capability.grants.limitsMethods,
    });
    return new HttpClient({ capability, kernel, config, bounded: true, named: false });
  }

  /** The client behind `net.fetch`: no options, and none that a request could not set. */
  static plain(capability: Capability, kernel: HttpKernel): HttpClient {
    const config = readConfig({}, { userAgent: kernel.userAgent, limitsMethods: false });
    return new HttpClient({ capability, kernel, config, bounded: false, named: false });
  }

  /** Narrows this client to hosts (connect rules), for good: a second list narrows further. */
  set allow(hosts: readonly string[]) {
    this.#hops.narrow(hosts);
  }

  /** An object with `fetch` alone, narrowed to these hosts. Nothing reaches through it to the client. */
  jail(...hosts: string[]): HttpJail {
    const inner = new HttpClient({
      capability: this.#hops.capability.narrow(hosts),
      kernel: this.#kernel,
      config: this.#hops.config,
      bounded: this.#bounded,
      named: true,
    });
    return Object.freeze({
      fetch: (url: string, options?: RequestOptions, context?: FetchContext) => inner.fetch(url, options, context),
    });
  }

  get(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'GET' }, context);
  }

  head(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'HEAD' }, context);
  }

  options(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'OPTIONS' }, context);
  }

  delete(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'DELETE' }, context);
  }

  post(url: string, body?: BodyArgument, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, ...bodyOf(body), method: 'POST' }, context);
  }

  put(url: string, body?: BodyArgument, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, ...bodyOf(body), method: 'PUT' }, context);
  }

  patch(url: string, body?: BodyArgument, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, ...bodyOf(body), method: 'PATCH' }, context);
  }

  /**
   * Makes a request and follows where it leads. Resolves when the headers of the last hop are in; 4xx and 5xx are
   * responses. Raises ArgumentError before anything is sent, denials, and what broke.
   */
  fetch(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    try {
      const trip = this.#setOut(url, options);
      return runFetch({ hops: this.#hops, kernel: this.#kernel, trip, written: url, context });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #setOut(url: unknown, options: unknown): Trip {
    const plan = this.#reader.read(options);
    const read = readUrlOnce(url, this.#hops.config.baseUrl);
    return new Trip(plan, plan.query === null ? read : { url: withQuery(read.url, plan.query), origin: read.origin });
  }
}

function bodyOf(body: BodyArgument): { readonly body?: string | Uint8Array } {
  return body === null || body === undefined ? {} : { body };
}
