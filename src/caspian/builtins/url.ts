/** `%utils.url`: URLs taken apart, percent encoding, query strings. Powerless side; the host's parser is the one that connects. */
import type { Call } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { checkText } from '../runtime/limits.ts';
import { bytesOf, textOf } from '../runtime/plain.ts';
import { decodeUtf8, typeName } from '../runtime/text.ts';
import type { Hash, Value } from '../runtime/values.ts';

const UNRESERVED = /[A-Za-z0-9_.~-]/;
/** How each byte is written: itself, or `%XX`. */
const written: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return byte < 128 && UNRESERVED.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** Everything but letters, digits and `-_.~` as `%XX` of its UTF-8. */
export function encodePart(value: Value | undefined): string {
  const bytes = bytesOf(value, 'what is encoded');
  checkText(bytes.length * 3);
  let text = '';
  for (const byte of bytes) text += written[byte];
  return text;
}

const encoder = new TextEncoder();

export function decodePart(text: string): string {
  const broken = /%(?![0-9a-fA-F]{2})/.exec(text);
  if (broken !== null) throw fail.encoding('two hexadecimal digits must follow each % of an encoded text');
  const raw = encoder.encode(text);
  const bytes = new Uint8Array(raw.length);
  let to = 0;
  for (let at = 0; at < raw.length; at++) {
    const byte = raw[at] ?? 0;
    if (byte !== 37) bytes[to++] = byte;
    else {
      bytes[to++] = Number.parseInt(String.fromCharCode(raw[at + 1] ?? 48, raw[at + 2] ?? 48), 16);
      at += 2;
    }
  }
  return decodeUtf8(bytes.subarray(0, to));
}

/** A hash as a query string, or a query string as a hash; a list is the same key several times. */
export function query(value: Value | undefined, show: (value: Value) => string): Value {
  if (typeof value === 'string') return parsedQuery(value);
  if (!(value instanceof Map)) throw fail.argument(`query takes a hash or a text, not ${typeName(value ?? null)}`);
  const parts: string[] = [];
  for (const [key, given] of value) {
    for (const item of Array.isArray(given) ? given : [given]) {
      if (item !== null) parts.push(`${encodePart(key)}=${encodePart(show(item))}`);
    }
  }
  return parts.join('&');
}

function parsedQuery(text: string): Hash {
  const found: Hash = new Map();
  for (const part of text.replace(/^\?/, '').split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const [key, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
    const name = decodePart(key.replaceAll('+', ' '));
    const plain = decodePart(value.replaceAll('+', ' '));
    const there = found.get(name);
    if (there === undefined) found.set(name, plain);
    else if (Array.isArray(there)) there.push(plain);
    else found.set(name, [there, plain]);
  }
  return found;
}

/** A hash of the parts of a URL; raises for what is none. */
export function parsedUrl(call: Call, text: Value | undefined, base: Value | undefined): Hash {
  const given = textOf(text, 'the URL');
  const parts = call.vm.host.parseUrl(given, base === undefined ? null : textOf(base, 'the base'));
  if (parts === null) throw fail.argument(`'${given.slice(0, 100)}' is no URL`, 'such as https://example.com/path');
  const port = parts.port === '' ? (DEFAULT_PORTS.get(parts.protocol) ?? null) : Number(parts.port);
  return new Map<string, Value>([
    ['url', parts.href],
    ['scheme', parts.protocol.replace(/:$/, '')],
    ['host', parts.hostname.replace(/^\[(.*)\]$/, '$1')],
    ['port', port],
    ['path', parts.pathname],
    ['query', parts.search === '' ? null : parts.search.slice(1)],
    ['fragment', parts.hash === '' ? null : parts.hash.slice(1)],
    ['user', parts.username === '' ? null : parts.username],
    ['password', parts.password === '' ? null : parts.password],
    ['origin', parts.origin === 'null' ? null : parts.origin],
  ]);
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['https:', 443],
  ['ws:', 80],
  ['wss:', 443],
  ['ftp:', 21],
]);
