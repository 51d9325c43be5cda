/**
 * Values as text: what `puts` and interpolation show, and what stands inside arrays and hashes. Powerless side.
 * SECURITY: never calls a method of a script, so showing a foreign object runs none of its code.
 */
import { MAX_NESTING } from './limits.ts';
import { Bytes, ClassValue, FunctionValue, Instance, type Value } from './values.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const PLAIN_KEY = /^[\p{L}_][\p{L}\p{M}\p{N}_]*[?!]?$/u;

export function decodeUtf8(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}

/** The text of a value: strings as they are, null as nothing. */
export function display(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value instanceof Bytes) return utf8.decode(value.data);
  return inspect(value);
}

/** The text of a value as one would write it: strings quoted. A container inside itself shows as `[...]`. */
export function inspect(value: Value): string {
  return inspectInside(value, []);
}

function inspectInside(value: Value, around: Value[]): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Bytes) return quote(utf8.decode(value.data));
  if (value instanceof FunctionValue) return `#<function ${value.code.name}>`;
  if (value instanceof ClassValue) return value.name;
  if (value instanceof Instance) return `#<${value.cls.name}>`;
  const isArray = Array.isArray(value);
  if (around.length >= MAX_NESTING || around.includes(value)) return isArray ? '[...]' : '{...}';
  around.push(value);
  const parts = isArray
    ? value.map((item) => inspectInside(item, around))
    : [...value].map(([key, item]) => `${showKey(key)}: ${inspectInside(item, around)}`);
  around.pop();
  return isArray ? `[${parts.join(', ')}]` : `{${parts.join(', ')}}`;
}

function showKey(key: string): string {
  return PLAIN_KEY.test(key) ? key : quote(key);
}

function quote(text: string): string {
  return `"${text.replace(/["\\\n\r\t\0]/g, escapeOne)}"`;
}

function escapeOne(char: string): string {
  switch (char) {
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    case '\0':
      return '\\0';
    default:
      return `\\${char}`;
  }
}

/** What kind of thing a value is, for messages and for `classes:` of a parameter. */
export function typeName(value: Value): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return 'boolean';
    case 'number':
      return 'number';
    case 'string':
      return 'string';
    default:
      if (Array.isArray(value)) return 'array';
      if (value instanceof Map) return 'hash';
      if (value instanceof Bytes) return 'bytes';
      if (value instanceof FunctionValue) return 'function';
      if (value instanceof ClassValue) return 'class';
      return value.cls.name;
  }
}
