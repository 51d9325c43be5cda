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
  if (items.every((item) => typeof item === 'number')) return sortNumbers(items as readonly number[]);
  // JavaScript's own order of strings is that of their units, which is ours.
  if (items.length <= MAX_NATIVE && items.every((item) => typeof item === 'string')) return items.slice().sort();
  return mergeSort(items, compare);
}

/** Longer rows are sorted by our own code, which a limit can interrupt. */
const MAX_NATIVE = 2 ** 20;

function sortNumbers(numbers: readonly number[]): number[] {
  if (numbers.length > MAX_NATIVE) return mergeSort(numbers, (a, b) => a - b);
  const ordered: number[] = [];
  for (const number of Float64Array.from(numbers).sort()) ordered.push(number);
  return ordered;
}

export function sortedBy<T extends Value>(items: readonly T[], keyOf: (item: T) => Value): T[] {
  const keyed = items.slice().map((item) => ({ item, key: keyOf(item) }));
  if (keyed.every(({ key }) => typeof key === 'number')) {
    const byNumber = keyed as { item: T; key: number }[];
    return byNumber.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
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
