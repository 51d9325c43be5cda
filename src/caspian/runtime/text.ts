/**
 * Values as text: what `puts` and interpolation show, and what stands inside arrays and hashes. Powerless side.
 * SECURITY: never calls a method of a script, so showing a foreign object runs none of its code.
 */
import { checkText, MAX_NESTING, MAX_SHOWN } from './limits.ts';
import { Bytes, ClassValue, FunctionValue, type Value } from './values.ts';

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
  return new Inspector().show(value);
}

class Inspector {
  readonly #around: Value[] = [];
  #length = 0;

  show(value: Value): string {
    if (Array.isArray(value) || value instanceof Map) return this.#container(value);
    const text = inspectOne(value);
    this.#length += text.length + 2;
    checkText(this.#length, MAX_SHOWN);
    return text;
  }

  #container(value: Value[] | Map<string, Value>): string {
    const [open, close] = Array.isArray(value) ? '[]' : '{}';
    if (this.#around.length >= MAX_NESTING || this.#around.includes(value)) return `${open}...${close}`;
    this.#around.push(value);
    const parts: string[] = [];
    if (Array.isArray(value)) for (const item of value) parts.push(this.show(item));
    else for (const [key, item] of value) parts.push(`${this.#key(key)}: ${this.show(item)}`);
    this.#around.pop();
    this.#length += 4;
    checkText(this.#length, MAX_SHOWN);
    return `${open}${parts.join(', ')}${close}`;
  }

  #key(key: string): string {
    const text = showKey(key);
    this.#length += text.length;
    checkText(this.#length, MAX_SHOWN);
    return text;
  }
}

function inspectOne(value: Exclude<Value, Value[] | Map<string, Value>>): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof Bytes) return quote(utf8.decode(value.data));
  if (value instanceof FunctionValue) return `#<function ${value.code.name}>`;
  if (value instanceof ClassValue) return value.name;
  return `#<${value.cls.name}>`;
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
