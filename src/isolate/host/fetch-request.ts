/**
 * What a guest's `fetch` asks for, in the form of the operation `net.fetch`. Trusted side; all that is read is a guest's
 * or a hostile child's, of any shape, and reading it raises nothing.
 */
import type { WireValue } from '../../wire/codec.ts';
import { FETCH_OPTIONS } from '../wire/fetch-options.ts';

const EVENT_STREAM = 'text/event-stream';
/** Deepest value of an option: `auth: { basic: [user, password] }`. */
const MAX_DEPTH = 2;

export interface FetchRequest {
  readonly url: string;
  readonly options: { readonly [key: string]: WireValue };
}

/** `request`: `{ url, method, headers, body, redirect }`. `own`: options that are not the web's. */
export function readFetch(request: unknown, own: unknown): FetchRequest {
  const headers = textRecord(field(request, 'headers'));
  const body = field(request, 'body');
  return {
    url: textOf(field(request, 'url')),
    options: {
      // An event stream has no end that could be late.
      ...(headers['accept'] === EVENT_STREAM ? { timeout: null } : {}),
      ...ownOptions(own),
      method: textOf(field(request, 'method')),
      followRedirects: field(request, 'redirect') === 'follow',
      headers,
      ...(typeof body === 'string' || body instanceof Uint8Array ? { body } : {}),
    },
  };
}

function ownOptions(own: unknown): { readonly [key: string]: WireValue } {
  const options: { [key: string]: WireValue } = {};
  for (const name of FETCH_OPTIONS) {
    const value = plain(field(own, name), 0);
    if (value !== undefined) options[name] = value;
  }
  return options;
}

/** A value as the wire has it; undefined for what no option is. */
function plain(value: unknown, depth: number): WireValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1) ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, depth + 1) ?? null]));
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textRecord(value: unknown): { readonly [key: string]: string } {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, textOf(item)]));
}
