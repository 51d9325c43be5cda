/**
 * Methods of strings. Powerless side. Places and lengths count characters (code points); text without surrogates, which
 * is nearly all text, is handled by units.
 */
import { checkItems, checkText } from '../runtime/limits.ts';
import { repeat } from '../runtime/operators.ts';
import { bytesOf, textOf } from '../runtime/plain.ts';
import { Bytes, type Value } from '../runtime/values.ts';
import { elementAt, pad, readInteger, readNumber, slice } from './characters.ts';
import { encoded } from './encodings.ts';
import { indexOf, lastIndexOf, splitAt } from './search.ts';
import { fillFrom, type MethodTable, numberArg } from './table.ts';

const SURROGATE = /[\uD800-\uDFFF]/;

/** The characters of a text, as something with a length and places. */
function charactersOf(text: string): readonly string[] | string {
  return SURROGATE.test(text) ? Array.from(text) : text;
}

function joined(part: readonly string[] | string): string {
  return typeof part === 'string' ? part : part.join('');
}

/** The place in characters of a place in units. */
function placeOf(text: string, unit: number): Value {
  return unit < 0 ? null : charactersOf(text.slice(0, unit)).length;
}

/** Where a search from the character `from` begins, in units; -1 for a place that is not in the text. */
function unitOf(text: string, from: number): number {
  const chars = charactersOf(text);
  const at = from < 0 ? chars.length + from : from;
  if (at < 0 || at > chars.length) return -1;
  return typeof chars === 'string' ? at : chars.slice(0, at).join('').length;
}

function split(text: string, separator: Value, limit: Value | undefined): Value[] {
  const most = typeof limit === 'number' && limit > 0 ? limit : Number.POSITIVE_INFINITY;
  let parts: string[];
  if (separator === null) {
    parts = text.trim() === '' ? [] : text.trim().split(/\s+/);
  } else {
    const by = textOf(separator, 'the separator');
    if (by === '') checkItems(text.length);
    parts = text === '' ? [] : by === '' ? Array.from(text) : splitAt(text, by);
    if (parts.length > most) parts = [...parts.slice(0, most - 1), parts.slice(most - 1).join(by)];
    else if (limit === undefined) while (parts.at(-1) === '') parts.pop();
  }
  checkItems(parts.length);
  return parts;
}

/** Lines with their ends. */
export function linesOf(text: string): string[] {
  const lines = text.split(/(?<=\n)/);
  return lines.length === 1 && lines[0] === '' ? [] : lines;
}

/** Every place where `from` stands; for an empty one, around each unit. */
export function replaceAll(text: string, from: string, to: string): string {
  // A function, since a replacing text would be searched for $-signs.
  if (from === '') {
    checkText((text.length + 1) * (to.length + 1));
    return text.replaceAll('', () => to);
  }
  let hits = 0;
  for (let at = indexOf(text, from); at >= 0; at = indexOf(text, from, at + from.length)) hits++;
  checkText(text.length + hits * (to.length - from.length));
  return hits === 0 ? text : splitAt(text, from).join(to);
}

function replaceFirst(text: string, from: string, to: string): string {
  const at = indexOf(text, from);
  if (at < 0) return text;
  checkText(text.length + to.length);
  return text.slice(0, at) + to + text.slice(at + from.length);
}

/** The bytes of a text in an encoding that scripts may name. */
function encode(text: string, encoding: Value): Bytes {
  const name = encoding === null ? 'utf-8' : textOf(encoding, 'the encoding').toLowerCase();
  return new Bytes(encoded(text, name));
}

const TABLE: MethodTable<string> = {
  length: (self) => (SURROGATE.test(self) ? Array.from(self).length : self.length),
  byte_length: (self) => bytesOf(self, '').length,
  'empty?': (self) => self === '',
  upper: (self) => self.toUpperCase(),
  lower: (self) => self.toLowerCase(),
  capitalize: (self) => {
    const [first = ''] = self;
    return first.toUpperCase() + self.slice(first.length).toLowerCase();
  },
  trim: (self) => self.trim(),
  trim_start: (self) => self.trimStart(),
  trim_end: (self) => self.trimEnd(),
  split: [['separator?', 'limit?'], (self, args) => split(self, args[0] ?? null, args[1])],
  replace: [
    ['from', 'to'],
    (self, args) => replaceAll(self, textOf(args[0], 'what to replace'), textOf(args[1], 'the replacement')),
  ],
  sub: [
    ['from', 'to'],
    (self, args) => replaceFirst(self, textOf(args[0], 'what to replace'), textOf(args[1], 'the replacement')),
  ],
  'contains?': [['text'], (self, args) => indexOf(self, textOf(args[0], 'the text')) >= 0],
  'starts_with?': [['*texts'], (self, args) => args.some((text) => self.startsWith(textOf(text, 'the text')))],
  'ends_with?': [['*texts'], (self, args) => args.some((text) => self.endsWith(textOf(text, 'the text')))],
  index: [
    ['text', 'from?'],
    (self, args) => {
      const from = typeof args[1] === 'number' ? unitOf(self, args[1]) : 0;
      return from < 0 ? null : placeOf(self, indexOf(self, textOf(args[0], 'the text'), from));
    },
  ],
  last_index: [['text'], (self, args) => placeOf(self, lastIndexOf(self, textOf(args[0], 'the text')))],
  slice: [
    ['start', 'length?'],
    (self, args) => {
      const part = slice<readonly string[] | string>(charactersOf(self), args);
      return part === null ? null : joined(part);
    },
  ],
  '[]': [['index'], (self, args) => elementAt(charactersOf(self), args[0] ?? null)],
  lines: (self) => linesOf(self),
  chars: (self) => {
    checkItems(self.length);
    return Array.from(self);
  },
  bytes: (self) => new Bytes(bytesOf(self, '')),
  encode: [['encoding?'], (self, args) => encode(self, args[0] ?? null)],
  text: [['encoding?'], (self) => self],
  to_string: (self) => self,
  to_num: (self) => readNumber(self),
  to_int: (self) => readInteger(self),
  reverse: (self) => Array.from(self).reverse().join(''),
  repeat: [['times'], (self, args) => repeat(self, numberArg(args[0], 'times'))],
  pad_start: [['length', 'with?'], (self, args) => pad(self, args, 'start')],
  pad_end: [['length', 'with?'], (self, args) => pad(self, args, 'end')],
};

export const stringMethods = fillFrom<string>(TABLE);
