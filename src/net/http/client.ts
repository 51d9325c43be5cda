/**
 * The HTTP client: options read once, calls checked before anything happens. Trusted side. What is done with a call is in
 * fetch.ts; each hop is permitted by the capability and dialled by the one dialler.
 */
import { ArgumentError, HostNotAllowedError } from '../../errors/classes.ts';
import type { Capability } from '../capability.ts';
import { company } from '../company.ts';
import { type ProxyPlan, planProxy } from '../dial/proxy.ts';
import type { Through } from '../dial/tunnel.ts';
import { Files } from '../files.ts';
import { AskedCall, type Call } from './asked-call.ts';
import { type ClientConfig, readConfig } from './config.ts';
import type { Cookies } from './cookies.ts';
import { belongs } from './credentials.ts';
import { download } from './download.ts';
import { type FetchContext, runFetch } from './fetch.ts';
import { Hops } from './hops.ts';
import type { HttpKernel } from './kernel.ts';
import type { ClientOptions, RequestOptions } from './options.ts';
import type { CallGuard, CallPolicy } from './policy.ts';
import { type CallBounds, type RequestPlan, RequestReader } from './request.ts';
import { type BodyPlan, openBody } from './request-body.ts';
import type { HttpResponse } from './response.ts';
import { secretNeedsEgress } from './secret.ts';
import { Trip } from './trip.ts';
import { capUpload } from './upload.ts';
import { readUrlOnce, withQuery } from './url.ts';

export type { FetchContext };

/** An object that can fetch, and nothing else. */
export interface HttpJail {
  /** As `fetch` of a client, to the hosts of the jail alone. */
  fetch(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse>;
}

const JAILED = 'files are for the net and the clients that were not narrowed';

/** A body as `post`, `put` and `patch` take it. */
export type BodyArgument = string | Uint8Array | null | undefined;

/** What a client stands on. */
export interface ClientGround {
  readonly capability: Capability;
  readonly kernel: HttpKernel;
  /** The folders that it may read from and write to. */
  readonly files: Files;
  /** The host program's proxy; null for none. */
  readonly through: Through | null;
  /** What stands over every call; undefined where grants alone decide. */
  readonly calls: CallPolicy | undefined;
}

interface ClientParts extends ClientGround {
  readonly config: ClientConfig;
  /** False for the client behind `net.fetch`, whose holder could make any other. */
  readonly bounded: boolean;
  /** The capability was narrowed to hosts for this client. */
  readonly named: boolean;
}

/**
 * An HTTP client of `net.http.client.new`: a base URL, headers, credentials and cookies of its own over the pool of
 * its net. What it raises is what `fetch` of a net raises; 4xx and 5xx are responses.
 */
export class HttpClient {
  readonly #kernel: HttpKernel;
  readonly #files: Files;
  readonly #through: Through | null;
  readonly #calls: CallPolicy | undefined;
  readonly #hops: Hops;
  readonly #reader: RequestReader;
  readonly #bounded: boolean;
  /** This client's alone. */
  #cookies: Promise<Cookies> | null = null;

  private constructor({ capability, kernel, files, through, calls, config, bounded, named }: ClientParts) {
    this.#kernel = kernel;
    this.#files = files;
    this.#calls = calls;
    this.#hops = new Hops(config, kernel, capability, { named, through });
    this.#through = through;
    // Later narrowing adds nothing here: `allow` takes hosts alone.
    const { limitsMethods } = capability.grants;
    this.#reader = new RequestReader({ config, limitsMethods, underPolicy: calls !== undefined, bounded });
    this.#bounded = bounded;
  }

  /** A client with options. Raises ArgumentError, also for credentials that would belong nowhere. */
  static open(ground: ClientGround, options: ClientOptions = {}): HttpClient {
    const { capability, kernel } = ground;
    const config = readConfig(options, {
      userAgent: kernel.userAgent,
      limitsMethods: capability.grants.limitsMethods,
      underPolicy: ground.calls !== undefined,
    });
    const through = nameProxy(planProxy(config.settled.proxy), ground);
    return new HttpClient({ ...ground, through, config, bounded: true, named: false });
  }

