/**
 * Methods of bytes: a string made of bytes. Powerless side. Places and lengths count bytes, nothing is decoded on the
 * way: searching and cutting are done on the bytes as Latin-1 text, which is one character a byte.
 */
import type { Call } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems } from '../runtime/limits.ts';
import { joinBytes, repeatBytes } from '../runtime/operators.ts';
import { bytesOf, textOf } from '../runtime/plain.ts';
import { Bytes, truthy, type Value } from '../runtime/values.ts';
import { readInteger, readNumber, slice } from './characters.ts';
import { decoded, isUtf8, latin1Bytes, latin1Text } from './encodings.ts';
import { endianOf } from './number.ts';
import { indexOf, lastIndexOf, splitAt } from './search.ts';
import { linesOf, replaceAll } from './string.ts';
import { fillFrom, type MethodTable, numberArg, wholeArg } from './table.ts';

/** One character a byte. */
function raw(value: Value | undefined, what: string): string {
  return latin1Text(bytesOf(value, what));
}

function made(text: string): Bytes {
  return new Bytes(latin1Bytes(text));
}

/** ASCII alone: other bytes are parts of characters. */
function mapCase(bytes: Uint8Array, from: number, by: number): Bytes {
  return new Bytes(bytes.map((byte) => (byte >= from && byte < from + 26 ? byte + by : byte)));
}

/** Space, tab, line ends, vertical tab, form feed. */
function isSpace(byte: number | undefined): boolean {
  return byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
}

function trim({ data }: Bytes): Bytes {
  let start = 0;
  let end = data.length;
  while (start < end && isSpace(data[start])) start++;
  while (end > start && isSpace(data[end - 1])) end--;
  return new Bytes(data.slice(start, end));
}

function split(self: Bytes, separator: Value): Value[] {
  const text = latin1Text(self.data);
  const parts = separator === null ? text.split(/[ \t\r\n\v\f]+/) : splitAt(text, raw(separator, 'the separator'));
  while (parts.at(-1) === '') parts.pop();
  if (separator === null && parts[0] === '') parts.shift();
  checkItems(parts.length);
  return parts.map(made);
}

/** The whole number that `size` bytes at an index spell. */
function integerAt({ data }: Bytes, args: readonly Value[], call: Call): Value {
  const index = wholeArg(args[0], 'the index');
  const size = wholeArg(args[1], 'the size');
  const from = index < 0 ? data.length + index : index;
  if (size < 1 || size > 8) throw fail.argument('the size must be from 1 to 8 bytes');
  if (from < 0 || from + size > data.length) return null;
  const part = data.slice(from, from + size);
  if (endianOf(args[2]) === 'little') part.reverse();
  let value = 0n;
  for (const byte of part) value = (value << 8n) | BigInt(byte);
  const number = Number(truthy(call.named.get('signed') ?? false) ? BigInt.asIntN(8 * size, value) : value);
  if (!Number.isSafeInteger(number)) throw fail.argument('the number is too large to be exact: read it in two parts');
  return number;
}

/** The index of a search in bytes; -1 for a place that is not there. */
function startOf(self: Bytes, from: Value | undefined): number {
  const at = typeof from === 'number' ? Math.trunc(from) : 0;
  const start = at < 0 ? self.data.length + at : at;
  return start > self.data.length ? -1 : start;
}

function partition(self: Bytes, separator: Value | undefined): Value[] {
  const text = latin1Text(self.data);
  const by = raw(separator, 'the separator');
  const at = indexOf(text, by);
  return at < 0 ? [self, made(''), made('')] : [made(text.slice(0, at)), made(by), made(text.slice(at + by.length))];
}

function found(at: number): Value {
  return at < 0 ? null : at;
}

export const BYTES_TABLE: MethodTable<Bytes> = {
  length: (self) => self.data.length,
  byte_length: (self) => self.data.length,
  'empty?': (self) => self.data.length === 0,
  text: [
    ['encoding?'],
    (self, args) => decoded(self.data, args[0] === undefined ? 'utf-8' : textOf(args[0], 'the encoding')),
  ],
  bytes: (self) => self,
  to_string: (self) => textOf(self, ''),
  to_num: (self) => readNumber(latin1Text(self.data)),
  to_int: (self) => readInteger(latin1Text(self.data)),
  to_array: (self) => {
    checkItems(self.data.length);
    return [...self.data];
  },
  byte: [
    ['index'],
    (self, args) => {
      const at = wholeArg(args[0], 'the index');
      return self.data[at < 0 ? self.data.length + at : at] ?? null;
    },
  ],
  '[]': [
    ['index'],
    (self, args) => {
      const at = wholeArg(args[0], 'the index');
      const from = at < 0 ? self.data.length + at : at;
      return from < 0 || from >= self.data.length ? null : new Bytes(self.data.slice(from, from + 1));
    },
  ],
  slice: [
    ['start', 'length?'],
    (self, args) => {
      const part = slice(self.data, args);
      return part === null ? null : new Bytes(part);
    },
  ],
  upper: (self) => mapCase(self.data, 97, -32),
  lower: (self) => mapCase(self.data, 65, 32),
  trim,
  split: [['separator?'], (self, args) => split(self, args[0] ?? null)],
  lines: (self) => linesOf(latin1Text(self.data)).map(made),
  chars: (self) => {
    checkItems(self.data.length);
    return Array.from(self.data, (byte) => new Bytes(Uint8Array.of(byte)));
  },
  replace: [
    ['from', 'to'],
    (self, args) =>
      made(replaceAll(latin1Text(self.data), raw(args[0], 'what to replace'), raw(args[1], 'the replacement'))),
  ],
  sub: [
    ['from', 'to'],
    (self, args) => {
      const text = latin1Text(self.data);
      const from = raw(args[0], 'what to replace');
      const at = indexOf(text, from);
      return at < 0 ? self : made(text.slice(0, at) + raw(args[1], 'the replacement') + text.slice(at + from.length));
    },
  ],
  'contains?': [['text'], (self, args) => indexOf(latin1Text(self.data), raw(args[0], 'the text')) >= 0],
  'starts_with?': [['*texts'], (self, args) => args.some((text) => raw(self, '').startsWith(raw(text, 'the text')))],
  'ends_with?': [['*texts'], (self, args) => args.some((text) => raw(self, '').endsWith(raw(text, 'the text')))],
  index: [
    ['text', 'from?'],
    (self, args) => {
      const from = startOf(self, args[1]);
      return from < 0 ? null : found(indexOf(latin1Text(self.data), raw(args[0], 'the text'), from));
    },
  ],
  partition: [['separator'], (self, args) => partition(self, args[0])],
  int: [{ params: ['index', 'size', 'order?'], named: ['signed'] }, integerAt],
  'text?': (self) => isUtf8(self.data),
  last_index: [['text'], (self, args) => found(lastIndexOf(latin1Text(self.data), raw(args[0], 'the text')))],
  reverse: (self) => new Bytes(self.data.slice().reverse()),
  repeat: [['times'], (self, args) => repeatBytes(self, numberArg(args[0], 'times'))],
  concat: [['other'], (self, args) => joinBytes(self.data, bytesOf(args[0], 'the other'))],
};

export const bytesMethods = fillFrom<Bytes>(BYTES_TABLE);
