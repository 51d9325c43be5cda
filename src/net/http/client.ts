/**
 * The HTTP client: what a script asks for, checked, sent and followed, hop by hop. Trusted side. Each hop is permitted
 * by the capability as if it were asked for, and dialled by the one dialler.
 */
import { HostNotAllowedError, ProtocolError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import type { Capability, PermittedRequest } from '../capability.ts';
import type { By } from '../decision.ts';
import { Deadline } from '../dial/deadline.ts';
import { type ClientConfig, readConfig } from './config.ts';
import { belongs } from './credentials.ts';
import type { Exchange, Head } from './exchange.ts';
import { flattenHeaders, type Header, withoutBodyHeaders } from './headers.ts';
import type { HttpKernel } from './kernel.ts';
import { Operation } from './operation.ts';
import type { ClientOptions, RequestOptions } from './options.ts';
import { nextHop } from './redirect.ts';
import { type PreparedRequest, prepareRequest } from './request.ts';
import { HttpResponse } from './response.ts';
import { type Hop, sendHop } from './send.ts';
import { TlsPlans } from './tls-plans.ts';

/** What goes with a call beside its options. */
export interface FetchContext {
  readonly signal?: AbortSignal | undefined;
  readonly by?: By | undefined;
}

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
  readonly bounded: boolean;
  /** `allow` has been set: hosts that it names are fine beside baseUrl's origin. */
  readonly allowed: boolean;
}

export class HttpClient {
  readonly #kernel: HttpKernel;
  readonly #config: ClientConfig;
  readonly #bounded: boolean;
  readonly #plans: TlsPlans;
  #capability: Capability;
  #allowed: boolean;
  #reported = false;
  /** The headers of a request that brings none of its own. */
  #flat: { readonly with: readonly string[]; readonly without: readonly string[] };

