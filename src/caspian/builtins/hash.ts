/** Methods of hashes. Powerless side. Blocks get key and value; one with a single parameter gets the pair. */
import type { Call } from '../runtime/call.ts';
import { compare, equal } from '../runtime/equality.ts';
import { fail } from '../runtime/errors.ts';
import { checkItems } from '../runtime/limits.ts';
import { add, keyOf, setElement } from '../runtime/operators.ts';
import { typeName } from '../runtime/text.ts';
import { type Hash, truthy, type Value } from '../runtime/values.ts';
import { dig } from './array.ts';
import { sortedBy } from './sort.ts';
import { blockOf, countArg, fillFrom, type MethodTable, OPTIONAL_BLOCK, WITH_BLOCK } from './table.ts';

type Pair = [string, Value];

function yieldPair(call: Call, [key, value]: Pair): Value {
  const block = blockOf(call);
  const single = block.code.params.length === 1 && block.code.params[0]?.kind === 'positional';
  return single ? call.yield([key, value]) : call.yieldTwo(key, value);
}

/** The pairs that are there now: a block may change the hash. */
function pairsOf(hash: Hash): Pair[] {
  return [...hash];
}

function filtered(self: Hash, call: Call, wanted: boolean): Hash {
  return new Map(pairsOf(self).filter((pair) => truthy(yieldPair(call, pair)) === wanted));
}

/** Puts into `result` what the others hold; a block decides where both have a key. */
function mergeInto(result: Hash, others: readonly Value[], call: Call): Hash {
  for (const other of others) {
    if (!(other instanceof Map)) throw fail.argument(`merge takes hashes, not ${typeName(other)}`);
    for (const [key, value] of pairsOf(other)) {
      const there = result.get(key);
      const both = there !== undefined && call.block !== null;
      setElement(result, key, both ? call.vm.yieldMany(call.block, [key, there, value], call.by) : value);
    }
  }
  return result;
}

function fetch(self: Hash, args: readonly Value[], call: Call): Value {
  const key = keyOf(args[0] ?? null);
  const value = self.get(key);
  if (value !== undefined) return value;
  if (call.block !== null) return call.yield(key);
  if (args[1] !== undefined) return args[1];
  throw fail.notFound(`the hash has no key '${key}'`);
}

function remove(self: Hash, key: Value): Value {
  const name = keyOf(key);
  const value = self.get(name) ?? null;
  self.delete(name);
  return value;
}

/** True if some pair makes the block give `wanted`. */
function some(self: Hash, call: Call, wanted: boolean): boolean {
  return pairsOf(self).some((pair) => truthy(yieldPair(call, pair)) === wanted);
}

/** The pair whose key by the block is smallest (`sign` 1) or largest (-1). */
function extreme(self: Hash, call: Call, sign: 1 | -1): Value {
  let best: Pair | null = null;
  let bestKey: Value = null;
  for (const pair of pairsOf(self)) {
    const key = yieldPair(call, pair);
    if (best !== null && compare(key, bestKey) * sign >= 0) continue;
    best = pair;
    bestKey = key;
  }
  return best;
}

function partition(self: Hash, call: Call): Value {
  const [kept, rest]: [Hash, Hash] = [new Map(), new Map()];
  for (const pair of pairsOf(self)) (truthy(yieldPair(call, pair)) ? kept : rest).set(...pair);
  return [kept, rest];
}

function groupBy(self: Hash, call: Call): Value {
  const groups = new Map<string, Value[]>();
  for (const pair of pairsOf(self)) {
    const key = keyOf(yieldPair(call, pair));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [pair]);
    else group.push(pair);
  }
  return groups;
}

/** The block gets what has come together so far, the key and the value. */
function reduce(self: Hash, args: readonly Value[], call: Call): Value {
  let total = args[0] ?? null;
  for (const [key, value] of pairsOf(self)) total = call.vm.yieldMany(call.block, [total, key, value], call.by);
  return total;
}

function sum(self: Hash, call: Call): Value {
  let total: Value = 0;
  let at = 0;
  for (const pair of pairsOf(self)) {
    const value = yieldPair(call, pair);
    total = at++ === 0 ? value : add(total, value, (part) => call.vm.display(part, call.by));
  }
  return total;
}

