/**
 * The options of WebSockets and event streams, one row each. Trusted side, pure.
 */
import { TLS_OPTIONS } from '../dial/tls-options.ts';
import { type AuthInput, REQUEST_OPTIONS } from '../http/options.ts';
import { custom, flag, integer, type OptionsOf, type SettledOptions, seconds, signal, text } from '../options.ts';

/** RFC 9110 section 5.6.2: what a subprotocol's name is made of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}$/;
const MAX_PROTOCOLS = 32;

const DEFAULT_MESSAGE = 2 ** 20;
const MAX_MESSAGE = 2 ** 26;
const MAX_EVENT = 2 ** 24;

const { verify, caPem, clientCertPem, clientKeyPem } = TLS_OPTIONS;

/** What `webSocket` takes. */
export const WEB_SOCKET_OPTIONS = {
  timeout: seconds({ default: 30, doc: "How long the opening may take; the WebSocket's own time-out afterwards." }),
  connectTimeout: REQUEST_OPTIONS.connectTimeout,
  headers: REQUEST_OPTIONS.headers,
  query: REQUEST_OPTIONS.query,
  auth: REQUEST_OPTIONS.auth,
  protocols: custom<readonly string[], readonly string[]>({
    type: 'list of text',
    range: 'names of subprotocols',
    default: [],
    doc: 'Subprotocols to ask for, the preferred one first. The server must take one of them.',
    read: (raw) => {
      const list: unknown[] = Array.isArray(raw) ? Array.from(raw) : [null];
      const names = list.filter((name): name is string => typeof name === 'string' && TOKEN.test(name));
      return names.length === list.length && new Set(names).size === list.length && list.length <= MAX_PROTOCOLS
        ? { value: Object.freeze(names) }
        : { refused: `must be a list of at most ${MAX_PROTOCOLS} different names of subprotocols` };
    },
  }),
  maxMessage: integer({
    default: DEFAULT_MESSAGE,
    min: 1,
    max: MAX_MESSAGE,
    unit: 'bytes',
    doc: 'The most that a message may be once it is decoded; a longer one raises TooLargeError.',
  }),
  compression: flag({ default: true, doc: 'Whether compression is offered (permessage-deflate, RFC 7692).' }),
  verify,
  caPem,
  clientCertPem,
  clientKeyPem,
  signal: signal(),
};

const { timeout: _whole, maxBody: _body, verify: _verify, ...request } = REQUEST_OPTIONS;

/** What `eventSource` takes beside what a request takes. */
export const EVENT_OPTIONS = {
  timeout: seconds({
    default: 30,
    doc: 'How long the opening may take, up to the headers, each time; the time-out of `next` afterwards.',
  }),
  reconnect: flag({
    default: undefined,
    doc: 'Whether a stream that ends is asked for again, with Last-Event-ID. For GET it is, for any other method not.',
  }),
  lastEventId: text({ default: undefined, doc: 'Where to go on, from an earlier stream.' }),
  maxEvent: integer({
    default: DEFAULT_MESSAGE,
    min: 1,
    max: MAX_EVENT,
    unit: 'characters',
    doc: 'The most that an event may be; a longer one raises TooLargeError.',
  }),
  verify,
  caPem,
  clientCertPem,
  clientKeyPem,
};

/** All that `eventSource` takes. */
export const EVENT_SOURCE_OPTIONS = { ...request, ...EVENT_OPTIONS };

/** What each operation of a stream takes. */
export const STREAM_OPERATION_OPTIONS = {
  timeout: seconds({ default: undefined, doc: 'How long it may take.' }),
  signal: signal(),
};

/** What `webSocket` takes. Units and defaults: spec/surface.md. */
export type WebSocketOptions = Omit<OptionsOf<typeof WEB_SOCKET_OPTIONS>, 'auth'> & {
  readonly auth?: AuthInput | undefined;
};
export type SettledWebSocket = SettledOptions<typeof WEB_SOCKET_OPTIONS>;
/** What `eventSource` takes. Units and defaults: spec/surface.md. */
export type EventSourceOptions = Omit<OptionsOf<typeof EVENT_SOURCE_OPTIONS>, 'auth'> & {
  readonly auth?: AuthInput | undefined;
};
/** What each operation of a stream takes: a time-out in seconds, null for no limit, and a signal. */
export type StreamOperationOptions = OptionsOf<typeof STREAM_OPERATION_OPTIONS>;
