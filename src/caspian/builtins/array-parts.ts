/**
 * Methods of arrays that give parts, groups and rearrangements of them. Powerless side. Blocks may change the array that
 * is walked through.
 */
import type { Call } from '../runtime/call.ts';
import { compare, equal } from '../runtime/equality.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems } from '../runtime/limits.ts';
import { keyOf, without } from '../runtime/operators.ts';
import { typeName } from '../runtime/text.ts';
import { type Hash, truthy, type Value } from '../runtime/values.ts';
import { randomBelow } from './random.ts';
import { countArg, type MethodTable, OPTIONAL_BLOCK, WITH_BLOCK, wholeArg } from './table.ts';

type List = Value[];

function listOf(value: Value | undefined): List {
  if (Array.isArray(value)) return value;
  throw fail.argument(`the other must be an array, not ${typeName(value ?? null)}`);
}

/** How many elements at the beginning make the block give something true. */
function prefix(self: List, call: Call): number {
  let at = 0;
  while (at < self.length && truthy(call.yield(self[at] as Value))) at++;
  return at;
}

function partition(self: List, call: Call): Value {
  const [kept, rest]: [List, List] = [[], []];
  for (let at = 0; at < self.length; at++) {
    const item = self[at] as Value;
    (truthy(call.yield(item)) ? kept : rest).push(item);
  }
  return [kept, rest];
}

/** Pieces of `size`, each beginning `by` behind the one before. */
function pieces(self: List, size: number, by: number): Value[] {
  if (size < 1) throw fail.argument('the size must be 1 or more');
  checkItems(Math.ceil(self.length / by) * Math.min(size, self.length));
  const found: Value[] = [];
  for (let at = 0; by === size ? at < self.length : at + size <= self.length; at += by)
    found.push(self.slice(at, at + size));
  return found;
}

/** Calls the block with each piece, or gives them all without one. */
function yieldPieces(self: List, made: Value[], call: Call): Value {
  if (call.block === null) return made;
  for (const piece of made) call.yield(piece);
  return self;
}

function flatMap(self: List, call: Call): List {
  const flat: List = [];
  for (let at = 0; at < self.length; at++) {
    const made = call.yield(self[at] as Value);
    if (Array.isArray(made)) for (const item of made) flat.push(item);
    else flat.push(made);
    checkItems(flat.length);
  }
  return flat;
}

function tally(self: List): Hash {
  const counts: Hash = new Map();
  for (const item of self) {
    const key = keyOf(item);
    counts.set(key, ((counts.get(key) ?? 0) as number) + 1);
  }
  return counts;
}

/** The element whose key is smallest (`sign` 1) or largest (-1). */
function extremeBy(self: List, call: Call, sign: 1 | -1): Value {
  let best: Value = null;
  let bestKey: Value = null;
  for (let at = 0; at < self.length; at++) {
    const item = self[at] as Value;
    const key = call.yield(item);
    if (at > 0 && compare(key, bestKey) * sign >= 0) continue;
    best = item;
    bestKey = key;
  }
  return best;
}

function transpose(self: List): List {
  const rows = self.map(listOf);
  const width = rows[0]?.length ?? 0;
  if (rows.some((row) => row.length !== width)) throw fail.argument('the rows have different lengths');
  return Array.from({ length: width }, (_, column) => rows.map((row) => row[column] ?? null));
}

function toHash(self: List, call: Call): Hash {
  const hash: Hash = new Map();
  for (let at = 0; at < self.length; at++) {
    const item = self[at] as Value;
    const pair = call.block === null ? item : call.yield(item);
    if (!Array.isArray(pair) || pair.length !== 2) throw fail.argument('a hash is made of pairs [key, value]');
    hash.set(keyOf(pair[0] ?? null), pair[1] ?? null);
  }
  return hash;
}

function rotate(self: List, by: number): List {
  if (self.length === 0) return [];
  const at = ((by % self.length) + self.length) % self.length;
  return self.slice(at).concat(self.slice(0, at));
}

function shuffle(self: List, call: Call): List {
  const mixed = self.slice();
  for (let at = mixed.length - 1; at > 0; at--) {
    const other = randomBelow(call.vm.host, at + 1);
    const moved = mixed[at] as Value;
    mixed[at] = mixed[other] as Value;
    mixed[other] = moved;
  }
  return mixed;
}

function sample(self: List, count: Value | undefined, call: Call): Value {
  if (count !== undefined) return shuffle(self, call).slice(0, countArg(count, 'the count'));
  return self.length === 0 ? null : (self[randomBelow(call.vm.host, self.length)] ?? null);
}

/** Puts items in before an index, behind the last for -1. */
function insert(self: List, args: readonly Value[]): List {
  const [first, ...items] = args;
  const index = wholeArg(first, 'the index');
  const at = index < 0 ? self.length + index + 1 : index;
  if (at < 0 || at > self.length)
    throw fail.argument(`the array has no index ${index}: it holds ${self.length} elements`);
  if (items.length > 1) checkItems(self.length + items.length);
  // Never a spread: each element would be an argument on the stack.
  const rest = self.splice(at);
  for (const item of items) self.push(item);
  for (const item of rest) self.push(item);
  return self;
}

