/**
 * What a client does for each hop: has it permitted, and decides what goes along. Trusted side. SECURITY: every hop
 * passes here, so that a redirect is asked for as a first request is (test/attacks/http-redirect-denied-host.test.ts).
 */
import { type CaspianError, HostNotAllowedError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import type { Capability, PermittedRequest, RequestAsk } from '../capability.ts';
import type { By } from '../decision.ts';
import type { Through } from '../dial/tunnel.ts';
import type { ClientConfig } from './config.ts';
import { belongs } from './credentials.ts';
import { flattenHeaders, type Header, header } from './headers.ts';
import type { HttpKernel } from './kernel.ts';
import type { Operation } from './operation.ts';
import { type HopExtras, NO_EXTRAS } from './policy.ts';
import type { RequestPlan } from './request.ts';
import { TlsPlans } from './tls-plans.ts';
import { portOf, type Trip } from './trip.ts';
import type { Dispatch } from './undici.ts';
import { BytesUpload, type Upload } from './upload.ts';
import { writtenHost } from './url.ts';

/** One request, as far as it has to be permitted. */
export interface Hop extends Pick<Trip, 'url' | 'origin' | 'method' | 'from'> {
  /** 0 for the first, 1 for the first redirect. */
  readonly hop: number;
}

export class Hops {
  readonly config: ClientConfig;
  readonly #kernel: HttpKernel;
  readonly #plans: TlsPlans;
  readonly #through: Through | null;
  #capability: Capability;
  #named: boolean;
  #reported = false;

  /**
   * `named`: the capability was narrowed to hosts, which are then fine beside baseUrl's origin. `through`: the proxy to go
   * through, if any.
   */
  constructor(
    config: ClientConfig,
    kernel: HttpKernel,
    capability: Capability,
    { named, through }: { readonly named: boolean; readonly through: Through | null },
  ) {
    this.#through = through;
    this.config = config;
    this.#kernel = kernel;
    this.#plans = new TlsPlans(config.settled, kernel.roots);
    this.#capability = capability;
    this.#named = named;
  }

  get capability(): Capability {
    return this.#capability;
  }

  /** Narrows to these hosts, for good. */
  narrow(hosts: readonly string[]): void {
    this.#capability = this.#capability.narrow(hosts);
    this.#named = true;
  }

  /** `written`: the URL as the caller wrote it. Raises the denial. */
  permit(trip: Trip, written: string, by: By | undefined): PermittedRequest {
    const { url, origin, method, from, chain } = trip;
    return this.permitHop({ url, origin, method, from, hop: chain.length }, written, by);
  }

  permitHop(hop: Hop, written: string, by: By | undefined): PermittedRequest {
    if (this.config.base !== null) this.#checkOrigin(hop);
    const { url, method, from } = hop;
    const ask: { -readonly [K in keyof RequestAsk]: RequestAsk[K] } = { method, url, operation: 'fetch' };
    if (by !== undefined) ask.by = by;
    if (from !== null) {
      ask.from = from;
      ask.hop = hop.hop;
    } else ask.written = writtenHost(url, written);
    return this.#capability.permitRequest(ask);
  }

  /** Reports what a policy has refused before there was a trip. */
  reportRefusal(url: URL, method: string, by: By | undefined, denial: CaspianError): void {
    this.#capability.reportRefusal({ operation: 'fetch', url, method, by }, denial);
  }

  /** Whether a secret goes along to where the trip leads: a client's own goes where its credentials go. */
  carriesSecret({ plan, origin, strayed }: Trip): boolean {
    const { config } = this;
    return plan.secret !== config.secret || (belongs(origin, config) && !strayed);
  }

  /** With a baseUrl, other origins are refused unless somebody named them. */
  #checkOrigin({ url, origin, from, hop: number }: Hop): void {
    if (this.#named || belongs(origin, this.config)) return;
    const { base } = this.config;
    const hop = from === null ? '' : ` (redirect ${number}, from ${escapeText(from.origin)})`;
    throw new HostNotAllowedError(`fetch ${escapeText(origin)}${hop}: this client is for ${base} alone`, {
      host: url.hostname,
      port: portOf(url),
      operation: 'fetch',
      hint: 'name the host in allow, or the origin in credentialsFor',
    });
  }

  /** Tells the operation where it goes now, and makes what is sent there. */
  prepare(trip: Trip, permitted: PermittedRequest, operation: Operation): Dispatch {
    const { plan, url, origin, method, body } = trip;
    const own = belongs(origin, this.config);
    // What has been on an origin that is not the client's may have been led back by it.
    const trusted = own && !trip.strayed;
    if (!own) trip.strayed = true;
    operation.target = permitted;
    operation.origin = origin;
    operation.through = this.#through;
    operation.tls =
      url.protocol === 'https:' ? this.#plans.plan(permitted.host, { verify: plan.verify, trusted }) : null;
    if (trip.from === null && trip.tried === 0) this.#reportDropped(plan, operation);
    const headers = this.#headers(trip, trusted);
    const path = permitted.path + url.search;
    if (method === 'HEAD' && body === null) return { method, path, headers, body, reset: false };
    if (body === null || (body instanceof Uint8Array && body.length <= MAX_KEPT))
      return { method, path, headers, body };
    return { method, path, ...withLength(headers, body instanceof Uint8Array ? new BytesUpload(body) : body) };
  }

  #headers({ plain, credentials, cookies, url }: Trip, trusted: boolean): readonly string[] {
    const { config } = this;
    const kept = cookies?.header(url) ?? null;
    if (plain.length === 0 && credentials.length === 0 && kept === null) {
      return trusted ? config.flat.trusted : config.flat.others;
    }
    const layers = [config.plain, trusted ? config.credentials : [], plain, credentials];
    return flattenHeaders(kept === null ? layers : [...layers, [addCookies(layers, kept)]]);
  }

  /** Those of the client once, those of a request once for all its hops. */
  #reportDropped({ dropped }: RequestPlan, { target, by }: Operation): void {
    const own = this.#reported ? [] : this.config.dropped;
    this.#reported = true;
    for (const header of [...own, ...dropped]) {
      this.#kernel.onDropped({ operation: 'fetch', host: target.host.text, port: target.port, header, by: by ?? null });
    }
  }
}

/** One Cookie header for what the caller says and what the client keeps (RFC 6265 section 5.4). */
function addCookies(layers: readonly (readonly Header[])[], kept: string): Header {
  const own = layers.flat().findLast(({ lower }) => lower === 'cookie')?.values ?? [];
  return header('Cookie', [...own, kept].join('; '));
}

/** A body that comes in pieces, with its length if it is known. */
function withLength(headers: readonly string[], body: Upload): Pick<Dispatch, 'headers' | 'body'> {
  if (body.length === 0) return { headers, body: NOTHING };
  return { headers: body.length === null ? headers : [...headers, 'content-length', String(body.length)], body };
}

const NOTHING = new Uint8Array(0);
/** The longest body that may lie beside its response until that is over. */
const MAX_KEPT = 16_384;

/** The request with what goes along with it; a header of the caller's under the same name does not. */
export function withExtras(request: Dispatch, extras: HopExtras): Dispatch {
  if (extras === NO_EXTRAS) return request;
  const { headers, query } = extras;
  const names = new Set(headers.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase()));
  const own = request.headers.filter((_, at) => !names.has((request.headers[at - (at % 2)] ?? '').toLowerCase()));
  const { path } = request;
  const sent = query === null ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`;
  return { ...request, path: sent, headers: [...own, ...headers] };
}