  private constructor({ capability, kernel, config, bounded, allowed }: ClientParts) {
    this.#capability = capability;
    this.#kernel = kernel;
    this.#config = config;
    this.#bounded = bounded;
    this.#allowed = allowed;
    this.#plans = new TlsPlans(config.settled, kernel.roots);
    this.#flat = {
      with: flattenHeaders([config.plain, config.credentials]),
      without: flattenHeaders([config.plain]),
    };
  }

  /** A client with options. Raises ArgumentError, also for credentials that would belong nowhere. */
  static open(capability: Capability, kernel: HttpKernel, options: ClientOptions = {}): HttpClient {
    const config = readConfig(options, {
      userAgent: kernel.userAgent,
      limitsMethods: capability.grants.limitsMethods,
    });
    return new HttpClient({ capability, kernel, config, bounded: true, allowed: false });
  }

  /** The client behind `net.fetch`: no options, and none that a request could not set. */
  static plain(capability: Capability, kernel: HttpKernel): HttpClient {
    const config = readConfig({}, { userAgent: kernel.userAgent, limitsMethods: false });
    return new HttpClient({ capability, kernel, config, bounded: false, allowed: false });
  }

  /** Narrows this client to hosts (connect rules), for good: a second list narrows further. */
  set allow(hosts: readonly string[]) {
    this.#capability = this.#capability.narrow(hosts);
    this.#allowed = true;
  }

  /** An object with `fetch` alone, narrowed to these hosts. Nothing reaches through it to the client. */
  jail(...hosts: string[]): HttpJail {
    const inner = new HttpClient({
      capability: this.#capability.narrow(hosts),
      kernel: this.#kernel,
      config: this.#config,
      bounded: this.#bounded,
      allowed: true,
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
  async fetch(url: string, options?: RequestOptions, context: FetchContext = {}): Promise<HttpResponse> {
    const request = prepareRequest(url, options, {
      config: this.#config,
      limitsMethods: this.#capability.grants.limitsMethods,
      bounded: this.#bounded,
    });
    const { clock } = this.#kernel;
    const started = clock.now();
    const deadline = Deadline.after(clock, request.timeout, 'request');
    const trip = new Trip(request);
    let operation: Operation | null = null;
    for (;;) {
      const permitted = this.#permit(trip, context.by);
      operation ??= new Operation(this.#capability, deadline, oneSignal(request.signal, context.signal), permitted);
      operation.about = { operation: 'fetch', target: permitted };
      const { exchange, head } = await sendHop(this.#hop(trip, permitted, operation, context.by));
      const { method } = trip;
      if (await trip.follows(head, exchange)) continue;
      const elapsed = (clock.now() - started) / 1000;
      const { maxBody } = request;
      return new HttpResponse({ head, exchange, method, url: trip.url, redirectChain: trip.chain, elapsed, maxBody });
    }
  }

  #permit(trip: Trip, by: By | undefined): PermittedRequest {
    this.#checkOrigin(trip);
    const { request, url, method, from, chain } = trip;
    return this.#capability.permitRequest({
      method,
      url,
      operation: 'fetch',
      ...(from === null ? writtenHost(request.written, url) : { from, hop: chain.length }),
      ...(by === undefined ? {} : { by }),
    });
  }

  /** With a baseUrl, other origins are refused unless somebody named them. */
  #checkOrigin({ url, from, chain }: Trip): void {
    const { base } = this.#config;
    if (base === null || this.#allowed || belongs(url.origin, this.#config)) return;
    const hop = from === null ? '' : ` (redirect ${chain.length}, from ${escapeText(from.origin)})`;
    throw new HostNotAllowedError(`fetch ${escapeText(url.origin)}${hop}: this client is for ${base} alone`, {
      host: url.hostname,
      port: portOf(url),
      operation: 'fetch',
      hint: 'name the host in allow, or the origin in credentialsFor',
    });
  }

  #hop(trip: Trip, permitted: PermittedRequest, operation: Operation, by: By | undefined): Hop {
    const { request, url, method } = trip;
    // What has been on an origin that is not the client's may have been led back by it.
    const trusted = !trip.strayed && belongs(url.origin, this.#config);
    if (!belongs(url.origin, this.#config)) trip.strayed = true;
    this.#reportDropped(request, permitted, by);
    return {
      capability: this.#capability,
      pool: this.#kernel.pool,
      operation,
      permitted,
      origin: url.origin,
      tls: url.protocol === 'https:' ? this.#plans.plan(permitted.host, { verify: request.verify, trusted }) : null,
      connectTimeout: request.connectTimeout,
      again: () => this.#permit(trip, by),
      by,
      dispatch: { method, path: permitted.path + url.search, headers: this.#headers(trip, trusted), body: trip.body },
    };
  }

  #headers({ plain, credentials }: Trip, trusted: boolean): readonly string[] {
    if (plain.length === 0 && credentials.length === 0) return trusted ? this.#flat.with : this.#flat.without;
    const config = this.#config;
    return flattenHeaders([config.plain, trusted ? config.credentials : [], plain, credentials]);
  }

  #reportDropped(request: PreparedRequest, { host, port }: PermittedRequest, by: By | undefined): void {
    const own = this.#reported ? [] : this.#config.dropped;
    this.#reported = true;
    for (const header of [...own, ...request.dropped]) {
      this.#kernel.onDropped({ operation: 'fetch', host: host.text, port, header, by: by ?? null });
    }
  }
}

/** Where a request has got to. */
class Trip {
  readonly request: PreparedRequest;
  url: URL;
  method: string;
  body: Uint8Array | null;
  plain: readonly Header[];
  credentials: readonly Header[];
  /** The URL that redirected to this one. */
  from: URL | null = null;
  /** It has been where the client's credentials don't belong. */
  strayed = false;
  readonly chain: string[] = [];

  constructor(request: PreparedRequest) {
    this.request = request;
    this.url = request.url;
    this.method = request.method;
    this.body = request.body;
    this.plain = request.plain;
    this.credentials = request.credentials;
  }

  /** Moves on to where the response sends us; false if it is the last. Raises ProtocolError if it leads nowhere. */
  async follows(head: Head, exchange: Exchange): Promise<boolean> {
    const { request, url, method } = this;
    if (request.maxRedirects < 0) return false;
    const next = nextHop({ status: head.status, location: head.headers['location'], method, url });
    if (next.kind === 'stay') return false;
    if (next.kind === 'broken') throw this.#giveUp(exchange, `${head.status}, but ${next.reason}`);
    if (this.chain.length >= request.maxRedirects) {
      throw this.#giveUp(exchange, `more than ${request.maxRedirects} redirects`);
    }
    await exchange.discard();
    this.chain.push(url.href);
    this.from = url;
    this.url = next.url;
    this.method = next.method;
    if (!next.keepsBody) {
      this.body = null;
      this.plain = withoutBodyHeaders(this.plain);
    }
    if (next.url.origin !== url.origin) this.credentials = [];
    return true;
  }

  #giveUp(exchange: Exchange, reason: string): ProtocolError {
    const { url } = this;
    const error = new ProtocolError(`fetch ${escapeText(url.origin)}: ${reason}`, {
      host: url.hostname,
      port: portOf(url),
      operation: 'fetch',
    });
    exchange.cancel(error);
    return error;
  }
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}

function bodyOf(body: BodyArgument): { readonly body?: string | Uint8Array } {
  return body === null || body === undefined ? {} : { body };
}

function oneSignal(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one !== undefined && other !== undefined ? AbortSignal.any([one, other]) : (one ?? other);
}

/** For messages: the host as it was written, where the URL's parser has changed it. */
const AUTHORITY = /^[a-z]+:[\\/]*([^\\/?#:]+)/i;

function writtenHost(written: string, url: URL): { readonly written?: string } {
  if (written.includes(url.hostname)) return {};
  const found = AUTHORITY.exec(written)?.[1];
  return found === undefined ? {} : { written: found };
}
