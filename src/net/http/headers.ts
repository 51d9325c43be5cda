/**
 * What a script may say in headers, and which of it is sent. Trusted side, pure; names and values are hostile.
 * Nothing passes that could end a line, frame the message, or speak to a proxy.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import type { Read } from '../options.ts';

/** A list sends the header once for each value; null leaves a default out. */
export type HeaderValue = string | number | readonly string[] | null;
export type HeadersOption = Readonly<Record<string, HeaderValue>>;

/** One name with its values, checked. `lower` is the name to compare by. */
export interface Header {
  readonly name: string;
  readonly lower: string;
  /** Null: this header is not sent, whatever is set below. */
  readonly values: readonly string[] | null;
}

/** A script's headers, sorted by what may become of them. */
export interface SortedHeaders {
  readonly plain: readonly Header[];
  /** Sent only where they belong: see credentials.ts. */
  readonly credentials: readonly Header[];
  /** Names in lower case. */
  readonly dropped: readonly string[];
}

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: visible characters, space, tab and obs-text, as Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** The bytes of names and values of one head that a parser lets pass; more is a ProtocolError. */
export const MAX_HEADER_BYTES = 65_536;
const MAX_NAME = 256;
const MAX_VALUE = 65_536;

/** They frame the message or belong to the connection, both of which are the kernel's (RFC 9110 sections 7.6.1, 10.1.1). */
const KERNELS: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'upgrade',
  'te',
  'trailer',
  'keep-alive',
  'expect',
  'http2-settings',
]);
/** They have some servers take the request for one with another method. */
const METHOD_OVERRIDES: ReadonlySet<string> = new Set([
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'x-method',
]);
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie']);

/** The `headers` option: a copy of what was passed, once every name and value is known to be fit for a line. */
export function readHeadersOption(raw: unknown): Read<HeadersOption> {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return { refused: 'must be an object' };
  const copy: Record<string, HeaderValue> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) {
    if (name.length > MAX_NAME || !TOKEN.test(name)) return { refused: `has a name that is none: ${escapeText(name)}` };
    const read = readValue(value);
    if (read === undefined) {
      return { refused: `${escapeText(name)} must be a text of Latin-1 without line breaks or NUL, or a list of such` };
    }
    copy[name] = read;
  }
  return { value: Object.freeze(copy) };
}

function readValue(raw: unknown): HeaderValue | undefined {
  if (raw === null) return null;
  if (typeof raw === 'number') return Number.isFinite(raw) ? String(raw) : undefined;
  if (typeof raw === 'string') return isValue(raw) ? raw : undefined;
  if (!Array.isArray(raw)) return undefined;
  const list: unknown[] = Array.from(raw);
  return list.every((item) => typeof item === 'string' && isValue(item)) ? Object.freeze(list as string[]) : undefined;
}

function isValue(text: string): boolean {
  return text.length <= MAX_VALUE && VALUE.test(text);
}

/** What a request is made under, as far as its headers go. */
export interface HeaderRules {
  /** The grants say which methods may be used. */
  readonly limitsMethods: boolean;
  /** A policy counts bodies as they are decoded, so that nobody may ask for a coding that is not. */
  readonly underPolicy: boolean;
}

/** Sorts headers that `readHeadersOption` has passed. Two spellings of one name → ArgumentError. */
export function sortHeaders(option: HeadersOption, rules: HeaderRules): SortedHeaders {
  const plain: Header[] = [];
  const credentials: Header[] = [];
  const dropped: string[] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(option)) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) throw new ArgumentError(`headers: ${lower} is there twice`, { hint: 'give a list of values' });
    seen.add(lower);
    if (isKernels(lower, rules)) dropped.push(lower);
    else (CREDENTIALS.has(lower) ? credentials : plain).push({ name, lower, values: readValues(value) });
  }
  return { plain, credentials, dropped };
}

function isKernels(lower: string, { limitsMethods, underPolicy }: HeaderRules): boolean {
  if (KERNELS.has(lower) || lower.startsWith('proxy-')) return true;
  return (limitsMethods && METHOD_OVERRIDES.has(lower)) || (underPolicy && lower === 'accept-encoding');
}

function readValues(value: HeaderValue): readonly string[] | null {
  if (value === null) return null;
  return (typeof value === 'object' ? value : [String(value)]).map((text) => text.trim());
}

/** Headers as undici takes them, name and value alternating. A later layer wins over an earlier one. */
export function flattenHeaders(layers: readonly (readonly Header[])[]): readonly string[] {
  const merged = new Map<string, Header>();
  for (const layer of layers) for (const header of layer) merged.set(header.lower, header);
  const flat: string[] = [];
  for (const { name, values } of merged.values()) for (const value of values ?? []) flat.push(name, value);
  return flat;
}

/** Bytes of names and values, which alternate. */
export function headerBytes(flat: readonly string[]): number {
  return flat.reduce((sum, text) => sum + text.length, 0);
}

/** One header of the kernel's own. */
export function header(name: string, value: string): Header {
  return { name, lower: name.toLowerCase(), values: [value] };
}

/** What a body brings with it, and loses with it on a redirect (RFC 9110 section 15.4). */
const OF_BODY: ReadonlySet<string> = new Set([
  'content-type',
  'content-encoding',
  'content-language',
  'content-location',
  'digest',
  'content-digest',
  'repr-digest',
]);

/** The same headers without those that speak of a body. */
export function withoutBodyHeaders(headers: readonly Header[]): readonly Header[] {
  return headers.filter(({ lower }) => !OF_BODY.has(lower));
}
