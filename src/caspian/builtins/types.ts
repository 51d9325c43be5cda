/**
 * The class of each kind of value. Powerless side. A value's methods come from these tables and from nowhere else: no
 * name of a script's is ever looked up on a JavaScript object.
 */
import type { Method } from '../runtime/classes.ts';
import { fail } from '../runtime/errors.ts';
import { Bytes, ClassValue, FunctionValue, type Instance, type Value } from '../runtime/values.ts';
import { arrayMethods } from './array.ts';
import { bytesMethods } from './bytes.ts';
import { classMethods, functionMethods } from './callable.ts';
import { hashMethods } from './hash.ts';
import { numberMethods } from './number.ts';
import { universalMethods } from './object.ts';
import { stringMethods } from './string.ts';

type Fill = (methods: Map<string, Method>) => void;

function builtin(name: string, fill?: Fill): ClassValue {
  const url = `puck.uno/${name}`;
  return new ClassValue({ name: url, url, role: 'stdlib', parent: null, ...(fill === undefined ? {} : { fill }) });
}

const nullClass = builtin('null');
const booleanClass = builtin('boolean');
const numberClass = builtin('number', (methods) => numberMethods(methods));
const stringClass = builtin('string', (methods) => stringMethods(methods));
const bytesClass = builtin('bytes', (methods) => bytesMethods(methods));
const arrayClass = builtin('array', (methods) => arrayMethods(methods));
const hashClass = builtin('hash', (methods) => hashMethods(methods));
const functionClass = builtin('function', (methods) => functionMethods(methods));
const classClass = builtin('class', (methods) => classMethods(methods));

const ALL = [
  nullClass,
  booleanClass,
  numberClass,
  stringClass,
  bytesClass,
  arrayClass,
  hashClass,
  functionClass,
  classClass,
];

export function classOf(value: Exclude<Value, Instance>): ClassValue {
  switch (typeof value) {
    case 'string':
      return stringClass;
    case 'number':
      return numberClass;
    case 'boolean':
      return booleanClass;
    default:
      if (value === null) return nullClass;
      if (Array.isArray(value)) return arrayClass;
      if (value instanceof Map) return hashClass;
      if (value instanceof FunctionValue) return functionClass;
      if (value instanceof Bytes) return bytesClass;
      if (value instanceof ClassValue) return classClass;
      throw fail.type('this is no value');
  }
}

/** A class of plain values by its URL, or null. */
export function builtinClassAt(url: string): ClassValue | null {
  return ALL.find((cls) => cls.url === url) ?? null;
}

let universal: Map<string, Method> | null = null;

/** What every value answers. */
export function universalMethod(name: string): Method | undefined {
  if (universal === null) {
    universal = new Map();
    universalMethods(universal);
  }
  return universal.get(name);
}
