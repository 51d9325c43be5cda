/**
 * The HTTP client: what a script asks for, checked, sent and followed, hop by hop. Trusted side. Each hop is permitted
 * by the capability as if it were asked for, and dialled by the one dialler.
 */
import { HostNotAllowedError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import type { Capability, PermittedRequest, RequestAsk } from '../capability.ts';
import type { By } from '../decision.ts';
import { Deadline } from '../dial/deadline.ts';
import { type ClientConfig, readConfig } from './config.ts';
import { belongs } from './credentials.ts';
import type { Exchange, Head } from './exchange.ts';
import { flattenHeaders } from './headers.ts';
import type { HttpKernel } from './kernel.ts';
import { Operation } from './operation.ts';
import type { ClientOptions, RequestOptions } from './options.ts';
import type { NextHop } from './redirect.ts';
import { type RequestPlan, RequestReader } from './request.ts';
import { HttpResponse } from './response.ts';
import { sendHop } from './send.ts';
import { TlsPlans } from './tls-plans.ts';
import { portOf, Trip } from './trip.ts';
import type { Dispatch } from './undici.ts';
import { readUrlOnce, withQuery } from './url.ts';

/** What goes with a call beside its options. */
export interface FetchContext {
  /** Ends this call and others: that of a script's thread, say. One for a single call is an option of that call. */
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
  readonly #reader: RequestReader;
  readonly #bounded: boolean;
  readonly #plans: TlsPlans;
  #capability: Capability;
  #allowed: boolean;
  #reported = false;
  /** The headers of a request that brings none of its own. */
  readonly #flat: { readonly trusted: readonly string[]; readonly others: readonly string[] };

  private constructor({ capability, kernel, config, bounded, allowed }: ClientParts) {
    this.#capability = capability;
    this.#kernel = kernel;
    this.#config = config;
    // No narrowing of this client's own adds to it: `allow` takes hosts alone.
    this.#reader = new RequestReader({ config, limitsMethods: capability.grants.limitsMethods, bounded });
    this.#bounded = bounded;
    this.#allowed = allowed;
    this.#plans = new TlsPlans(config.settled, kernel.roots);
    this.#flat = {
      trusted: flattenHeaders([config.plain, config.credentials]),
      others: flattenHeaders([config.plain]),
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
  async fetch(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    const { clock, pool } = this.#kernel;
    const by = context?.by;
    const trip = this.#setOut(url, options);
    const started = clock.now();
    let operation: Operation | null = null;
    for (;;) {
      const permitted = this.#permit(trip, url, by);
      operation ??= this.#operate(trip.plan, permitted, context);
      const request = this.#prepareHop(trip, permitted, operation);
      const { exchange, head } = await sendHop(operation, pool, request, () => this.#permit(trip, url, by));
      const next = nextOrGiveUp(trip, head, exchange);
      if (next.kind !== 'follow') return new HttpResponse(head, exchange, trip, (clock.now() - started) / 1000);
      await exchange.discard();
      trip.follow(next);
    }
  }

  #setOut(url: unknown, options: unknown): Trip {
    const plan = this.#reader.read(options);
    const read = readUrlOnce(url, this.#config.baseUrl);
    return new Trip(plan, plan.query === null ? read : { url: withQuery(read.url, plan.query), origin: read.origin });
  }

  #operate(plan: RequestPlan, target: PermittedRequest, context: FetchContext | undefined): Operation {
    const { clock, inFlight } = this.#kernel;
    return new Operation({
      capability: this.#capability,
      inFlight,
      deadline: Deadline.after(clock, plan.timeout, 'request'),
      connectTimeout: plan.connectTimeout,
      signal: plan.signal,
      session: context?.signal,
      by: context?.by,
      target,
    });
  }

  #permit(trip: Trip, written: string, by: By | undefined): PermittedRequest {
    if (this.#config.base !== null) this.#checkOrigin(trip);
    const { url, method, from, chain } = trip;
    const ask: { -readonly [K in keyof RequestAsk]: RequestAsk[K] } = { method, url, operation: 'fetch' };
    if (by !== undefined) ask.by = by;
    if (from !== null) {
      ask.from = from;
      ask.hop = chain.length;
    } else if (!written.includes(url.hostname)) ask.written = writtenHost(written);
    return this.#capability.permitRequest(ask);
  }

  /** With a baseUrl, other origins are refused unless somebody named them. */
  #checkOrigin({ url, origin, from, chain }: Trip): void {
    if (this.#allowed || belongs(origin, this.#config)) return;
    const { base } = this.#config;
    const hop = from === null ? '' : ` (redirect ${chain.length}, from ${escapeText(from.origin)})`;
    throw new HostNotAllowedError(`fetch ${escapeText(origin)}${hop}: this client is for ${base} alone`, {
      host: url.hostname,
      port: portOf(url),
      operation: 'fetch',
      hint: 'name the host in allow, or the origin in credentialsFor',
    });
  }

  /** Tells the operation where it goes now, and makes what is sent there. */
  #prepareHop(trip: Trip, permitted: PermittedRequest, operation: Operation): Dispatch {
    const { plan, url, origin, method, body } = trip;
    const own = belongs(origin, this.#config);
    // What has been on an origin that is not the client's may have been led back by it.
    const trusted = own && !trip.strayed;
    if (!own) trip.strayed = true;
    operation.target = permitted;
    operation.origin = origin;
    operation.tls =
      url.protocol === 'https:' ? this.#plans.plan(permitted.host, { verify: plan.verify, trusted }) : null;
    if (!this.#reported || plan.dropped.length > 0) this.#reportDropped(plan, operation);
    return { method, path: permitted.path + url.search, headers: this.#headers(trip, trusted), body };
  }

  #headers({ plain, credentials }: Trip, trusted: boolean): readonly string[] {
    if (plain.length === 0 && credentials.length === 0) return trusted ? this.#flat.trusted : this.#flat.others;
    const config = this.#config;
    return flattenHeaders([config.plain, trusted ? config.credentials : [], plain, credentials]);
  }

  #reportDropped({ dropped }: RequestPlan, { target, by }: Operation): void {
    const own = this.#reported ? [] : this.#config.dropped;
    this.#reported = true;
    for (const header of [...own, ...dropped]) {
      this.#kernel.onDropped({ operation: 'fetch', host: target.host.text, port: target.port, header, by: by ?? null });
    }
  }
}

/** A redirect that leads nowhere ends its exchange as well. */
function nextOrGiveUp(trip: Trip, head: Head, exchange: Exchange): NextHop {
  try {
    return trip.next(head);
  } catch (error) {
    exchange.cancel(error);
    throw error;
  }
}

function bodyOf(body: BodyArgument): { readonly body?: string | Uint8Array } {
  return body === null || body === undefined ? {} : { body };
}

const AUTHORITY = /^[a-z]+:[\\/]*([^\\/?#:]+)/i;

/** For messages: the host as it was written, where the URL's parser has changed it. */
function writtenHost(written: string): string {
  return AUTHORITY.exec(written)?.[1] ?? written;
}
