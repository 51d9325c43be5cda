/**
 * A request's options as a script gives them, made into what is sent: method, body, headers, bounds. Trusted side, pure; everything is refused here that can be, before anything is sent.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { FormOption } from '../../wire/form.ts';
import { escapeText } from '../address/escape.ts';
import { checkOptions, type GivenOptions } from '../options.ts';
import { type AuthOption, authHeader } from './auth.ts';
import { type CachePlan, readCaching } from './caching.ts';
import { addAuth, type ClientConfig } from './config.ts';
import { type Header, type HeaderRules, header, sortHeaders } from './headers.ts';
import { DEFAULT_TIMEOUT, REQUEST_OPTIONS } from './options.ts';
import { type BodyPlan, readBody } from './request-body.ts';
import type { RetryPlan } from './retry.ts';
import { isSecret, type SecretReference, secretOf } from './secret.ts';

/** What bounds a call. A policy puts its own in place of what the caller asked for. */
export interface CallBounds {
  /** Seconds for the whole call. */
  readonly timeout: number | null;
  readonly connectTimeout: number | null;
  /** Seconds for each wait for a response's head. */
  readonly headersTimeout: number | null;
  /** -1: redirects are not followed. */
  readonly maxRedirects: number;
  readonly maxBody: number | null;
  /** The most bytes that a request's body may have; null: no limit. Under a policy only. */
  readonly maxUpload: number | null;
  /** The most bytes of names and values in one head, either way; null: what the parser lets pass. Under a policy only. */
  readonly maxHeaders: number | null;
  readonly retry: RetryPlan;
}

/** What a call's options come to. */
export interface RequestPlan {
  readonly method: string;
  /** Added to the URL's. */
  readonly query: FormOption | null;
  readonly body: BodyPlan | null;
  /** The request's own, and what its body brings along. */
  readonly plain: readonly Header[];
  /** The request's own: sent to its URL's origin, and dropped on another. */
  readonly credentials: readonly Header[];
  /** One that the host keeps, by name: under a policy only. */
  readonly secret: SecretReference | null;
  /** Null: the call does not speak of a cache. Under a policy only. */
  readonly caching: CachePlan | null;
  readonly dropped: readonly string[];
  readonly bounds: CallBounds;
  /** The time-out is nobody's wish but the default. */
  readonly timeoutIsDefault: boolean;
  readonly verify: boolean;
  /** Whether the client's cookies have to do with it. */
  readonly cookies: boolean;
  readonly signal: AbortSignal | undefined;
}

type Given = GivenOptions<typeof REQUEST_OPTIONS>;

/** What a client says about its requests. */
export interface Surroundings extends HeaderRules {
  readonly config: ClientConfig;
  /** False for the client behind `net.fetch`, whose holder could make any other. */
  readonly bounded: boolean;
}

/** Reads the options of calls. */
export class RequestReader {
  readonly #around: Surroundings;
  /** Of a call without options, once there was one. */
  #bare: RequestPlan | null = null;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Raises ArgumentError for what can't be used. */
  read(raw: unknown): RequestPlan {
    if (!isBare(raw)) return this.#plan(checkOptions(REQUEST_OPTIONS, raw, 'fetch'));
    this.#bare ??= this.#plan({});
    return this.#bare;
  }

  #plan(given: Given): RequestPlan {
    const { plain, credentials, dropped } = sortHeaders(given.headers ?? {}, this.#around);
    const { body, type } = readBody(given);
    return {
      method: readMethod(given.method),
      query: given.query ?? null,
      body,
      plain: type === null ? plain : [header('Content-Type', type), ...plain],
      credentials: withAuth(credentials, given.auth),
      secret: secretOf(given.auth) ?? this.#around.config.secret,
      caching: readCaching(given),
      dropped,
      bounds: readBounds(given, this.#around),
      timeoutIsDefault: given.timeout === undefined && this.#around.config.bounds.timeout === undefined,
      verify: readVerify(given, this.#around),
      cookies: readCookies(given, this.#around),
      signal: given.signal,
    };
  }
}

function withAuth(credentials: readonly Header[], auth: AuthOption | SecretReference | undefined): readonly Header[] {
  return auth === undefined || isSecret(auth) ? credentials : addAuth(credentials, authHeader(auth), 'fetch');
}

function isBare(raw: unknown): boolean {
  if (raw === undefined || raw === null) return true;
  if (typeof raw !== 'object' || Array.isArray(raw)) return false;
  for (const _ in raw) return false;
  return true;
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;

/** In upper case, whatever was written: what a grant says about GET holds for `get`. */
function readMethod(method = 'GET'): string {
  if (METHOD.test(method)) return method.toUpperCase();
  throw new ArgumentError(`fetch: ${escapeText(method)} is no method`);
}

/** A request may tighten what its client set, and nothing else. */
function readBounds(given: Given, { config }: Surroundings): CallBounds {
  const { bounds, settled } = config;
  const follows = (given.followRedirects ?? true) && settled.followRedirects;
  const { timeout = bounds.timeout === undefined ? DEFAULT_TIMEOUT : undefined } = given;
  return {
    timeout: least(timeout, bounds.timeout),
    connectTimeout: least(given.connectTimeout, bounds.connectTimeout),
    maxRedirects: follows ? (least(given.maxRedirects, bounds.maxRedirects) ?? settled.maxRedirects) : -1,
    maxBody: least(given.maxBody, bounds.maxBody),
    maxUpload: null,
    maxHeaders: null,
    retry: { retries: given.retry ?? settled.retry, unsafe: given.retryUnsafe ?? settled.retryUnsafe },
    headersTimeout: least(given.headersTimeout, bounds.headersTimeout),
  };
}

function readVerify({ verify }: Given, { config: { settled }, bounded }: Surroundings): boolean {
  if (verify === false && bounded && settled.verify) {
    throw new ArgumentError('fetch: verify can not be turned off by a request', { hint: 'make a client without it' });
  }
  return verify ?? settled.verify;
}

function readCookies({ cookies }: Given, { config: { settled } }: Surroundings): boolean {
  if (cookies === true && !settled.cookies) {
    throw new ArgumentError('fetch: cookies are kept by a client', { hint: 'make one with cookies: true' });
  }
  return settled.cookies && cookies !== false;
}

/** The smaller of two bounds; null and undefined bound nothing. */
function least(one: number | null | undefined, other: number | null | undefined): number | null {
  if (one === null || one === undefined) return other ?? null;
  return other === null || other === undefined ? one : Math.min(one, other);
}
