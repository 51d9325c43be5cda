/**
 * The options of a client and of a request, one row each: type, range, unit, default, doc. Trusted side, pure; what is
 * passed is raw until it has been read here. Types, checks and the reference page follow from the rows.
 */

import { type FormOption, readForm } from '../../wire/form.ts';
import { readProxyOption } from '../dial/proxy.ts';
import {
  custom,
  flag,
  integer,
  type OptionsOf,
  pem,
  type Read,
  type SettledOptions,
  seconds,
  signal,
  text,
  textList,
} from '../options.ts';
import { type AuthOption, readAuthOption } from './auth.ts';
import { readBytes, readFile, readMultipart } from './body-options.ts';
import { CACHE_OPTIONS } from './caching.ts';
import { type HeadersOption, readHeadersOption } from './headers.ts';

const MAX_REDIRECTS = 100;
const MAX_RETRIES = 10;
const HEADERS_TIMEOUT =
  'Bounds each request apart, from its first byte to the headers of its response, within timeout.';
const WHOLE = 'seconds for the whole operation, from the call to the last byte of the body';

const headers = custom({
  type: 'object',
  range: 'name to text, list of texts, or null to leave a default out',
  default: undefined,
  doc: 'Header lines. Those that frame the message or belong to the connection are dropped.',
  read: readHeadersOption,
});

const auth = custom({
  type: "{basic: [user, password]}, {bearer: token}, or under an egress the name of a secret, or {secret: name, as: 'bearer'}",
  default: undefined,
  doc: "The caller's own credentials, sent as Authorization.",
  read: readAuthOption,
});

const maxBody = custom({
  type: 'integer or null',
  range: '0 to 9007199254740991; null is no limit',
  unit: 'bytes',
  default: undefined,
  doc: 'The most that a body may be once it is decoded; more raises TooLargeError.',
  read: readSize,
});

/** What a client takes. */
export const CLIENT_OPTIONS = Object.freeze({
  timeout: seconds({ default: undefined, doc: `The time-out of each request, ${WHOLE}. 30 if nobody says.` }),
  connectTimeout: seconds({ default: undefined, doc: 'Bounds resolving, connecting and TLS apart, within timeout.' }),
  headers,
  baseUrl: text({ default: null, doc: 'What URLs are relative to. With it, other origins are refused.' }),
  followRedirects: flag({ default: true, doc: 'Whether a redirect is followed or returned.' }),
  maxRedirects: integer({ default: 10, min: 0, max: MAX_REDIRECTS, doc: 'How many hops are followed.' }),
  verify: flag({ default: true, doc: "Whether the server's certificate must be good." }),
  caPem: pem({ default: null, doc: 'Roots to trust in place of the usual ones.' }),
  clientCertPem: pem({ default: null, doc: 'A certificate to show where credentials may go.' }),
  clientKeyPem: pem({ default: null, doc: 'Its key.' }),
  proxy: custom<string, null>({
    type: 'URL',
    range: 'http://host:port or socks5://host:port, with user:password@ before the host or not',
    default: null,
    doc: 'What the client connects through. It must be granted, and so must what lies behind it.',
    read: readProxyOption,
  }),
  http2: flag({ default: true, doc: 'Whether HTTP/2 is offered to servers with TLS.' }),
  auth,
  credentialsFor: textList({ default: [], doc: "Origins that credentials may go to, beside baseUrl's." }),
  maxBody,
  retry: integer({
    default: 0,
    min: 0,
    max: MAX_RETRIES,
    doc: 'How often a request is made again after 429, 502, 503, 504 or an error that may pass; idempotent methods only.',
  }),
  retryUnsafe: flag({ default: false, doc: 'Whether any method may be made again.' }),
  headersTimeout: seconds({ default: undefined, doc: HEADERS_TIMEOUT }),
  cookies: flag({ default: false, doc: 'Whether the client keeps the cookies that servers set, and sends them back.' }),
});

/** What a single request takes. */
export const REQUEST_OPTIONS = Object.freeze({
  method: text({ default: 'GET', doc: 'Any method but CONNECT, TRACE and TRACK.' }),
  headers,
  query: custom({
    type: 'object',
    range: 'name to text, number, boolean, list of such, or null to leave it out',
    default: undefined,
    doc: "Added to the URL's query.",
    read: readForm,
  }),
  body: custom({ type: 'text or bytes', default: undefined, doc: 'Sent as it is, text as UTF-8.', read: readBytes }),
  bodyJson: custom({
    type: 'anything that JSON can say',
    default: undefined,
    doc: 'Sent as application/json.',
    read: (raw: unknown): Read<unknown> => ({ value: raw }),
  }),
  bodyForm: custom({
    type: 'object',
    range: 'as query',
    default: undefined,
    doc: 'Sent as application/x-www-form-urlencoded.',
    read: readForm,
  }),
  bodyFile: custom({
    type: 'path or open file',
    range: 'in a folder that was granted',
    default: undefined,
    doc: 'A file that is sent as it is, piece by piece. Paths need a folder that may be read.',
    read: readFile,
  }),
  bodyMultipart: custom({
    type: 'object',
    range:
      'name to text, number, boolean, bytes, {data:, filename:, type:}, {file:, filename:, type:} or a list of such',
    default: undefined,
    doc: 'Sent as multipart/form-data.',
    read: readMultipart,
  }),
  timeout: seconds({ default: undefined, doc: `A time-out, ${WHOLE}. 30 if nobody says.` }),
  connectTimeout: seconds({ default: undefined, doc: 'Bounds resolving, connecting and TLS apart, within timeout.' }),
  auth,
  ...CACHE_OPTIONS,
  followRedirects: flag({ default: undefined, doc: 'Whether a redirect is followed or returned.' }),
  maxRedirects: integer({ default: undefined, min: 0, max: MAX_REDIRECTS, doc: 'How many hops are followed.' }),
  maxBody,
  retry: integer({ default: undefined, min: 0, max: MAX_RETRIES, doc: "In place of the client's; 0 without one." }),
  retryUnsafe: flag({ default: undefined, doc: "Whether any method may be made again, in place of the client's." }),
  headersTimeout: seconds({ default: undefined, doc: HEADERS_TIMEOUT }),
  cookies: flag({ default: undefined, doc: "False leaves the client's cookies out of it." }),
  verify: flag({ default: undefined, doc: "Whether the server's certificate must be good." }),
  signal: signal(),
});

/** Seconds that a request may take if neither it nor its client says. */
export const DEFAULT_TIMEOUT = 30;

/** As it is passed: credentials of the caller's own, or a secret that the host keeps. */
export type AuthInput =
  | AuthOption
  | string
  | { readonly secret: string; readonly as?: 'bearer' | 'basic' | `header:${string}` | `query:${string}` };

/** What `net.http.client.new` takes. Units and defaults: spec/surface.md. */
export type ClientOptions = Omit<OptionsOf<typeof CLIENT_OPTIONS>, 'auth'> & { readonly auth?: AuthInput | undefined };
/** What a request takes. Units and defaults: spec/surface.md. */
export type RequestOptions = Omit<OptionsOf<typeof REQUEST_OPTIONS>, 'auth' | 'cache'> & {
  readonly auth?: AuthInput | undefined;
  readonly cache?: boolean | number | string | undefined;
};
export type SettledClient = SettledOptions<typeof CLIENT_OPTIONS>;
export type { FormOption, HeadersOption };

function readSize(raw: unknown): Read<number | null> {
  if (raw === null || (typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0)) return { value: raw };
  return { refused: 'must be a count of bytes, or null for no limit' };
}
