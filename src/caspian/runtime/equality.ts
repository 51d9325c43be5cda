/**
 * `==`, and the order of values. Powerless side; calls no script's code.
 */
import { fail } from './errors.ts';
import { MAX_NESTING, tooNested } from './limits.ts';
import { display, typeName } from './text.ts';
import { Bytes, type Hash, type Value } from './values.ts';

const encoder = new TextEncoder();

/** By content for numbers, text, bytes, arrays and hashes (in any order of keys); by identity for everything else. */
export function equal(a: Value, b: Value): boolean {
  return (
    a === b ||
    (typeof a === 'object' && a !== null && equalInside(a, b, 0)) ||
    (b instanceof Bytes && equalInside(b, a, 0))
  );
}

function equalInside(a: Value, b: Value, depth: number): boolean {
  if (a === b) return true;
  if (a instanceof Bytes || b instanceof Bytes) return equalBytes(a, b);
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (depth > MAX_NESTING) tooNested();
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, at) => equalInside(item, b[at] ?? null, depth + 1));
  }
  return a instanceof Map && b instanceof Map && equalHashes(a, b, depth);
}

function equalHashes(a: Hash, b: Hash, depth: number): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    const other = b.get(key);
    if (other === undefined || !equalInside(value, other, depth + 1)) return false;
  }
  return true;
}

/** Bytes and strings are the same if the string's UTF-8 is those bytes. */
function equalBytes(a: Value, b: Value): boolean {
  const left = rawBytes(a);
  const right = rawBytes(b);
  if (left === null || right === null || left.length !== right.length) return false;
  return left.every((byte, at) => byte === right[at]);
}

function rawBytes(value: Value): Uint8Array | null {
  if (value instanceof Bytes) return value.data;
  return typeof value === 'string' ? encoder.encode(value) : null;
}

/** Below 0, 0 or above 0. Numbers, text and bytes, arrays of them; raises for what has no order. */
export function compare(a: Value, b: Value): number {
  return compareInside(a, b, 0);
}

function compareInside(a: Value, b: Value, depth: number): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  if (isText(a) && isText(b)) {
    const left = display(a);
    const right = display(b);
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    if (depth > MAX_NESTING) tooNested();
    for (let at = 0; at < a.length && at < b.length; at++) {
      const order = compareInside(a[at] ?? null, b[at] ?? null, depth + 1);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  throw fail.type(`${typeName(a)} and ${typeName(b)} have no order`);
}

function isText(value: Value): value is string | Bytes {
  return typeof value === 'string' || value instanceof Bytes;
}
