/**
 * What a caller asks of an event stream, made into the options of the requests for it. Trusted side, pure.
 */
import type { ClientOptions, HeadersOption, RequestOptions } from '../http/options.ts';
import { checkOptions } from '../options.ts';
import { EVENT_OPTIONS, EVENT_SOURCE_OPTIONS } from './options.ts';

export interface EventAsk {
  readonly timeout: number | null;
  readonly reconnects: boolean;
  readonly lastEventId: string;
  readonly maxEvent: number;
  readonly signal: AbortSignal | undefined;
  /** Options that only a client of its own can have; null if there are none. */
  readonly client: ClientOptions | null;
  /** The request for what comes after an event. */
  requestFrom(lastId: string): RequestOptions;
}

const DEFAULTS: HeadersOption = { Accept: 'text/event-stream', 'Cache-Control': 'no-cache' };

/** Reads the options. What is the request's is checked here and, as it was passed, again by each fetch. */
export function readEventAsk(raw: unknown): EventAsk {
  const passed: Readonly<Record<string, unknown>> = typeof raw === 'object' && raw !== null ? { ...raw } : {};
  const given = checkOptions(EVENT_SOURCE_OPTIONS, Array.isArray(raw) ? raw : passed, 'event_source');
  const { timeout, reconnect, lastEventId = '', maxEvent, verify, caPem, clientCertPem, clientKeyPem, signal } = given;
  const client = { verify, caPem, clientCertPem, clientKeyPem };
  const own = Object.values(client).some((value) => value !== undefined);
  const request = Object.fromEntries(Object.entries(passed).filter(([name]) => !Object.hasOwn(EVENT_OPTIONS, name)));
  return {
    timeout: timeout === undefined ? EVENT_OPTIONS.timeout.default : timeout,
    reconnects: reconnect ?? (given.method ?? 'GET').toUpperCase() === 'GET',
    lastEventId,
    maxEvent: maxEvent ?? EVENT_OPTIONS.maxEvent.default,
    signal,
    client: own ? client : null,
    requestFrom: (lastId) => ({ ...request, headers: merge(given.headers ?? {}, lastId) }),
  };
}

/** The caller's headers win over the defaults, and the last id over an older one of the caller's. */
function merge(given: HeadersOption, lastId: string): HeadersOption {
  const own: HeadersOption = lastId === '' ? {} : { 'Last-Event-ID': asHeader(lastId) };
  return { ...without(DEFAULTS, given), ...without(given, own), ...own };
}

/** The headers whose names are not among those of `others`, in any case. */
function without(headers: HeadersOption, others: HeadersOption): HeadersOption {
  const taken = new Set(Object.keys(others).map((name) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !taken.has(name.toLowerCase())));
}

/** UTF-8, as the standard has it; a header's text stands for bytes. */
function asHeader(id: string): string {
  return Buffer.from(id, 'utf8').toString('latin1');
}
