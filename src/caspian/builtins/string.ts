/**
 * Methods of strings. Powerless side. Places and lengths count characters (code points); text without surrogates, which
 * is nearly all text, is handled by units.
 */
import type { Call } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems, checkText } from '../runtime/limits.ts';
import { repeat } from '../runtime/operators.ts';
import { bytesOf, textOf } from '../runtime/plain.ts';
import { Bytes, type Value } from '../runtime/values.ts';
import { joinItems } from './array.ts';
import {
  characterCount,
  charactersOf,
  elementAt,
  pad,
  readInteger,
  readNumber,
  slice,
  strictNumber,
  unitOf,
} from './characters.ts';
import { encoded } from './encodings.ts';
import { formatText } from './format.ts';
import {
  firstMatch,
  indexOfMatch,
  regexIn,
  regexOf,
  replaceMatches,
  scan,
  splitAtMatches,
  textOrRegex,
} from './regex.ts';
import { checkPieces, indexOf, lastIndexOf, splitAt } from './search.ts';
import { fillFrom, type MethodTable, numberArg, wholeArg } from './table.ts';

function joined(part: readonly string[] | string): string {
  return typeof part === 'string' ? part : part.join('');
}

/** The place in characters of a place in units. */
function placeOf(text: string, unit: number): Value {
  return unit < 0 ? null : characterCount(text.slice(0, unit));
}

function split(text: string, separator: Value, limit: Value | undefined, call: Call): Value[] {
  const most = typeof limit === 'number' && limit > 0 ? limit : Number.POSITIVE_INFINITY;
  const regex = regexIn(separator);
  let parts: Value[];
  if (separator === null) {
    checkPieces(text, /\s+/g);
    parts = text.trim() === '' ? [] : text.trim().split(/\s+/);
  } else if (regex !== null) {
    parts = splitAtMatches(call, regex, text, most);
  } else {
    const by = textOf(separator, 'the separator');
    if (by === '') checkItems(text.length);
    parts = text === '' ? [] : by === '' ? Array.from(text) : splitAt(text, by);
    if (parts.length > most) parts = [...parts.slice(0, most - 1), parts.slice(most - 1).join(by)];
  }
  if (limit === undefined) while (parts.at(-1) === '') parts.pop();
  checkItems(parts.length);
  return parts;
}

