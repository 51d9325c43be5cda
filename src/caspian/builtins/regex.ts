/**
 * Regular expressions and their matches. Powerless side. The engine behind them is the host's and works in linear time;
 * a walk over many matches looks at the clock, so that a time-out ends it.
 */
import { type CompiledRegex, RegexSyntaxError, type Spans } from '../host.ts';
import type { Call } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems, checkText } from '../runtime/limits.ts';
import { textOf } from '../runtime/plain.ts';
import { typeName } from '../runtime/text.ts';
import { ClassValue, Instance, type Value } from '../runtime/values.ts';
import { characterCount, unitOf } from './characters.ts';
import { fillFrom, type MethodTable } from './table.ts';

/** The inside of a regex. */
export class Regex {
  readonly pattern: string;
  readonly flags: string;
  readonly compiled: CompiledRegex;

  constructor(pattern: string, flags: string, compiled: CompiledRegex) {
    this.pattern = pattern;
    this.flags = flags;
    this.compiled = compiled;
  }
}

interface Match {
  readonly regex: Regex;
  readonly text: string;
  readonly spans: Spans;
}

const FLAGS = new Set(['i', 'm', 's']);

export function compileRegex(call: Call, pattern: string, flags: string): Regex {
  for (const flag of flags) {
    if (!FLAGS.has(flag)) {
      throw fail.argument(
        `unknown flag '${flag}' of a regex`,
        "flags are i (any case), m (^ and $ at each line) and s ('.' takes line ends)",
      );
    }
  }
  const has = (flag: string): boolean => flags.includes(flag);
  try {
    const engine = call.vm.host.regexEngine();
    const compiled = engine.compile(pattern, { ignoreCase: has('i'), multiline: has('m'), dotAll: has('s') });
    return new Regex(pattern, flags, compiled);
  } catch (thrown) {
    if (!(thrown instanceof RegexSyntaxError)) throw thrown;
    throw fail.argument(
      `the pattern can not be read: ${thrown.message}`,
      'look-around and back-references are left out: with them no engine is linear',
    );
  }
}

export function makeRegex(call: Call, pattern: string, flags: string): Instance {
  return new Instance(regexClass, compileRegex(call, pattern, flags));
}

/** The inside of a regex value; null for anything else. */
export function regexIn(value: Value | undefined): Regex | null {
  return value instanceof Instance && value.state instanceof Regex ? value.state : null;
}

/** A regex, or a string that is read as a pattern. */
export function regexOf(call: Call, value: Value | undefined): Regex {
  return regexIn(value) ?? compileRegex(call, textOf(value, 'the pattern'), '');
}

/** Calls `visit` for each match in turn until it gives false. */
function eachMatch(call: Call, regex: Regex, text: string, visit: (spans: Spans) => boolean): void {
  const next = regex.compiled.walk(text);
  for (let from = 0; ; ) {
    const spans = next(from);
    if (spans === null || !visit(spans)) return;
    const [start = 0, end = 0] = spans;
    // Each match may have been a walk through the whole text.
    if (call.timeLeft() === null) call.tick();
    else call.checkTime();
    from = end > start ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
  }
}

function part(text: string, spans: Spans, group: number): Value {
  const start = spans[2 * group] ?? -1;
  return start < 0 ? null : text.slice(start, spans[2 * group + 1]);
}

function groupsOf({ text, spans }: Match): Value[] {
  const groups: Value[] = [];
  for (let group = 1; 2 * group < spans.length; group++) groups.push(part(text, spans, group));
  return groups;
}

function matchObject(regex: Regex, text: string, spans: Spans): Instance {
  return new Instance(matchClass, { regex, text, spans } satisfies Match);
}

/** The first match at or behind a character, or null. */
export function firstMatch(regex: Regex, text: string, from: Value | undefined): Value {
  const unit = typeof from === 'number' ? unitOf(text, from) : 0;
  const spans = unit < 0 ? null : regex.compiled.walk(text)(unit);
  return spans === null ? null : matchObject(regex, text, spans);
}

/** Where the first match begins, in units; -1 without one. */
export function indexOfMatch(regex: Regex, text: string, unit: number): number {
  return regex.compiled.walk(text)(unit)?.[0] ?? -1;
}

/** Every match: its text, or its groups where the pattern has some. With a block, that is called with each. */
export function scan(call: Call, regex: Regex, text: string): Value {
  const found: Value[] = [];
  eachMatch(call, regex, text, (spans) => {
    const item = regex.compiled.groups === 0 ? part(text, spans, 0) : groupsOf({ regex, text, spans });
    if (call.block === null) found.push(item);
    else call.yield(item);
    checkItems(found.length);
    return true;
  });
  return call.block === null ? found : text;
}

type Piece = string | number;

/** A replacement as text and numbers of groups: `\1`, `\&` for the whole match, `\k<name>`, `\\`. */
function piecesOf(regex: Regex, replacement: string): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const found of replacement.matchAll(/\\(?:([\d&])|k<([^<>]{1,100})>|\\)/g)) {
    const [whole, digit, name] = found;
    pieces.push(replacement.slice(from, found.index));
    from = found.index + whole.length;
    if (digit === undefined && name === undefined) pieces.push('\\');
    else pieces.push(groupNumber(regex, name ?? (digit === '&' ? 0 : Number(digit))));
  }
  pieces.push(replacement.slice(from));
  return pieces;
}

