/**
 * Structured clone as bytes: how data passes between a host and a guest. Crosses; the same code runs on both sides.
 * What is decoded is hostile: sizes are checked against what is there, depth and counts against limits, and nothing but
 * `WireViolation` is thrown. Prototypes do not cross, and no key sets one.
 */
import { WireViolation } from '../../wire/codec.ts';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH, MAX_MESSAGE_ITEMS } from './limits.ts';

/** The value can't cross. The message says what is wrong, and where in the value. */
export class CloneFault extends Error {}

const Tag = Object.freeze({
  UNDEFINED: 0,
  NULL: 1,
  FALSE: 2,
  TRUE: 3,
  INTEGER: 4,
  DOUBLE: 5,
  BIGINT: 6,
  LATIN1: 7,
  UTF16: 8,
  DATE: 9,
  REGEXP: 10,
  MAP: 11,
  SET: 12,
  BUFFER: 13,
  VIEW: 14,
  ERROR: 15,
  ARRAY: 16,
  OBJECT: 17,
  SEEN: 18,
  HOLE: 19,
  BOXED: 20,
});

const VIEWS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
] as const;

/** Errors that keep their class; all others arrive as Error with their own name. */
const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } as const;

/** Reads text out of private bytes. A host may hand in faster ones. */
export interface TextReader {
  latin1(bytes: Uint8Array, start: number, end: number): string;
  utf16(bytes: Uint8Array, start: number, end: number): string;
}

/** Characters that are made at a time: more arguments than this would overflow a stack. */
const PIECE = 4_096;

/** `TextReader` in the language alone. */
export const plainText: TextReader = Object.freeze({
  latin1(bytes: Uint8Array, start: number, end: number): string {
    let text = '';
    for (let at = start; at < end; at += PIECE) {
      text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + PIECE)));
    }
    return text;
  },
  utf16(bytes: Uint8Array, start: number, end: number): string {
    let text = '';
    for (let at = start; at < end; at += PIECE) {
      const piece = bytes.subarray(at, Math.min(end, at + PIECE));
      text += String.fromCharCode(...Array.from({ length: piece.length / 2 }, (_, i) => unit(piece, i * 2)));
    }
    return text;
  },
});

