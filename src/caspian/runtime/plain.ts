/**
 * Values as plain data and back. Powerless side. What crosses to the kernel is copied once, before any check: nothing
 * that a script does later changes what was checked (test/attacks/caspian-plain-copy).
 */
import { fail } from './errors.ts';
import { MAX_NESTING, MAX_PLAIN_NODES, tooNested } from './limits.ts';
import { decodeUtf8, typeName } from './text.ts';
import { Bytes, type Value } from './values.ts';

export type Plain = null | boolean | number | string | Uint8Array | Plain[] | PlainObject;
/** Made without a prototype; keys are the script's. */
export interface PlainObject {
  [key: string]: Plain;
}

const encoder = new TextEncoder();

/** A deep copy as plain data. Raises for functions, classes and objects, for cycles, and past the caps. `what` names it in messages. */
export function toPlain(value: Value, what = 'the value'): Plain {
  return new Copier(what).copy(value, 0);
}

class Copier {
  readonly #what: string;
  #nodes = 0;

  constructor(what: string) {
    this.#what = what;
  }

  copy(value: Value, depth: number): Plain {
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof Bytes) return value.data.slice();
    if (depth > MAX_NESTING) tooNested();
    if (Array.isArray(value)) {
      this.#count(value.length);
      return value.map((item) => this.copy(item, depth + 1));
    }
    if (!(value instanceof Map)) {
      throw fail.argument(`${this.#what} must be plain data: it holds a ${typeName(value)}`);
    }
    this.#count(value.size);
    const copy: PlainObject = Object.create(null);
    for (const [key, item] of value) copy[key] = this.copy(item, depth + 1);
    return copy;
  }

  #count(more: number): void {
    this.#nodes += more + 1;
    if (this.#nodes > MAX_PLAIN_NODES) throw fail.tooLarge(`${this.#what} holds more than ${MAX_PLAIN_NODES} values`);
  }
}

/** Plain data of the host's as values; undefined becomes null. The data is trusted to be a tree. */
export function fromPlain(data: unknown): Value {
  if (data === null || data === undefined) return null;
  if (typeof data === 'boolean' || typeof data === 'number' || typeof data === 'string') return data;
  if (data instanceof Uint8Array) return new Bytes(data);
  if (Array.isArray(data)) return data.map(fromPlain);
  const entries = data instanceof Map ? [...data] : typeof data === 'object' ? Object.entries(data) : null;
  if (entries === null) throw new TypeError('no plain data');
  return new Map(entries.map(([key, item]) => [String(key), fromPlain(item)]));
}

/** The bytes of a string (its UTF-8) or of a bytes value; raises for anything else. Not a copy: read it, never write. */
export function bytesOf(value: Value | undefined, what: string): Uint8Array {
  if (value instanceof Bytes) return value.data;
  if (typeof value === 'string') return encoder.encode(value);
  throw fail.argument(`${what} must be a string or bytes, not ${typeName(value ?? null)}`);
}

/** The text of a string or of a bytes value; raises for anything else. */
export function textOf(value: Value | undefined, what: string): string {
  if (typeof value === 'string') return value;
  if (value instanceof Bytes) return decodeUtf8(value.data);
  throw fail.argument(`${what} must be a string, not ${typeName(value ?? null)}`);
}
