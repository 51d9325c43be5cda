/**
 * Methods of arrays. Powerless side. Blocks may change the array that is walked through, and comparators may lie:
 * nothing here trusts either.
 */
import type { Call } from '../runtime/call.ts';
import { compare, equal } from '../runtime/equality.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems, checkText, MAX_NESTING, MAX_TEXT, tooNested } from '../runtime/limits.ts';
import { add, elementOf, joinParts, keyOf } from '../runtime/operators.ts';
import { bytesOf, textOf } from '../runtime/plain.ts';
import { typeName } from '../runtime/text.ts';
import { Bytes, truthy, type Value } from '../runtime/values.ts';
import { ARRAY_PARTS } from './array-parts.ts';
import { slice } from './characters.ts';
import { sorted, sortedBy } from './sort.ts';
import { blockOf, countArg, fillFrom, type MethodTable, OPTIONAL_BLOCK, WITH_BLOCK, wholeArg } from './table.ts';

export type List = Value[];

export function arrayArg(value: Value | undefined, what: string): List {
  if (Array.isArray(value)) return value;
  throw fail.argument(`${what} must be an array, not ${typeName(value ?? null)}`);
}

/** Calls `visit` for each element as long as it gives undefined; the array may change meanwhile. */
export function walk<R>(self: List, visit: (item: Value, at: number) => R | undefined): R | undefined {
  for (let at = 0; at < self.length; at++) {
    const result = visit(self[at] as Value, at);
    if (result !== undefined) return result;
  }
  return undefined;
}

function flatten(self: List, levels: number): List {
  const flat: List = [];
  const add = (list: List, depth: number): void => {
    if (depth > MAX_NESTING) tooNested();
    for (const item of list) {
      if (Array.isArray(item) && depth < levels) add(item, depth + 1);
      else flat.push(item);
    }
    checkItems(flat.length);
  };
  add(self, 0);
  return flat;
}

/** An upper bound of the length of a joined number, boolean or null. */
const PLAIN_LENGTH = 25;

/** One string; bytes as soon as one element is bytes. Arrays inside are joined in turn. */
export function joinItems(self: List, separator: string, call: Call): Value {
  let length = separator.length * self.length;
  for (let at = 0; at < self.length; at++) {
    const item = self[at];
    if (typeof item === 'string') length += item.length;
    else if (item === undefined || item === null || typeof item !== 'object') length += PLAIN_LENGTH;
    else return joinMixed(flatten(self, Number.POSITIVE_INFINITY), separator, call);
  }
  // JavaScript's own join shows plain values as `display` does.
  if (length > MAX_TEXT) return joinMixed(self, separator, call);
  checkText(length);
  return self.join(separator);
}

function joinMixed(items: List, separator: string, call: Call): Value {
  if (items.some((item) => item instanceof Bytes)) return joinAsBytes(items, separator, call);
  let length = 0;
  const texts = items.map((item) => {
    const text = call.vm.display(item, call.by);
    length += text.length + separator.length;
    checkText(length);
    return text;
  });
  return texts.join(separator);
}

function joinAsBytes(items: List, separator: string, call: Call): Bytes {
  const between = bytesOf(separator, '');
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const item of items) {
    const part = item instanceof Bytes ? item.data : bytesOf(call.vm.display(item, call.by), '');
    if (parts.length > 0) parts.push(between);
    parts.push(part);
    length += part.length + between.length;
    checkText(length);
  }
  return new Bytes(joinParts(parts));
}