/** Takes all elements out that are equal to one; gives it, or null where there was none. */
function remove(self: List, wanted: Value): Value {
  const left = self.filter((item) => !equal(item, wanted));
  if (left.length === self.length) return null;
  self.length = 0;
  for (const item of left) self.push(item);
  return wanted;
}

/** Each element once, in the order in which they first appear. */
function distinct(items: List): List {
  const seen: List = [];
  const simple = new Set<Value>();
  for (const item of items) {
    if (item === null || typeof item !== 'object') {
      if (simple.has(item)) continue;
      simple.add(item);
    } else if (seen.some((other) => typeof other === 'object' && equal(other, item))) continue;
    seen.push(item);
  }
  return seen;
}

/** All ways to choose so many elements, in order. */
function combinations(self: List, size: number): List {
  let ways = 1;
  for (let at = 0; at < size; at++) ways = (ways * (self.length - at)) / (at + 1);
  checkItems(Math.max(0, ways) * Math.max(1, size));
  const found: List = [];
  const chosen: List = [];
  const choose = (from: number): void => {
    if (chosen.length === size) {
      found.push(chosen.slice());
      return;
    }
    for (let at = from; at <= self.length - (size - chosen.length); at++) {
      chosen.push(self[at] as Value);
      choose(at + 1);
      chosen.pop();
    }
  };
  if (size <= self.length) choose(0);
  return found;
}

function lastIndex(self: List, args: readonly Value[], call: Call): Value {
  for (let at = self.length - 1; at >= 0; at--) {
    const item = self[at] as Value;
    if (call.block === null ? equal(item, args[0] ?? null) : truthy(call.yield(item))) return at;
  }
  return null;
}

function one(self: List, call: Call): boolean {
  let hits = 0;
  for (let at = 0; at < self.length && hits < 2; at++) {
    const item = self[at] as Value;
    if (truthy(call.block === null ? item : call.yield(item))) hits++;
  }
  return hits === 1;
}

export const ARRAY_PARTS: MethodTable<List> = {
  take: [['count'], (self, args) => self.slice(0, countArg(args[0], 'the count'))],
  drop: [['count'], (self, args) => self.slice(countArg(args[0], 'the count'))],
  take_while: [WITH_BLOCK, (self, _args, call) => self.slice(0, prefix(self, call))],
  drop_while: [WITH_BLOCK, (self, _args, call) => self.slice(prefix(self, call))],
  partition: [WITH_BLOCK, (self, _args, call) => partition(self, call)],
  each_slice: [
    { params: ['size'], ...OPTIONAL_BLOCK },
    (self, args, call) => {
      const size = countArg(args[0], 'the size');
      return yieldPieces(self, pieces(self, size, size), call);
    },
  ],
  each_cons: [
    { params: ['size'], ...OPTIONAL_BLOCK },
    (self, args, call) => yieldPieces(self, pieces(self, countArg(args[0], 'the size'), 1), call),
  ],
  reverse_each: [
    WITH_BLOCK,
    (self, _args, call) => {
      for (let at = self.length - 1; at >= 0; at--) call.yield(self[at] ?? null);
      return self;
    },
  ],
  flat_map: [WITH_BLOCK, (self, _args, call) => flatMap(self, call)],
  map_with_index: [
    WITH_BLOCK,
    (self, _args, call) => {
      const mapped: List = [];
      for (let at = 0; at < self.length; at++) mapped.push(call.yieldTwo(self[at] as Value, at));
      return mapped;
    },
  ],
  tally: (self) => tally(self),
  min_by: [WITH_BLOCK, (self, _args, call) => extremeBy(self, call, 1)],
  max_by: [WITH_BLOCK, (self, _args, call) => extremeBy(self, call, -1)],
  transpose: (self) => transpose(self),
  to_hash: [OPTIONAL_BLOCK, (self, _args, call) => toHash(self, call)],
  rotate: [['by?'], (self, args) => rotate(self, args[0] === undefined ? 1 : wholeArg(args[0], 'the places'))],
  shuffle: (self, call) => shuffle(self, call),
  sample: [['count?'], (self, args, call) => sample(self, args[0], call)],
  insert: [['index', '*items'], insert],
  delete: [['item'], (self, args) => remove(self, args[0] ?? null)],
  fill: [
    ['value'],
    (self, args) => {
      self.fill(args[0] ?? null);
      return self;
    },
  ],
  values_at: [['*indexes'], (self, args) => args.map((index) => self.at(wholeArg(index, 'the index')) ?? null)],
  last_index: [{ params: ['item?'], ...OPTIONAL_BLOCK }, lastIndex],
  'one?': [OPTIONAL_BLOCK, (self, _args, call) => one(self, call)],
  union: [
    ['other'],
    (self, args) => {
      checkItems(self.length + listOf(args[0]).length);
      return distinct(self.concat(listOf(args[0])));
    },
  ],
  intersect: [['other'], (self, args) => distinct(without(self, without(self, listOf(args[0]))))],
  difference: [['other'], (self, args) => without(self, listOf(args[0]))],
  combinations: [['size'], (self, args) => combinations(self, countArg(args[0], 'the size'))],
};