function groupNumber(regex: Regex, key: Value | undefined): number {
  const { names, groups } = regex.compiled;
  const number = typeof key === 'string' ? names.get(key) : key;
  if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= groups) return number;
  const known = names.size === 0 ? `it has ${groups}` : `it has ${groups}: ${[...names.keys()].join(', ')}`;
  throw fail.argument(`the pattern has no group ${typeof key === 'string' ? `'${key}'` : (key ?? 'null')}`, known);
}

/** `with` is a text, or absent where a block makes one for each match. */
export function replaceMatches(
  call: Call,
  regex: Regex,
  text: string,
  replacement: Value | undefined,
  times: 'first' | 'all',
): string {
  const pieces = replacement === undefined ? null : piecesOf(regex, textOf(replacement, 'the replacement'));
  if (pieces === null && call.block === null) throw fail.argument('the replacement is missing: a text or a block');
  let result = '';
  let from = 0;
  eachMatch(call, regex, text, (spans) => {
    result += text.slice(from, spans[0]);
    if (pieces === null) result += call.vm.display(call.yield(matchObject(regex, text, spans)), call.by);
    else for (const piece of pieces) result += typeof piece === 'string' ? piece : (part(text, spans, piece) ?? '');
    from = spans[1] ?? 0;
    checkText(result.length);
    return times === 'all';
  });
  return result + text.slice(from);
}

/** The pieces between matches; groups of the pattern are among them, as in Ruby. */
export function splitAtMatches(call: Call, regex: Regex, text: string, limit: number): Value[] {
  const parts: Value[] = [];
  let from = 0;
  if (text === '') return parts;
  eachMatch(call, regex, text, (spans) => {
    const [start = 0, end = 0] = spans;
    // An empty match at either end cuts nothing off.
    if (end === start && (start === 0 || start >= text.length)) return true;
    if (parts.length + 1 >= limit) return false;
    parts.push(text.slice(from, start), ...groupsOf({ regex, text, spans }).filter((group) => group !== null));
    checkItems(parts.length);
    from = end;
    return true;
  });
  parts.push(text.slice(from));
  return parts;
}

/** What the methods of a regex are given to look at. */
function subject(value: Value | undefined): string {
  return textOf(value, 'the text');
}

const stateOf = (self: Instance): Regex => self.state as Regex;

export const REGEX_TABLE: MethodTable<Instance> = {
  match: [['text', 'from?'], (self, args) => firstMatch(stateOf(self), subject(args[0]), args[1])],
  'test?': [['text'], (self, args) => stateOf(self).compiled.test(subject(args[0]))],
  matches: [
    ['text'],
    (self, args, call) => {
      const text = subject(args[0]);
      const found: Value[] = [];
      eachMatch(call, stateOf(self), text, (spans) => {
        checkItems(found.push(matchObject(stateOf(self), text, spans)));
        return true;
      });
      return found;
    },
  ],
  scan: [{ params: ['text'], block: 'optional' }, (self, args, call) => scan(call, stateOf(self), subject(args[0]))],
  replace: [
    { params: ['text', 'with?'], block: 'optional' },
    (self, args, call) => replaceMatches(call, stateOf(self), subject(args[0]), args[1], 'all'),
  ],
  sub: [
    { params: ['text', 'with?'], block: 'optional' },
    (self, args, call) => replaceMatches(call, stateOf(self), subject(args[0]), args[1], 'first'),
  ],
  split: [
    ['text', 'limit?'],
    (self, args, call) => {
      const limit = typeof args[1] === 'number' && args[1] > 0 ? args[1] : Number.POSITIVE_INFINITY;
      return splitAtMatches(call, stateOf(self), subject(args[0]), limit);
    },
  ],
  pattern: (self) => stateOf(self).pattern,
  flags: (self) => stateOf(self).flags,
  names: (self) => [...stateOf(self).compiled.names.keys()],
  to_string: (self) => `/${stateOf(self).pattern}/${stateOf(self).flags}`,
};

const matchOf = (self: Instance): Match => self.state as Match;

function groupText(self: Instance, key: Value | undefined): Value {
  const { regex, text, spans } = matchOf(self);
  return part(text, spans, groupNumber(regex, key ?? 0));
}

export const MATCH_TABLE: MethodTable<Instance> = {
  '[]': [['group'], (self, args) => groupText(self, args[0])],
  text: (self) => groupText(self, 0),
  groups: (self) => groupsOf(matchOf(self)),
  named: (self) => {
    const { regex } = matchOf(self);
    return new Map([...regex.compiled.names.keys()].map((name) => [name, groupText(self, name)]));
  },
  start: (self) => characterCount(matchOf(self).text.slice(0, matchOf(self).spans[0])),
  end: (self) => characterCount(matchOf(self).text.slice(0, matchOf(self).spans[1])),
  before: (self) => matchOf(self).text.slice(0, matchOf(self).spans[0]),
  after: (self) => matchOf(self).text.slice(matchOf(self).spans[1]),
  to_string: (self) => groupText(self, 0),
};

function classFor(name: string, table: MethodTable<Instance>): ClassValue {
  const url = `puck.uno/${name}`;
  return new ClassValue({ name: url, url, role: 'stdlib', parent: null, fill: fillFrom(table) });
}

export const regexClass = classFor('regex', REGEX_TABLE);
export const matchClass = classFor('match', MATCH_TABLE);

/** Raises for what is neither text nor a regex. */
export function textOrRegex(value: Value | undefined, what: string): string | Regex {
  const regex = regexIn(value);
  if (regex !== null) return regex;
  if (value instanceof Instance) throw fail.argument(`${what} must be a string or a regex, not ${typeName(value)}`);
  return textOf(value, what);
}
