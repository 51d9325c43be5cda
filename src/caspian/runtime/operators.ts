/**
 * What the operators do once it is clear that the fast way for numbers does not apply. Powerless side.
 */
import { compare, equal } from './equality.ts';
import { fail } from './errors.ts';
import { checkItems, checkText } from './limits.ts';
import { charge } from './memory.ts';
import { bytesOf } from './plain.ts';
import { display, typeName } from './text.ts';
import { Bytes, type Hash, type Value } from './values.ts';

/** How far behind its end an array may be assigned to; the gap is filled with nulls. */
const MAX_GAP = 1_000_000;

type Show = (value: Value) => string;

/** `show` turns the right side of a string's `+` into text; it may call a `to_string`. */
export function add(a: Value, b: Value, show: Show): Value {
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string') {
    if (b instanceof Bytes) return joinBytes(bytesOf(a, ''), b.data);
    const text = typeof b === 'string' ? b : show(b);
    checkText(a.length + text.length);
    return a + text;
  }
  if (a instanceof Bytes) return joinBytes(a.data, b instanceof Bytes ? b.data : bytesOf(show(b), ''));
  if (Array.isArray(a) && Array.isArray(b)) {
    checkItems(a.length + b.length);
    return a.concat(b);
  }
  throw mismatch('+', a, b, typeof b === 'string' ? "to join text, begin with a string: '' + …" : undefined);
}

function mismatch(op: string, a: Value, b: Value, hint?: string) {
  return fail.type(`${typeName(a)} ${op} ${typeName(b)} is not possible`, hint);
}

export function joinBytes(a: Uint8Array, b: Uint8Array): Bytes {
  checkText(a.length + b.length);
  return new Bytes(joinParts([a, b]));
}

/** All parts in one. */
export function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function subtract(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (Array.isArray(a) && Array.isArray(b)) return without(a, b);
  throw mismatch('-', a, b);
}

/** The elements of `a` that `b` has none equal to. */
export function without(a: readonly Value[], b: readonly Value[]): Value[] {
  const simple = new Set<Value>(b.filter(isSimple));
  const rest = b.filter((item) => !isSimple(item));
  return a.filter((item) => !simple.has(item) && !rest.some((other) => equal(item, other)));
}

function isSimple(value: Value): boolean {
  return value === null || typeof value !== 'object';
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (typeof a === 'string' && typeof b === 'number') return repeat(a, b);
  if (a instanceof Bytes && typeof b === 'number') return repeatBytes(a, b);
  if (Array.isArray(a) && typeof b === 'number') {
    const times = countOf(b);
    checkItems(a.length * times);
    return Array.from({ length: times }, () => a).flat(1);
  }
  throw mismatch('*', a, b);
}

function countOf(times: number): number {
  if (!(times >= 0)) throw fail.argument(`nothing can be repeated ${times} times`);
  return Math.floor(times);
}

export function repeat(text: string, times: number): string {
  const count = countOf(times);
  checkText(text.length * count);
  return text.repeat(text === '' ? 0 : count);
}

export function repeatBytes(bytes: Bytes, times: number): Bytes {
  const count = countOf(times);
  const length = bytes.data.length * count;
  checkText(length);
  const whole = new Uint8Array(Number.isNaN(length) ? 0 : length);
  for (let at = 0; at < whole.length; at += bytes.data.length) whole.set(bytes.data, at);
  return new Bytes(whole);
}

export function divide(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  throw mismatch('/', a, b);
}

/** With the sign of the right side, as in Ruby. */
export function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

export function remainder(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return modulo(a, b);
  throw mismatch('%', a, b);
}

export function power(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return a ** b;
  throw mismatch('**', a, b);
}

export function negate(a: Value): Value {
  if (typeof a === 'number') return -a;
  throw fail.type(`-${typeName(a)} is not possible`);
}

/** `a < b`, `a <= b`, `a > b`, `a >= b`: false wherever a NaN takes part. */
export function ordered(op: '<' | '<=' | '>' | '>=', a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    switch (op) {
      case '<':
        return a < b;
      case '<=':
        return a <= b;
      case '>':
        return a > b;
      default:
        return a >= b;
    }
  }
  if (Array.isArray(a)) throw mismatch(op, a, b);
  const order = compare(a, b);
  switch (op) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

/** `a[key]`: arrays by number, hashes and text by key. Null where nothing is. */
export function elementOf(a: Value, key: Value): Value | undefined {
  if (Array.isArray(a)) {
    if (typeof key !== 'number') throw fail.type(`an array's index must be a number, not ${typeName(key)}`);
    const at = Math.trunc(key);
    return a[at < 0 ? a.length + at : at] ?? null;
  }
  if (a instanceof Map) return a.get(keyOf(key)) ?? null;
  return undefined;
}

/** A hash's key: text as it is, a number by its text. */
export function keyOf(key: Value): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || key instanceof Bytes) return display(key);
  throw fail.type(`a hash's key must be a string, not ${typeName(key)}`);
}

/** Bytes of a pair in the table of a hash. */
const PAIR_BYTES = 64;

/** Puts a pair into a hash: V8 doubles its table in one step. */
function put(hash: Hash, key: string, value: Value): void {
  const { size } = hash;
  if (size >= 4096 && (size & (size - 1)) === 0) charge(size * PAIR_BYTES);
  hash.set(key, value);
}

/** `a[key] = value` for arrays and hashes; false for anything else. */
export function setElement(a: Value, key: Value, value: Value): boolean {
  if (a instanceof Map) {
    put(a, keyOf(key), value);
    return true;
  }
  if (!Array.isArray(a)) return false;
  if (typeof key !== 'number') throw fail.type(`an array's index must be a number, not ${typeName(key)}`);
  let at = Math.trunc(key);
  if (at < 0) at += a.length;
  if (!(at >= 0)) throw fail.argument(`the array has no index ${key}: it holds ${a.length} elements`);
  if (at > a.length + MAX_GAP) throw fail.tooLarge(`index ${key} is more than ${MAX_GAP} behind the array's end`);
  if (at > a.length) checkItems(at);
  while (a.length < at) a.push(null);
  a[at] = value;
  return true;
}
