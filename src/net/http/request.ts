/**
 * A request as a script asks for it, made into what is sent: method, URL, body, its own headers, its bounds. Trusted
 * side, pure; everything is refused here that can be, before anything is sent.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { checkOptions, type GivenOptions } from '../options.ts';
import { authHeader } from './auth.ts';
import { addAuth, type ClientConfig } from './config.ts';
import { type Header, header, sortHeaders } from './headers.ts';
import { DEFAULT_TIMEOUT, REQUEST_OPTIONS } from './options.ts';
import { addQuery, encodeForm, readUrl } from './url.ts';

export interface PreparedRequest {
  readonly method: string;
  readonly url: URL;
  /** The URL as it was passed: for messages. */
  readonly written: string;
  readonly body: Uint8Array | null;
  /** The request's own, and what its body brings along. */
  readonly plain: readonly Header[];
  /** The request's own: sent to its URL's origin, and dropped on another. */
  readonly credentials: readonly Header[];
  readonly dropped: readonly string[];
  readonly timeout: number | null;
  readonly connectTimeout: number | null;
  /** -1: redirects are not followed. */
  readonly maxRedirects: number;
  readonly maxBody: number | null;
  readonly verify: boolean;
  readonly signal: AbortSignal | undefined;
}

type Given = GivenOptions<typeof REQUEST_OPTIONS>;

export interface RequestSurroundings {
  readonly config: ClientConfig;
  readonly limitsMethods: boolean;
  /** False for the client behind `net.fetch`, whose holder could make any other. */
  readonly bounded: boolean;
}

/** Reads what a script passed. Raises ArgumentError. */
export function prepareRequest(rawUrl: unknown, raw: unknown, around: RequestSurroundings): PreparedRequest {
  const given = checkOptions(REQUEST_OPTIONS, raw, 'fetch');
  const { config } = around;
  const url = readUrl(rawUrl, config.baseUrl);
  if (given.query !== undefined) addQuery(url, given.query);
  const sorted = given.headers === undefined ? NO_HEADERS : sortHeaders(given.headers, around);
  const { body, type } = readBody(given);
  return {
    method: readMethod(given.method),
    url,
    written: typeof rawUrl === 'string' ? rawUrl : url.href,
    body,
    plain: type === null ? sorted.plain : [header('Content-Type', type), ...sorted.plain],
    credentials:
      given.auth === undefined ? sorted.credentials : addAuth(sorted.credentials, authHeader(given.auth), 'fetch'),
    dropped: sorted.dropped,
    ...readBounds(given, around),
    signal: given.signal,
  };
}

const NO_HEADERS = Object.freeze({ plain: [], credentials: [], dropped: [] });

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/;

/** In upper case, whatever was written: what a grant says about GET holds for `get`. */
function readMethod(method = 'GET'): string {
  if (METHOD.test(method)) return method.toUpperCase();
  throw new ArgumentError(`fetch: ${escapeText(method)} is no method`);
}

interface Body {
  readonly body: Uint8Array | null;
  /** The Content-Type that comes with it. */
  readonly type: string | null;
}

const BODIES = ['body', 'bodyJson', 'bodyForm'] as const;

function readBody(given: Given): Body {
  const [first, second] = BODIES.filter((name) => given[name] !== undefined);
  if (first === undefined) return { body: null, type: null };
  if (second !== undefined) throw new ArgumentError(`fetch: give either ${first} or ${second}`);
  if (given.bodyForm !== undefined) {
    return { body: Buffer.from(encodeForm(given.bodyForm)), type: 'application/x-www-form-urlencoded' };
  }
  if (given.body !== undefined) {
    return { body: typeof given.body === 'string' ? Buffer.from(given.body) : given.body, type: null };
  }
  return { body: Buffer.from(writeJson(given.bodyJson)), type: 'application/json' };
}

function writeJson(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return text;
  } catch {
    // A cycle, a BigInt, or a toJSON that throws.
  }
  throw new ArgumentError('fetch: bodyJson can not be written as JSON');
}

/** A request may tighten what its client set, and nothing else. */
function readBounds(given: Given, { config, bounded }: RequestSurroundings) {
  const { bounds, settled } = config;
  if (given.verify === false && bounded && settled.verify) {
    throw new ArgumentError('fetch: verify can not be turned off by a request', { hint: 'make a client without it' });
  }
  const follows = (given.followRedirects ?? true) && settled.followRedirects;
  return {
    timeout:
      given.timeout === undefined && bounds.timeout === undefined
        ? DEFAULT_TIMEOUT
        : least(given.timeout, bounds.timeout),
    connectTimeout: least(given.connectTimeout, bounds.connectTimeout),
    maxRedirects: follows ? (least(given.maxRedirects, bounds.maxRedirects) ?? settled.maxRedirects) : -1,
    maxBody: least(given.maxBody, bounds.maxBody),
    verify: given.verify ?? settled.verify,
  };
}

/** The smaller of two bounds; null and undefined bound nothing. */
function least(one: number | null | undefined, other: number | null | undefined): number | null {
  if (one === null || one === undefined) return other ?? null;
  return other === null || other === undefined ? one : Math.min(one, other);
}