/** Lines with their ends. */
export function linesOf(text: string): string[] {
  checkPieces(text, /\n/g);
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

/** A text that is searched for as it is, as something to scan with. */
function literal(call: Call, value: Value | undefined) {
  return regexOf(call, textOf(value, 'the pattern').replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
}

/** `replace` and `sub`: by a text, or by what a block makes of each hit. */
function replaced(self: string, args: readonly Value[], call: Call, times: 'first' | 'all'): string {
  const from = textOrRegex(args[0], 'what to replace');
  if (typeof from !== 'string') return replaceMatches(call, from, self, args[1], times);
  if (args[1] === undefined && call.block === null)
    throw fail.argument('the replacement is missing: a text or a block');
  if (indexOf(self, from) < 0) return self;
  const to = args[1] === undefined ? call.vm.display(call.yield(from), call.by) : textOf(args[1], 'the replacement');
  return times === 'all' ? replaceAll(self, from, to) : replaceFirst(self, from, to);
}

function contains(self: string, wanted: Value | undefined): boolean {
  const part = textOrRegex(wanted, 'the text');
  return typeof part === 'string' ? indexOf(self, part) >= 0 : part.compiled.test(self);
}

function index(self: string, args: readonly Value[]): Value {
  const from = typeof args[1] === 'number' ? unitOf(self, args[1]) : 0;
  if (from < 0) return null;
  const part = textOrRegex(args[0], 'the text');
  return placeOf(self, typeof part === 'string' ? indexOf(self, part, from) : indexOfMatch(part, self, from));
}

/** `text[3]`, `text[$regex]` */
function element(self: string, key: Value): Value {
  const regex = regexIn(key);
  if (regex === null) return elementAt(charactersOf(self), key);
  const [start, end] = regex.compiled.walk(self)(0) ?? [];
  return start === undefined ? null : self.slice(start, end);
}

/** What stands before, at and behind the first or last place of a text. */
function partition(self: string, separator: Value | undefined, side: 'first' | 'last'): Value[] {
  const by = textOf(separator, 'the separator');
  const at = side === 'first' ? indexOf(self, by) : lastIndexOf(self, by);
  if (at < 0) return side === 'first' ? [self, '', ''] : ['', '', self];
  return [self.slice(0, at), by, self.slice(at + by.length)];
}

function inserted(self: string, at: Value | undefined, text: Value | undefined): string {
  const place = wholeArg(at, 'the index');
  const unit = unitOf(self, place < 0 ? characterCount(self) + place + 1 : place);
  if (unit < 0) throw fail.argument(`the string has no index ${place}: it holds ${characterCount(self)} characters`);
  const more = textOf(text, 'the text');
  checkText(self.length + more.length);
  return self.slice(0, unit) + more + self.slice(unit);
}

function centered(self: string, args: readonly Value[]): string {
  const left = Math.floor((numberArg(args[0], 'the length') - self.length) / 2);
  return pad(left > 0 ? pad(self, [self.length + left, ...args.slice(1)], 'start') : self, args, 'end');
}

const FORMS: ReadonlySet<string> = new Set(['NFC', 'NFD', 'NFKC', 'NFKD']);

function normalized(self: string, form: Value | undefined): string {
  const name = form === undefined ? 'NFC' : textOf(form, 'the form').toUpperCase();
  if (!FORMS.has(name)) throw fail.argument(`unknown form '${name}'`, 'the forms are NFC, NFD, NFKC and NFKD');
  // One character stands for at most 18 others.
  checkText(self.length * (name.startsWith('NFK') ? 18 : 4));
  return self.normalize(name);
}

function unique(text: string): string {
  let result = '';
  let last = '';
  for (const char of text) if (char !== last) result += last = char;
  return result;
}

/** The bytes of a text in an encoding that scripts may name. */
function encode(text: string, encoding: Value): Bytes {
  const name = encoding === null ? 'utf-8' : textOf(encoding, 'the encoding').toLowerCase();
  return new Bytes(encoded(text, name));
}

export const STRING_TABLE: MethodTable<string> = {
  length: (self) => characterCount(self),
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
  chomp: (self) => self.replace(/\r?\n$/, ''),
  split: [['separator?', 'limit?'], (self, args, call) => split(self, args[0] ?? null, args[1], call)],
  join: [
    ['*items'],
    (self, args, call) => joinItems(args.length === 1 && Array.isArray(args[0]) ? args[0] : [...args], self, call),
  ],
  partition: [['separator'], (self, args) => partition(self, args[0], 'first')],
  last_partition: [['separator'], (self, args) => partition(self, args[0], 'last')],
  replace: [{ params: ['from', 'to?'], block: 'optional' }, (self, args, call) => replaced(self, args, call, 'all')],
  sub: [{ params: ['from', 'to?'], block: 'optional' }, (self, args, call) => replaced(self, args, call, 'first')],
  delete: [['text'], (self, args, call) => replaced(self, [args[0] ?? null, ''], call, 'all')],
  delete_prefix: [
    ['text'],
    (self, args) => {
      const prefix = textOf(args[0], 'the text');
      return self.startsWith(prefix) ? self.slice(prefix.length) : self;
    },
  ],
  delete_suffix: [
    ['text'],
    (self, args) => {
      const suffix = textOf(args[0], 'the text');
      return self.endsWith(suffix) ? self.slice(0, self.length - suffix.length) : self;
    },
  ],
  insert: [['index', 'text'], (self, args) => inserted(self, args[0], args[1])],
  squeeze: (self) => unique(self),
  match: [['pattern', 'from?'], (self, args, call) => firstMatch(regexOf(call, args[0]), self, args[1])],
  'match?': [['pattern'], (self, args, call) => regexOf(call, args[0]).compiled.test(self)],
  scan: [
    { params: ['pattern'], block: 'optional' },
    (self, args, call) => scan(call, regexIn(args[0]) ?? literal(call, args[0]), self),
  ],
  format: [
    { params: ['*values'], named: 'any' },
    (self, args, call) =>
      formatText(self, { positional: args, named: call.named, show: (value) => call.vm.display(value, call.by) }),
  ],
  'contains?': [['text'], (self, args) => contains(self, args[0])],
  'starts_with?': [['*texts'], (self, args) => args.some((text) => self.startsWith(textOf(text, 'the text')))],
  'ends_with?': [['*texts'], (self, args) => args.some((text) => self.endsWith(textOf(text, 'the text')))],
  index: [['text', 'from?'], (self, args) => index(self, args)],
  last_index: [['text'], (self, args) => placeOf(self, lastIndexOf(self, textOf(args[0], 'the text')))],
  slice: [
    ['start', 'length?'],
    (self, args) => {
      const part = slice<readonly string[] | string>(charactersOf(self), args);
      return part === null ? null : joined(part);
    },
  ],
  '[]': [['index'], (self, args) => element(self, args[0] ?? null)],
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
  'to_num?': (self) => strictNumber(self),
  to_int: (self) => readInteger(self),
  reverse: (self) => {
    checkItems(self.length);
    return Array.from(self).reverse().join('');
  },
  repeat: [['times'], (self, args) => repeat(self, numberArg(args[0], 'times'))],
  pad_start: [['length', 'with?'], (self, args) => pad(self, args, 'start')],
  center: [['length', 'with?'], (self, args) => centered(self, args)],
  ord: (self) => {
    const point = self.codePointAt(0);
    if (point === undefined) throw fail.argument('an empty string has no first character');
    return point;
  },
  code_points: (self) => {
    checkItems(self.length);
    return Array.from(self, (char) => char.codePointAt(0) ?? 0);
  },
  'ascii?': (self) => !/[^\0-\x7f]/.test(self),
  normalize: [['form?'], (self, args) => normalized(self, args[0])],
  swap_case: (self) =>
    Array.from(self, (char) => (char === char.toUpperCase() ? char.toLowerCase() : char.toUpperCase())).join(''),
  pad_end: [['length', 'with?'], (self, args) => pad(self, args, 'end')],
};

export const stringMethods = fillFrom<string>(STRING_TABLE);
