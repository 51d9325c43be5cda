/** Request (Fetch §5.4). Powerless: data alone. */
import { ReadableStream, URL } from 'caspian:packages';
import { WEB_CACHE_MODES } from '../wire/fetch-options.ts';
import { AbortController, AbortSignal } from './abort.ts';
import { type BodyInit, bodyOf, includeBody, setBody } from './body.ts';
import { Headers, type HeadersInit } from './headers.ts';
import { attributes, dictionary, domString, held, hold, NONE } from './interface.ts';

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMALISED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

/** What a request may say, its default first. But for `redirect` none of it has a meaning here. */
const WORDS = {
  redirect: ['follow', 'error', 'manual'],
  mode: ['cors', 'no-cors', 'same-origin', 'navigate'],
  credentials: ['same-origin', 'include', 'omit'],
  cache: WEB_CACHE_MODES.map(String),
  referrerPolicy: [
    '',
    'no-referrer',
    'no-referrer-when-downgrade',
    'same-origin',
    'origin',
    'strict-origin',
    'origin-when-cross-origin',
    'strict-origin-when-cross-origin',
    'unsafe-url',
  ],
} as const;

/** The same for what takes any text, or yes and no. */
const OTHERS = { referrer: 'about:client', integrity: '', keepalive: false } as const;

export interface RequestInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null;
  readonly redirect?: string;
  readonly signal?: AbortSignal | null;
  readonly duplex?: string;
}

export class Request {
  declare readonly method: string;
  declare readonly url: string;
  declare readonly headers: Headers;
  declare readonly redirect: string;
  declare readonly signal: AbortSignal;
  declare readonly body: ReadableStream<Uint8Array> | null;
  declare readonly bytes: () => Promise<Uint8Array<ArrayBuffer>>;

  constructor(input: unknown, init: RequestInit = NONE) {
    const given = dictionary(init);
    const from = input instanceof Request ? input : null;
    const url = new URL(from === null ? domString(input) : from.url);
    if (url.username !== '' || url.password !== '') throw new TypeError('the URL must not have credentials');
    const method = cleanMethod(given.method ?? from?.method ?? 'GET');
    const body = given.body ?? null;
    const takes = body === null && from !== null && bodyOf(from).stream !== null;
    if ((body !== null || takes) && (method === 'GET' || method === 'HEAD')) {
      throw new TypeError(`a ${method} request has no body`);
    }
    if (given.duplex !== undefined && given.duplex !== 'half') throw new TypeError('duplex must be half');
    if (body instanceof ReadableStream && given.duplex === undefined) {
      throw new TypeError("a request whose body is a stream says duplex: 'half'");
    }
    const headers = new Headers(given.headers ?? from?.headers);
    const signal = given.signal === undefined ? from?.signal : given.signal;
    hold(this, {
      ...settings(given, from),
      method,
      url: url.href,
      headers,
      signal: signal ? AbortSignal.any([signal]) : new AbortController().signal,
    });
    setBody(this, headers, body, takes ? bodyOf(from).take() : undefined);
  }

  get duplex(): string {
    bodyOf(this);
    return 'half';
  }

  clone(): Request {
    const content = bodyOf(this).fork();
    const copy = new Request(this.url);
    for (const name of SETTINGS) hold(copy, { [name]: held(this, name) });
    const headers = new Headers(this.headers);
    hold(copy, { method: this.method, headers, signal: AbortSignal.any([this.signal]) });
    setBody(copy, headers, null, content);
    return copy;
  }
}

const SETTINGS = [...Object.keys(WORDS), ...Object.keys(OTHERS)];
attributes(Request, 'method', 'url', 'headers', 'signal', ...SETTINGS);
attributes(Request, 'destination', 'isReloadNavigation', 'isHistoryNavigation');
includeBody(Request);

/** What `init` says, or the request that this one is made from, or the default. */
function settings(init: object, from: Request | null): { readonly [name: string]: unknown } {
  const values: { [name: string]: unknown } = {
    destination: '',
    isReloadNavigation: false,
    isHistoryNavigation: false,
  };
  const settle = (name: string, initial: unknown, allowed: readonly string[] | null): void => {
    const said: unknown = Reflect.get(init, name);
    if (said === undefined) values[name] = from === null ? initial : held(from, name);
    else values[name] = typeof initial === 'boolean' ? Boolean(said) : domString(said);
    if (allowed !== null && !allowed.includes(domString(values[name]))) {
      throw new TypeError(`${name} must be ${allowed.map((word) => word || "''").join(', ')}`);
    }
  };
  for (const [name, words] of Object.entries(WORDS)) settle(name, words[0], words);
  for (const [name, initial] of Object.entries(OTHERS)) settle(name, initial, null);
  return values;
}

function cleanMethod(method: unknown): string {
  const text = domString(method);
  if (!METHOD.test(text)) throw new TypeError(`${JSON.stringify(text.slice(0, 80))} is no method`);
  const upper = text.toUpperCase();
  if (['CONNECT', 'TRACE', 'TRACK'].includes(upper)) throw new TypeError(`the method ${upper} is not allowed`);
  return NORMALISED.includes(upper) ? upper : text;
}
