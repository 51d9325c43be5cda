/** Tables of built-in methods. Powerless side. A table is read when its type is first used. */
import type { Call } from '../runtime/call.ts';
import { type Method, type NativeBody, NativeMethod, type NativeShape } from '../runtime/classes.ts';
import { fail } from '../runtime/errors.ts';
import { typeName } from '../runtime/text.ts';
import { ClassValue, type FunctionValue, Instance, type Value } from '../runtime/values.ts';

/** A method of values of type T: a getter, or positional parameters and a body, or a full shape and a body. */
export type Entry<T> =
  | ((self: T, call: Call) => Value)
  | readonly [readonly string[] | NativeShape, (self: T, args: readonly Value[], call: Call) => Value];

export type MethodTable<T> = Readonly<Record<string, Entry<T>>>;

/** Puts a table's methods into a class. The class only ever calls them on its own values. */
export function fillFrom<T extends Value>(table: MethodTable<T>): (methods: Map<string, Method>) => void {
  return (methods) => {
    for (const [name, entry] of Object.entries(table)) methods.set(name, methodFrom(name, entry));
  };
}

function methodFrom<T extends Value>(name: string, entry: Entry<T>): NativeMethod {
  if (typeof entry === 'function') return new NativeMethod(name, {}, (self, _args, call) => entry(self as T, call));
  const [first, body] = entry;
  const shape = isParams(first) ? { params: first } : first;
  return new NativeMethod(name, shape, body as unknown as NativeBody);
}

function isParams(shape: readonly string[] | NativeShape): shape is readonly string[] {
  return Array.isArray(shape);
}

/** A class for the one object of a system method. */
export function singleton(name: string, table: MethodTable<Instance>): Instance {
  const url = `puck.uno/${name}`;
  return new Instance(new ClassValue({ name: url, url, role: 'stdlib', parent: null, fill: fillFrom(table) }), null);
}

export function numberArg(value: Value | undefined, what: string): number {
  if (typeof value === 'number') return value;
  throw fail.argument(`${what} must be a number, not ${typeName(value ?? null)}`);
}

/** A whole number, as a count or an index. */
export function wholeArg(value: Value | undefined, what: string): number {
  const number = numberArg(value, what);
  if (!Number.isInteger(number)) throw fail.argument(`${what} must be a whole number, not ${number}`);
  return number;
}

export function countArg(value: Value | undefined, what: string): number {
  const number = wholeArg(value, what);
  if (number < 0) throw fail.argument(`${what} must not be negative`);
  return number;
}

/** The block that an iteration works with; raises without one. */
export function blockOf(call: Call): FunctionValue {
  if (call.block === null) throw fail.argument('this needs a block');
  return call.block;
}

export const WITH_BLOCK: NativeShape = { block: 'required' };
export const OPTIONAL_BLOCK: NativeShape = { block: 'optional' };
