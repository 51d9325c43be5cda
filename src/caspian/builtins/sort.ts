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
  const { block, vm, by } = call;
  if (block === null) return naturally(items);
  return mergeSort(items, (a, b) => {
    const order = vm.yieldTwo(block, a, b, by);
    if (typeof order !== 'number') throw fail.type(`the block of sort must give a number, not ${typeName(order)}`);
    return order;
  });
}

function naturally(items: readonly Value[]): Value[] {
  if (items.every((item) => typeof item === 'number')) return items.slice().sort((a, b) => a - b);
  if (items.every((item) => typeof item === 'string')) return items.slice().sort(byUnits);
  return mergeSort(items, compare);
}

function byUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function sortedBy<T extends Value>(items: readonly T[], keyOf: (item: T) => Value): T[] {
  const keyed = items.slice().map((item) => ({ item, key: keyOf(item) }));
  return mergeSort(keyed, (a, b) => compare(a.key, b.key)).map(({ item }) => item);
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