  /** The client behind `net.fetch`: no options, and none that a request could not set. */
  static plain(ground: ClientGround): HttpClient {
    return new HttpClient({ ...ground, config: ground.kernel.plainConfig, bounded: false, named: false });
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
      // Who gets a jail names no files.
      files: Files.none(JAILED),
      through: this.#through,
      calls: this.#calls,
      config: this.#hops.config,
      bounded: this.#bounded,
      named: true,
    });
    return Object.freeze({
      fetch: (url: string, options?: RequestOptions, context?: FetchContext) => inner.fetch(url, options, context),
    });
  }

  /** `fetch` with the method GET. */
  get(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'GET' }, context);
  }

  /** `fetch` with the method HEAD. */
  head(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'HEAD' }, context);
  }

  /** `fetch` with the method OPTIONS. */
  options(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'OPTIONS' }, context);
  }

  /** `fetch` with the method DELETE. */
  delete(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, method: 'DELETE' }, context);
  }

  /** `fetch` with the method POST; `body` is text or bytes, or null for none. */
  post(url: string, body?: BodyArgument, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, ...bodyOf(body), method: 'POST' }, context);
  }

  /** `fetch` with the method PUT; `body` is text or bytes, or null for none. */
  put(url: string, body?: BodyArgument, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, ...bodyOf(body), method: 'PUT' }, context);
  }

  /** `fetch` with the method PATCH; `body` is text or bytes, or null for none. */
  patch(url: string, body?: BodyArgument, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    return this.fetch(url, { ...options, ...bodyOf(body), method: 'PATCH' }, context);
  }

  /**
   * Makes a request and gives each piece of the body to `onChunk`, which the server waits for. Resolves with the response
   * at the body's end; what `onChunk` raises closes the connection.
   */
  async stream(
    url: string,
    options: RequestOptions | undefined,
    onChunk: (chunk: Uint8Array) => unknown,
    context?: FetchContext,
  ): Promise<HttpResponse> {
    if (typeof onChunk !== 'function') throw new ArgumentError('stream takes a function of each piece');
    const response = await this.fetch(url, options, context);
    for await (const chunk of response) await onChunk(chunk);
    return response;
  }

  /**
   * Makes a request and puts the body into the file `to`, below a folder that may be written to: whole or not at all, in
   * place of what was there. Raises HttpStatusError for any status but 2xx, and FileNotAllowedError.
   */
  async download(
    url: string,
    { to, ...options }: RequestOptions & { readonly to: string },
    context?: FetchContext,
  ): Promise<HttpResponse> {
    if (typeof to !== 'string') throw new ArgumentError('download: to must be a path');
    return await download(to, {
      files: this.#files,
      fetch: () => this.fetch(url, options, context),
      onProgress: this.#kernel.onProgress,
    });
  }

  /**
   * Makes a request and follows where it leads. Resolves when the headers of the last hop are in; 4xx and 5xx are
   * responses. Raises ArgumentError before anything is sent, denials, and what broke.
   */
  fetch(url: string, options?: RequestOptions, context?: FetchContext): Promise<HttpResponse> {
    // What a script asks for has been noted where it came in.
    if (context?.by === undefined) company.note(this.#kernel.owner);
    try {
      const asked = this.#reader.read(options);
      const read = readUrlOnce(url, this.#hops.config.baseUrl);
      const target = asked.query === null ? read : { url: withQuery(read.url, asked.query), origin: read.origin };
      const plan = this.#carries(asked, read.origin) ? asked : { ...asked, secret: null };
      const call = { plan, target, written: url, context };
      const calls = this.#calls;
      if (calls === undefined) return this.#send(withoutPolicy(call), plan.bounds);
      const asking = new AskedCall(this.#hops, call);
      return calls.call(asking, (guard, bounds) => this.#send(call, bounds, guard));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** SECURITY: a client's secret is for where its credentials are for (test/attacks/egress-client-secret.test.ts). */
  #carries({ secret }: RequestPlan, origin: string): boolean {
    const { config } = this.#hops;
    return secret === null || secret !== config.secret || belongs(origin, config);
  }

  #send(call: Call, bounds: CallBounds, guard?: CallGuard): Promise<HttpResponse> {
    const { plan, target } = call;
    const { body } = plan;
    try {
      if (!isInMemory(body) || plan.cookies) return this.#prepareAndSend(call, bounds, guard);
      return runFetch(this.#parts(new Trip(plan, bounds, target, body), call, guard));
    } catch (error) {
      guard?.failed(error, 0);
      return Promise.reject(error);
    }
  }

  #parts(trip: Trip, { written, context }: Call, guard: CallGuard | undefined) {
    return { hops: this.#hops, kernel: this.#kernel, trip, written, context, guard };
  }

  /** A request that needs something first: its body opened, the client's cookies. */
  async #prepareAndSend(call: Call, bounds: CallBounds, guard: CallGuard | undefined): Promise<HttpResponse> {
    const { plan, target } = call;
    let close = (): void => {};
    try {
      const cookies = plan.cookies ? await this.#openCookies() : null;
      const upload = isInMemory(plan.body) ? null : capUpload(await openBody(plan.body, this.#files), bounds.maxUpload);
      close = () => upload?.close();
      const trip = new Trip(plan, bounds, target, isInMemory(plan.body) ? plan.body : upload);
      trip.cookies = cookies;
      return await runFetch({ ...this.#parts(trip, call, guard), atEnd: close });
    } catch (error) {
      close();
      guard?.failed(error, 0);
      throw error;
    }
  }

  #openCookies(): Promise<Cookies> {
    this.#cookies ??= import('./cookies.ts').then((loaded) => new loaded.Cookies());
    return this.#cookies;
  }
}

/**
 * The proxy of a client: its own, or the host program's. SECURITY: naming one is connecting to it, so it takes what a socket
 * takes; and where deny rules speak of addresses nobody here would know what lies behind it
 * (test/attacks/proxy-named-by-script.test.ts).
 */
function nameProxy(plan: ProxyPlan | null, { capability, through }: ClientGround): Through | null {
  if (plan === null) return through;
  if (through !== null)
    throw new ArgumentError('client: everything goes through a proxy already, and no other is taken');
  if (capability.grants.bindsAddresses) {
    throw new HostNotAllowedError('client: where deny rules speak of addresses, a client can name no proxy', {
      host: plan.host,
      port: plan.port,
      operation: 'proxy',
      hint: 'the launcher can: --proxy=URL',
    });
  }
  capability.permitPeer({ operation: 'proxy', host: plan.host, port: plan.port });
  return { plan, capability };
}

function isInMemory(body: BodyPlan | null): body is Uint8Array | null {
  return body === null || body instanceof Uint8Array;
}

function bodyOf(body: BodyArgument): { readonly body?: string | Uint8Array } {
  return body === null || body === undefined ? {} : { body };
}

/** Raises ArgumentError for options that mean nothing where no policy stands over the call. */
function withoutPolicy(call: Call): Call {
  const { secret, caching } = call.plan;
  if (secret !== null) throw secretNeedsEgress('fetch');
  if (caching !== null) throw new ArgumentError('fetch: cache needs an egress, which keeps one');
  return call;
}