export const HASH_TABLE: MethodTable<Hash> = {
  length: (self) => self.size,
  'empty?': (self) => self.size === 0,
  keys: (self) => [...self.keys()],
  values: (self) => [...self.values()],
  each: [
    WITH_BLOCK,
    (self, _args, call) => {
      for (const pair of pairsOf(self)) yieldPair(call, pair);
      return self;
    },
  ],
  map: [WITH_BLOCK, (self, _args, call) => pairsOf(self).map((pair) => yieldPair(call, pair))],
  keep: [WITH_BLOCK, (self, _args, call) => filtered(self, call, true)],
  reject: [WITH_BLOCK, (self, _args, call) => filtered(self, call, false)],
  map_values: [
    WITH_BLOCK,
    (self, _args, call) => new Map(pairsOf(self).map(([key, value]): Pair => [key, call.yield(value)])),
  ],
  map_keys: [
    WITH_BLOCK,
    (self, _args, call) => new Map(pairsOf(self).map(([key, value]): Pair => [keyOf(call.yield(key)), value])),
  ],
  flat_map: [
    WITH_BLOCK,
    (self, _args, call) => {
      const flat: Value[] = [];
      for (const pair of pairsOf(self)) {
        const made = yieldPair(call, pair);
        if (Array.isArray(made)) for (const item of made) flat.push(item);
        else flat.push(made);
        checkItems(flat.length);
      }
      return flat;
    },
  ],
  reduce: [{ params: ['initial'], ...WITH_BLOCK }, reduce],
  sum: [WITH_BLOCK, (self, _args, call) => sum(self, call)],
  min_by: [WITH_BLOCK, (self, _args, call) => extreme(self, call, 1)],
  max_by: [WITH_BLOCK, (self, _args, call) => extreme(self, call, -1)],
  partition: [WITH_BLOCK, (self, _args, call) => partition(self, call)],
  group_by: [WITH_BLOCK, (self, _args, call) => groupBy(self, call)],
  'any?': [OPTIONAL_BLOCK, (self, _args, call) => (call.block === null ? self.size > 0 : some(self, call, true))],
  'all?': [WITH_BLOCK, (self, _args, call) => !some(self, call, false)],
  'none?': [OPTIONAL_BLOCK, (self, _args, call) => (call.block === null ? self.size === 0 : !some(self, call, true))],
  count: [
    OPTIONAL_BLOCK,
    (self, _args, call) =>
      call.block === null ? self.size : pairsOf(self).filter((pair) => truthy(yieldPair(call, pair))).length,
  ],
  find: [WITH_BLOCK, (self, _args, call) => pairsOf(self).find((pair) => truthy(yieldPair(call, pair))) ?? null],
  'has_key?': [['key'], (self, args) => self.has(keyOf(args[0] ?? null))],
  'has_value?': [['value'], (self, args) => [...self.values()].some((value) => equal(value, args[0] ?? null))],
  key_of: [['value'], (self, args) => pairsOf(self).find(([, value]) => equal(value, args[0] ?? null))?.[0] ?? null],
  first: [
    ['count?'],
    (self, args) => {
      if (args[0] !== undefined) return pairsOf(self).slice(0, countArg(args[0], 'the count'));
      const [pair = null] = self;
      return pair;
    },
  ],
  shift: (self) => {
    const [pair = null] = self;
    if (pair !== null) self.delete(pair[0]);
    return pair;
  },
  slice: [
    ['*keys'],
    (self, args) => {
      const part: Hash = new Map();
      for (const key of args.map(keyOf)) {
        const value = self.get(key);
        if (value !== undefined) part.set(key, value);
      }
      return part;
    },
  ],
  except: [
    ['*keys'],
    (self, args) => {
      const rest = new Map(self);
      for (const key of args) rest.delete(keyOf(key));
      return rest;
    },
  ],
  values_at: [['*keys'], (self, args) => args.map((key) => self.get(keyOf(key)) ?? null)],
  compact: (self) => new Map(pairsOf(self).filter(([, value]) => value !== null)),
  invert: (self) => new Map(pairsOf(self).map(([key, value]): Pair => [keyOf(value), key])),
  update: [{ params: ['*hashes'], block: 'optional' }, (self, args, call) => mergeInto(self, args, call)],
  delete: [['key'], (self, args) => remove(self, args[0] ?? null)],
  merge: [{ params: ['*hashes'], block: 'optional' }, (self, args, call) => mergeInto(new Map(self), args, call)],
  fetch: [{ params: ['key', 'default?'], block: 'optional' }, fetch],
  to_array: (self) => pairsOf(self),
  dig: [['*path'], (self, args) => dig(self, args)],
  sort_by: [WITH_BLOCK, (self, _args, call) => sortedBy(pairsOf(self), (pair) => yieldPair(call, pair))],
  clear: (self) => {
    self.clear();
    return self;
  },
  copy: (self) => new Map(self),
};

export const hashMethods = fillFrom<Hash>(HASH_TABLE);