function unit(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

/** Encodes one value after the other into one buffer that grows and is used again. */
export class CloneWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1_024);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #items = 0;
  #seen: Map<object, number> | null = null;
  readonly #stacks: 'kept' | 'dropped';

  /** `stacks`: whether an error takes its stack along. A host's must not: it tells of the host's files. */
  constructor(stacks: 'kept' | 'dropped' = 'kept') {
    this.#stacks = stacks;
  }

  /** The value's bytes: a view, valid until the next call. Throws CloneFault, and what a getter of the value throws. */
  encode(value: unknown): Uint8Array<ArrayBuffer> {
    this.#length = 0;
    this.#items = 0;
    this.#seen = null;
    if (this.#bytes.length > 1_048_576) this.#allocate(1_024);
    this.#value(value, 0);
    return this.#bytes.subarray(0, this.#length);
  }

  #value(value: unknown, depth: number): void {
    this.#items += 1;
    if (this.#items > MAX_MESSAGE_ITEMS) throw new CloneFault(`the value has more than ${MAX_MESSAGE_ITEMS} parts`);
    switch (typeof value) {
      case 'undefined':
        this.#tag(Tag.UNDEFINED);
        return;
      case 'boolean':
        this.#tag(value ? Tag.TRUE : Tag.FALSE);
        return;
      case 'number':
        this.#number(value);
        return;
      case 'string':
        this.#text(value);
        return;
      case 'bigint':
        this.#tag(Tag.BIGINT);
        this.#text(value.toString(16));
        return;
      case 'object':
        if (value === null) {
          this.#tag(Tag.NULL);
          return;
        }
        this.#object(value, depth);
        return;
      default:
        throw new CloneFault(`a ${typeof value} can not be cloned`);
    }
  }

  #object(value: object, depth: number): void {
    if (depth >= MAX_MESSAGE_DEPTH) throw new CloneFault('the value is nested too deeply to be cloned');
    this.#seen ??= new Map();
    const known = this.#seen.get(value);
    if (known !== undefined) {
      this.#count(Tag.SEEN, known);
      return;
    }
    this.#seen.set(value, this.#seen.size);
    if (Array.isArray(value)) {
      this.#array(value, depth);
      return;
    }
    if (Object.getPrototypeOf(value) === Object.prototype) {
      this.#record(value, depth);
      return;
    }
    if (ArrayBuffer.isView(value)) {
      this.#viewed(value);
      return;
    }
    if (value instanceof Error) {
      this.#error(value, depth);
      return;
    }
    switch (Object.prototype.toString.call(value)) {
      case '[object Date]':
        if (!(value instanceof Date)) break;
        this.#tag(Tag.DATE);
        this.#double(value.getTime());
        return;
      case '[object RegExp]':
        if (!(value instanceof RegExp)) break;
        this.#tag(Tag.REGEXP);
        this.#text(value.source);
        this.#text(value.flags);
        return;
      case '[object Map]':
        if (!(value instanceof Map)) break;
        this.#map(value, depth);
        return;
      case '[object Set]':
        if (!(value instanceof Set)) break;
        this.#count(Tag.SET, value.size);
        for (const item of [...value]) this.#value(item, depth + 1);
        return;
      case '[object ArrayBuffer]':
        if (!(value instanceof ArrayBuffer)) break;
        this.#raw(Tag.BUFFER, new Uint8Array(value));
        return;
      case '[object Boolean]':
      case '[object Number]':
      case '[object String]':
      case '[object BigInt]':
        this.#tag(Tag.BOXED);
        this.#value(value.valueOf(), depth + 1);
        return;
      case '[object Promise]':
      case '[object WeakMap]':
      case '[object WeakSet]':
      case '[object WeakRef]':
      case '[object Symbol]':
      case '[object Generator]':
      case '[object AsyncGenerator]':
        throw new CloneFault(`${Object.prototype.toString.call(value).slice(8, -1)} objects can not be cloned`);
    }
    this.#record(value, depth);
  }

  #array(values: readonly unknown[], depth: number): void {
    const { length } = values;
    if (length > MAX_MESSAGE_ITEMS) throw new CloneFault(`the value has more than ${MAX_MESSAGE_ITEMS} parts`);
    this.#count(Tag.ARRAY, length);
    for (let index = 0; index < length; index++) {
      if (values[index] === undefined && !Object.hasOwn(values, index)) this.#tag(Tag.HOLE);
      else this.#value(values[index], depth + 1);
    }
  }

  #map(value: Map<unknown, unknown>, depth: number): void {
    this.#count(Tag.MAP, value.size);
    for (const [key, item] of [...value]) {
      this.#value(key, depth + 1);
      this.#value(item, depth + 1);
    }
  }

  #record(value: object, depth: number): void {
    const keys = Object.keys(value);
    this.#count(Tag.OBJECT, keys.length);
    for (const key of keys) {
      if (key === '__proto__') throw new CloneFault('a key __proto__ can not be cloned');
      this.#text(key);
      this.#value(Reflect.get(value, key), depth + 1);
    }
  }

  #error(error: Error, depth: number): void {
    this.#tag(Tag.ERROR);
    this.#text(String(error.name));
    this.#text(String(error.message));
    const kept = this.#stacks === 'kept' && typeof error.stack === 'string';
    this.#text(kept ? String(error.stack) : `${error.name}: ${error.message}`);
    const hasCause = Object.hasOwn(error, 'cause') && depth < 8;
    this.#value(hasCause ? causeOf(error.cause) : undefined, depth + 1);
  }

  #viewed(value: ArrayBufferView): void {
    const kind = VIEWS.findIndex((View) => value instanceof View);
    if (kind < 0) throw new CloneFault('this kind of typed array can not be cloned');
    this.#tag(Tag.VIEW);
    this.#raw(kind, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }

  #allocate(size: number): void {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_MESSAGE_BYTES) throw new CloneFault(`the value has more than ${MAX_MESSAGE_BYTES} bytes`);
    const old = this.#bytes;
    this.#allocate(Math.min(MAX_MESSAGE_BYTES, Math.max(needed, old.length * 2)));
    this.#bytes.set(old.subarray(0, this.#length));
  }

  #tag(tag: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = tag;
  }

  #count(tag: number, count: number): void {
    this.#reserve(5);
    this.#bytes[this.#length] = tag;
    this.#view.setUint32(this.#length + 1, count, true);
    this.#length += 5;
  }

  #number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) {
      this.#reserve(5);
      this.#bytes[this.#length] = Tag.INTEGER;
      this.#view.setInt32(this.#length + 1, value, true);
      this.#length += 5;
    } else {
      this.#tag(Tag.DOUBLE);
      this.#double(value);
    }
  }

  #double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  #text(text: string): void {
    const { length } = text;
    this.#reserve(5 + length);
    const start = this.#length + 5;
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 255) {
        this.#wideText(text);
        return;
      }
      bytes[start + index] = code;
    }
    this.#count(Tag.LATIN1, length);
    this.#length += length;
  }

  #wideText(text: string): void {
    const { length } = text;
    this.#count(Tag.UTF16, length * 2);
    this.#reserve(length * 2);
    for (let index = 0; index < length; index++) {
      this.#view.setUint16(this.#length + index * 2, text.charCodeAt(index), true);
    }
    this.#length += length * 2;
  }

  #raw(tag: number, value: Uint8Array): void {
    this.#count(tag, value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }
}

