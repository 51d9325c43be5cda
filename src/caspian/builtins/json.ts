/**
 * JSON both ways. Powerless side. A parser of our own: the order of keys is kept, whatever they look like, and depth is
 * capped.
 */
import { fail } from '../runtime/errors.ts';
import { checkText, MAX_NESTING, tooNested } from '../runtime/limits.ts';
import { charge } from '../runtime/memory.ts';
import { decodeUtf8, typeName } from '../runtime/text.ts';
import { Bytes, type Value } from '../runtime/values.ts';

const INDENT = '  ';
/** About what a value takes. */
const VALUE_BYTES = 48;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** The value of a JSON text. Throws a Failure of type puck.uno/error/json that says where. */
export function parseJson(text: string): Value {
  const reader = new Reader(text);
  return reader.document();
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Value {
    const value = this.#value(0);
    this.#space();
    if (this.#at < this.#text.length) this.#fail('something stands behind the value');
    return value;
  }

  #fail(message: string): never {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    throw fail.json(`this is no JSON: ${message} (line ${line}, column ${column})`);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  #value(depth: number): Value {
    charge(VALUE_BYTES);
    this.#space();
    if (depth > MAX_NESTING) this.#fail(`more than ${MAX_NESTING} levels inside each other`);
    switch (this.#text.charAt(this.#at)) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#array(depth);
      case '"':
        return this.#string();
      case 't':
        return this.#word('true', true);
      case 'f':
        return this.#word('false', false);
      case 'n':
        return this.#word('null', null);
      case '':
        return this.#fail('it ends too early');
      default:
        return this.#number();
    }
  }

  #word(word: string, value: Value): Value {
    if (!this.#text.startsWith(word, this.#at)) this.#fail('unknown word');
    this.#at += word.length;
    return value;
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const digits = NUMBER.exec(this.#text)?.[0];
    if (digits === undefined) return this.#fail('unexpected character');
    this.#at += digits.length;
    return Number(digits);
  }

  #string(): string {
    let text = '';
    this.#at++;
    for (;;) {
      PLAIN_TEXT.lastIndex = this.#at;
      PLAIN_TEXT.test(this.#text);
      text += this.#text.slice(this.#at, PLAIN_TEXT.lastIndex);
      this.#at = PLAIN_TEXT.lastIndex;
      const char = this.#text.charAt(this.#at);
      if (char === '"') {
        this.#at++;
        return text;
      }
      if (char !== '\\') this.#fail(char === '' ? 'a string is never closed' : 'a control character inside a string');
      text += this.#escape();
    }
  }

  #escape(): string {
    const char = this.#text.charAt(this.#at + 1);
    const simple = ESCAPES.get(char);
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6);
    if (char !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) this.#fail('unknown escape');
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  /** Past a comma (true) or the closing bracket (false). */
  #more(closing: string): boolean {
    this.#space();
    const char = this.#text.charAt(this.#at);
    if (char !== ',' && char !== closing) this.#fail(`expected ',' or '${closing}'`);
    this.#at++;
    return char === ',';
  }

  #isEmpty(closing: string): boolean {
    this.#at++;
    this.#space();
    if (this.#text.charAt(this.#at) !== closing) return false;
    this.#at++;
    return true;
  }

  #array(depth: number): Value[] {
    const items: Value[] = [];
    if (this.#isEmpty(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#more(']'));
    return items;
  }

  #object(depth: number): Value {
    const hash = new Map<string, Value>();
    if (this.#isEmpty('}')) return hash;
    do {
      this.#space();
      if (this.#text.charAt(this.#at) !== '"') this.#fail('a key must be a string');
      const key = this.#string();
      this.#space();
      if (this.#text.charAt(this.#at) !== ':') this.#fail("expected ':'");
      this.#at++;
      hash.set(key, this.#value(depth + 1));
    } while (this.#more('}'));
    return hash;
  }
}

/** The JSON text of a value. Raises for functions, classes and objects, for NaN and infinities, and past the caps. */
export function generateJson(value: Value, options: { readonly pretty: boolean } = { pretty: false }): string {
  return new Writer(options.pretty).text(value);
}

class Writer {
  readonly #pretty: boolean;
  #length = 0;

  constructor(pretty: boolean) {
    this.#pretty = pretty;
  }

  text(value: Value): string {
    return this.#write(value, 0);
  }

  #write(value: Value, depth: number): string {
    if (depth > MAX_NESTING) tooNested();
    if (!Array.isArray(value) && !(value instanceof Map)) return this.#count(scalar(value));
    const parts: string[] = [];
    if (Array.isArray(value)) {
      for (const item of value) parts.push(this.#write(item, depth + 1));
      return this.#enclose('[', ']', parts, depth);
    }
    const gap = this.#pretty ? ': ' : ':';
    for (const [key, item] of value) {
      parts.push(this.#count(JSON.stringify(key)) + gap + this.#write(item, depth + 1));
    }
    return this.#enclose('{', '}', parts, depth);
  }

  #count(text: string): string {
    this.#length += text.length + 2;
    checkText(this.#length);
    return text;
  }

  #enclose(open: string, close: string, parts: readonly string[], depth: number): string {
    this.#count(open + close);
    if (parts.length === 0 || !this.#pretty) return open + parts.join(',') + close;
    const inner = INDENT.repeat(depth + 1);
    this.#length += (parts.length + 1) * inner.length;
    checkText(this.#length);
    return `${open}\n${parts.map((part) => inner + part).join(',\n')}\n${INDENT.repeat(depth)}${close}`;
  }
}

function scalar(value: Value): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Bytes) return JSON.stringify(decodeUtf8(value.data));
  if (typeof value !== 'number') throw fail.json(`${typeName(value)} has no JSON`);
  if (!Number.isFinite(value)) throw fail.json(`${value} has no JSON`);
  return String(value);
}