/** The first of equal elements: simple values by a set, others by looking. */
export function unique(self: List, keyFor: (item: Value) => Value): List {
  const seen = new Set<Value>();
  const others: List = [];
  return self.filter((item) => {
    const key = keyFor(item);
    if (key !== null && typeof key === 'object') {
      if (others.some((other) => equal(other, key))) return false;
      others.push(key);
      return true;
    }
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function dig(from: Value, path: readonly Value[]): Value {
  let value = from;
  for (const key of path) {
    if (value === null) return null;
    const element = elementOf(value, key);
    if (element === undefined) throw fail.type(`dig can not go into ${typeName(value)}`);
    value = element;
  }
  return value;
}

/** True if a block, or without one the element itself, says so. */
function holds(call: Call, item: Value): boolean {
  return truthy(call.block === null ? item : call.yield(item));
}

function count(self: List, args: readonly Value[], call: Call): number {
  const [wanted] = args;
  if (wanted !== undefined) return self.filter((item) => equal(item, wanted)).length;
  if (call.block === null) return self.length;
  let hits = 0;
  walk(self, (item) => {
    if (truthy(call.yield(item))) hits++;
  });
  return hits;
}

function reduce(self: List, args: readonly Value[], call: Call): Value {
  let [total] = args;
  walk(self, (item) => {
    total = total === undefined ? item : call.yieldTwo(total, item);
  });
  return total ?? null;
}

/** The smallest (`sign` 1) or largest (-1), by the block's key if there is one. */
function extreme(self: List, call: Call, sign: 1 | -1): Value {
  let best: Value = null;
  let bestKey: Value = null;
  walk(self, (item, at) => {
    const key = call.block === null ? item : call.yield(item);
    if (at > 0 && compare(key, bestKey) * sign >= 0) return;
    best = item;
    bestKey = key;
  });
  return best;
}

function groupBy(self: List, call: Call): Value {
  const groups = new Map<string, Value>();
  walk(self, (item) => {
    const key = keyOf(call.yield(item));
    const group = groups.get(key);
    if (Array.isArray(group)) group.push(item);
    else groups.set(key, [item]);
  });
  return groups;
}

function fetch(self: List, args: readonly Value[], call: Call): Value {
  const at = wholeArg(args[0], 'the index');
  const item = self[at < 0 ? self.length + at : at];
  if (item !== undefined) return item;
  if (call.block !== null) return call.yield(at);
  if (args[1] !== undefined) return args[1];
  throw fail.notFound(`the array has no index ${at}: it holds ${self.length} elements`);
}

function firstOf(self: List, limit: Value | undefined): Value {
  return limit === undefined ? (self[0] ?? null) : self.slice(0, countArg(limit, 'the count'));
}

function lastOf(self: List, limit: Value | undefined): Value {
  if (limit === undefined) return self.at(-1) ?? null;
  const most = countArg(limit, 'the count');
  return most === 0 ? [] : self.slice(-most);
}

function collect(self: List, call: Call, wanted: boolean): List {
  const kept: List = [];
  walk(self, (item) => {
    if (truthy(call.yield(item)) === wanted) kept.push(item);
  });
  return kept;
}

/** The block as a function of one value, for many turns. */
function keyBlock(call: Call): (item: Value) => Value {
  return call.vm.blockOfOne(blockOf(call), call.by);
}

export const ARRAY_TABLE: MethodTable<List> = {
  ...ARRAY_PARTS,
  length: (self) => self.length,
  'empty?': (self) => self.length === 0,
  push: [
    ['*items'],
    (self, args) => {
      if (args.length > 1) checkItems(self.length + args.length);
      for (let at = 0; at < args.length; at++) self.push(args[at] as Value);
      return self;
    },
  ],
  pop: (self) => self.pop() ?? null,
  shift: (self) => self.shift() ?? null,
  unshift: [
    ['*items'],
    (self, args) => {
      if (args.length > 1) checkItems(self.length + args.length);
      // Never a spread: each element would be an argument on the stack.
      const rest = self.splice(0);
      for (const item of args) self.push(item);
      for (const item of rest) self.push(item);
      return self;
    },
  ],
  first: [['count?'], (self, args) => firstOf(self, args[0])],
  last: [['count?'], (self, args) => lastOf(self, args[0])],
  each: [
    WITH_BLOCK,
    (self, _args, call) => {
      walk(self, (item) => void call.yield(item));
      return self;
    },
  ],
  each_with_index: [
    WITH_BLOCK,
    (self, _args, call) => {
      walk(self, (item, at) => void call.yieldTwo(item, at));
      return self;
    },
  ],
  map: [
    WITH_BLOCK,
    (self, _args, call) => {
      const mapped: List = [];
      const make = keyBlock(call);
      for (let at = 0; at < self.length; at++) mapped.push(make(self[at] as Value));
      return mapped;
    },
  ],
  keep: [WITH_BLOCK, (self, _args, call) => collect(self, call, true)],
  reject: [WITH_BLOCK, (self, _args, call) => collect(self, call, false)],
  find: [
    WITH_BLOCK,
    (self, _args, call) => walk(self, (item) => (truthy(call.yield(item)) ? item : undefined)) ?? null,
  ],
  reduce: [{ params: ['initial?'], ...WITH_BLOCK }, reduce],
  sum: [
    OPTIONAL_BLOCK,
    (self, _args, call) => {
      let total: Value = 0;
      walk(self, (item, at) => {
        const value = call.block === null ? item : call.yield(item);
        total = at === 0 ? value : add(total, value, (part) => call.vm.display(part, call.by));
      });
      return total;
    },
  ],
  min: [OPTIONAL_BLOCK, (self, _args, call) => extreme(self, call, 1)],
  max: [OPTIONAL_BLOCK, (self, _args, call) => extreme(self, call, -1)],
  sort: [OPTIONAL_BLOCK, (self, _args, call) => sorted(self, call)],
  sort_by: [WITH_BLOCK, (self, _args, call) => sortedBy(self, keyBlock(call))],
  group_by: [WITH_BLOCK, (self, _args, call) => groupBy(self, call)],
  reverse: (self) => self.slice().reverse(),
  join: [
    ['separator?'],
    (self, args, call) => joinItems(self, args[0] === undefined ? '' : textOf(args[0], 'the separator'), call),
  ],
  'includes?': [['item'], (self, args) => self.some((item) => equal(item, args[0] ?? null))],
  index: [
    { params: ['item?'], ...OPTIONAL_BLOCK },
    (self, args, call) => {
      const at = walk(self, (item, place) => {
        const hit = call.block === null ? equal(item, args[0] ?? null) : truthy(call.yield(item));
        return hit ? place : undefined;
      });
      return at ?? null;
    },
  ],
  count: [{ params: ['item?'], ...OPTIONAL_BLOCK }, count],
  'any?': [OPTIONAL_BLOCK, (self, _args, call) => walk(self, (item) => holds(call, item) || undefined) ?? false],
  'all?': [
    OPTIONAL_BLOCK,
    (self, _args, call) => walk(self, (item) => (holds(call, item) ? undefined : false)) ?? true,
  ],
  'none?': [
    OPTIONAL_BLOCK,
    (self, _args, call) => walk(self, (item) => (holds(call, item) ? false : undefined)) ?? true,
  ],
  flatten: [
    ['levels?'],
    (self, args) => flatten(self, args[0] === undefined ? Number.POSITIVE_INFINITY : countArg(args[0], 'levels')),
  ],
  unique: [
    OPTIONAL_BLOCK,
    (self, _args, call) => unique(self, (item) => (call.block === null ? item : call.yield(item))),
  ],
  compact: (self) => self.filter((item) => item !== null),
  concat: [
    ['*arrays'],
    (self, args) => {
      let whole = self.slice();
      for (const list of args) whole = whole.concat(arrayArg(list, 'what is joined'));
      checkItems(whole.length);
      return whole;
    },
  ],
  slice: [['start', 'length?'], (self, args) => slice<List>(self, args)],
  zip: [
    ['*others'],
    (self, args) => {
      const others = args.map((other) => arrayArg(other, 'what is zipped'));
      checkItems(self.length * (others.length + 1));
      return self.map((item, at) => [item, ...others.map((other) => other[at] ?? null)]);
    },
  ],
  fetch: [{ params: ['index', 'default?'], ...OPTIONAL_BLOCK }, fetch],
  dig: [['*path'], (self, args) => dig(self, args)],
  delete_at: [
    ['index'],
    (self, args) => {
      const at = typeof args[0] === 'number' ? Math.trunc(args[0]) : Number.NaN;
      return at >= -self.length && at < self.length ? (self.splice(at, 1)[0] ?? null) : null;
    },
  ],
  clear: (self) => {
    self.length = 0;
    return self;
  },
  copy: (self) => self.slice(),
};

export const arrayMethods = fillFrom<List>(ARRAY_TABLE);
