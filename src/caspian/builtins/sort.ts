/**
 * Sorting with a script's comparator or keys. Powerless side. A merge sort of our own: a comparator that lies gives some
 * order and never more than n log n calls, and one that raises leaves the array as it was.
 */
import type { Call } from '../runtime/call.ts';
import { compare } from '../runtime/equality.ts';
import { fail } from '../runtime/errors.ts';
import { typeName } from '../runtime/text.ts';
import type { Value } from '../runtime/values.ts';

type Compare<T> = (a: T, b: T) => number;

/** In order of value, or as the block says: below 0, 0 or above 0. Always a new array. */
export function sorted(items: readonly Value[], call: Call): Value[] {
  const { block } = call;
  if (block === null) return naturally(items);
  const order = call.vm.blockOfTwo(block, call.by);
  return mergeSort(items, (a, b) => {
    const result = order(a, b);
    if (typeof result !== 'number') throw fail.type(`the block of sort must give a number, not ${typeName(result)}`);
    return result;
  });
}

function naturally(items: readonly Value[]): Value[] {
  if (areNumbers(items)) return sortNumbers(items);
  // JavaScript's own order of strings is that of their units, which is ours.
  if (items.length <= MAX_NATIVE && items.every((item) => typeof item === 'string')) return items.slice().sort();
  return mergeSort(items, compare);
}

function areNumbers(items: readonly Value[]): items is readonly number[] {
  for (let at = 0; at < items.length; at++) if (typeof items[at] !== 'number') return false;
  return true;
}

/** Longer rows are sorted by our own code, which a limit can interrupt. */
const MAX_NATIVE = 2 ** 20;

function sortNumbers(numbers: readonly number[]): number[] {
  if (numbers.length > MAX_NATIVE) return mergeSort(numbers, (a, b) => a - b);
  const ordered: number[] = [];
  const raw = new Float64Array(numbers).sort();
  for (let at = 0; at < raw.length; at++) ordered.push(raw[at] as number);
  return ordered;
}

export function sortedBy<T extends Value>(items: readonly T[], keyOf: (item: T) => Value): T[] {
  // The block may change what is sorted.
  const own = items.slice();
  const keys: Value[] = [];
  for (let at = 0; at < own.length; at++) keys.push(keyOf(own[at] as T));
  const packed = packedKeys(keys);
  if (packed !== null) {
    packed.sort();
    const ordered: T[] = [];
    for (let at = 0; at < packed.length; at++) ordered.push(own[placeIn(packed[at] as number)] as T);
    return ordered;
  }
  const keyed = own.map((item, at) => ({ item, key: keys[at] as Value }));
  return mergeSort(keyed, (a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

/** Above the places of an array that keys are packed with. */
const PLACES = 2 ** 20;
const MAX_KEY = 2 ** 32;

/** Whole keys, each with its place behind it, as numbers that V8 sorts by itself; null where the keys are others. */
function packedKeys(keys: readonly Value[]): Float64Array | null {
  if (keys.length > PLACES) return null;
  const packed = new Float64Array(keys.length);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at];
    if (typeof key !== 'number' || Math.floor(key) !== key || key > MAX_KEY || key < -MAX_KEY) return null;
    packed[at] = key * PLACES + at;
  }
  return packed;
}

function placeIn(packed: number): number {
  return packed - Math.floor(packed / PLACES) * PLACES;
}

/** Stable. Works on copies from the start: the comparator may change what is sorted. */
function mergeSort<T>(items: readonly T[], order: Compare<T>): T[] {
  let from = items.slice();
  let to = items.slice();
  const { length } = from;
  for (let width = 1; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      merge(from, to, start, Math.min(start + width, length), Math.min(start + 2 * width, length), order);
    }
    [from, to] = [to, from];
  }
  return from;
}

function merge<T>(from: T[], to: T[], start: number, middle: number, end: number, order: Compare<T>): void {
  let left = start;
  let right = middle;
  for (let at = start; at < end; at++) {
    const takeLeft = left < middle && (right >= end || !(order(from[left] as T, from[right] as T) > 0));
    to[at] = (takeLeft ? from[left++] : from[right++]) as T;
  }
}