/** A cause that is no plain data is told as text, so that an error always crosses. */
function causeOf(cause: unknown): unknown {
  if (cause instanceof Error || cause === null || ['string', 'number', 'boolean'].includes(typeof cause)) return cause;
  return undefined;
}

/** Decodes one value out of private bytes, all of which must belong to it. Bytes within are copied out. */
export function decodeClone(bytes: Uint8Array, text: TextReader = plainText): unknown {
  const reader = new CloneReader(bytes, text);
  const value = reader.value(0);
  if (!reader.atEnd) throw new WireViolation('bytes are left over after the value');
  return value;
}

class CloneReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #textReader: TextReader;
  readonly #seen: unknown[] = [];
  #at = 0;
  #items = 0;

  constructor(bytes: Uint8Array, text: TextReader) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#textReader = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  value(depth: number): unknown {
    if (depth > MAX_MESSAGE_DEPTH) throw new WireViolation('the value is nested too deeply');
    if (++this.#items > MAX_MESSAGE_ITEMS)
      throw new WireViolation(`the value has more than ${MAX_MESSAGE_ITEMS} parts`);
    const tag = this.#bytes[this.#take(1)];
    switch (tag) {
      case Tag.UNDEFINED:
        return undefined;
      case Tag.NULL:
        return null;
      case Tag.FALSE:
        return false;
      case Tag.TRUE:
        return true;
      case Tag.INTEGER:
        return this.#view.getInt32(this.#take(4), true);
      case Tag.DOUBLE:
        return this.#view.getFloat64(this.#take(8), true);
      case Tag.BIGINT:
        return this.#bigint();
      case Tag.LATIN1:
      case Tag.UTF16:
        return this.#textOf(tag);
      case Tag.SEEN:
        return this.#seenBefore();
      case Tag.HOLE:
        throw new WireViolation('a hole outside of an array');
      default:
        return this.#object(tag ?? -1, depth);
    }
  }

  #object(tag: number, depth: number): unknown {
    switch (tag) {
      case Tag.DATE:
        return this.#keep(new Date(this.#view.getFloat64(this.#take(8), true)));
      case Tag.REGEXP:
        return this.#regexp();
      case Tag.MAP:
        return this.#map(depth);
      case Tag.SET:
        return this.#set(depth);
      case Tag.BUFFER:
        return this.#keep(this.#raw().buffer);
      case Tag.VIEW:
        return this.#viewed();
      case Tag.ERROR:
        return this.#error(depth);
      case Tag.ARRAY:
        return this.#array(depth);
      case Tag.OBJECT:
        return this.#record(depth);
      case Tag.BOXED: {
        const place = this.#seen.push(undefined) - 1;
        const boxed = Object(this.value(depth + 1));
        this.#seen[place] = boxed;
        return boxed;
      }
      default:
        throw new WireViolation('no value begins with this byte');
    }
  }

  #keep<T>(value: T): T {
    this.#seen.push(value);
    return value;
  }

  #seenBefore(): unknown {
    const index = this.#size();
    if (index >= this.#seen.length) throw new WireViolation('a reference to what has not come');
    return this.#seen[index];
  }

  /** The offset of the next `size` bytes, which are there. */
  #take(size: number): number {
    const start = this.#at;
    if (size > this.#bytes.length - start) throw new WireViolation('the value ends too early');
    this.#at = start + size;
    return start;
  }

  #size(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  #text(): string {
    return this.#textOf(this.#bytes[this.#take(1)] ?? -1);
  }

  #textOf(tag: number): string {
    if (tag !== Tag.LATIN1 && tag !== Tag.UTF16) throw new WireViolation('a text was to come');
    const size = this.#size();
    const start = this.#take(size);
    if (size === 0) return '';
    if (tag === Tag.LATIN1) return this.#textReader.latin1(this.#bytes, start, start + size);
    if (size % 2 !== 0) throw new WireViolation('half a character');
    return this.#textReader.utf16(this.#bytes, start, start + size);
  }

  /** Made of hexadecimal digits: reading decimal ones takes time that grows with the square of their count. */
  #bigint(): bigint {
    const text = this.#text();
    if (text.length > 262_144 || !/^-?[0-9a-f]+$/.test(text)) throw new WireViolation('no integer');
    return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
  }

  #regexp(): RegExp {
    const source = this.#text();
    const flags = this.#text();
    try {
      return this.#keep(new RegExp(source, flags));
    } catch {
      throw new WireViolation('no regular expression');
    }
  }

  #raw(): Uint8Array<ArrayBuffer> {
    const size = this.#size();
    const start = this.#take(size);
    // A copy that owns its memory, also where `bytes` is a Buffer.
    return new Uint8Array(this.#bytes.subarray(start, start + size));
  }

  #viewed(): ArrayBufferView {
    const View: (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined = VIEWS[this.#bytes[this.#take(1)] ?? -1];
    const { buffer } = this.#raw();
    if (View === undefined) throw new WireViolation('no such typed array');
    try {
      return this.#keep(new View(buffer));
    } catch {
      throw new WireViolation('half an element');
    }
  }

  #error(depth: number): Error {
    const place = this.#seen.push(undefined) - 1;
    const name = this.#text();
    const message = this.#text();
    const stack = this.#text();
    const Class = Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : Error;
    const error = new Class(message);
    if (error.name !== name) define(error, 'name', name);
    define(error, 'stack', stack);
    this.#seen[place] = error;
    const cause = this.value(depth + 1);
    if (cause !== undefined) define(error, 'cause', cause);
    return error;
  }

  #array(depth: number): unknown[] {
    const count = this.#size();
    // Grown as elements really come: a count alone never makes memory be reserved.
    const values: unknown[] = this.#keep([]);
    for (let index = 0; index < count; index++) {
      if (this.#bytes[this.#at] === Tag.HOLE) this.#hole(values, index);
      else values[index] = this.value(depth + 1);
    }
    return values;
  }

  #hole(values: unknown[], index: number): void {
    this.#at += 1;
    if (++this.#items > MAX_MESSAGE_ITEMS)
      throw new WireViolation(`the value has more than ${MAX_MESSAGE_ITEMS} parts`);
    values.length = index + 1;
  }

  #map(depth: number): Map<unknown, unknown> {
    const count = this.#size();
    const map = this.#keep(new Map<unknown, unknown>());
    for (let index = 0; index < count; index++) map.set(this.value(depth + 1), this.value(depth + 1));
    return map;
  }

  #set(depth: number): Set<unknown> {
    const count = this.#size();
    const set = this.#keep(new Set<unknown>());
    for (let index = 0; index < count; index++) set.add(this.value(depth + 1));
    return set;
  }

  /** SECURITY: a key `__proto__` never arrives, as a prototype or otherwise (test/attacks/isolate-prototype-keys.test.ts). */
  #record(depth: number): object {
    const count = this.#size();
    const record = this.#keep({} as { [key: string]: unknown });
    for (let index = 0; index < count; index++) {
      const key = this.#text();
      const value = this.value(depth + 1);
      if (key !== '__proto__') record[key] = value;
    }
    return record;
  }
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}
