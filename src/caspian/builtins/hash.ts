/** Methods of hashes. Powerless side. Blocks get key and value; one with a single parameter gets the pair. */
import type { Call } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { keyOf } from '../runtime/operators.ts';
import { typeName } from '../runtime/text.ts';
import { type Hash, truthy, type Value } from '../runtime/values.ts';
import { dig } from './array.ts';
import { sortedBy } from './sort.ts';
import { blockOf, fillFrom, type MethodTable, WITH_BLOCK } from './table.ts';

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

function merged(self: Hash, others: readonly Value[], call: Call): Hash {
  const result = new Map(self);
  for (const other of others) {
    if (!(other instanceof Map)) throw fail.argument(`merge takes hashes, not ${typeName(other)}`);
    for (const [key, value] of other) {
      const there = result.get(key);
      const both = there !== undefined && call.block !== null;
      result.set(key, both ? call.vm.yieldMany(call.block, [key, there, value], call.by) : value);
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

const OPTIONAL_BLOCK = { block: 'optional' } as const;

const TABLE: MethodTable<Hash> = {
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
  delete: [['key'], (self, args) => remove(self, args[0] ?? null)],
  merge: [{ params: ['*hashes'], block: 'optional' }, merged],
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

export const hashMethods = fillFrom<Hash>(TABLE);
