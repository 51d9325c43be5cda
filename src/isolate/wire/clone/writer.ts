/**
 * Structured clone into bytes: how data leaves a host or a guest. Crosses; the same code runs on both sides, and never
 * on what came from the other.
 */
import { CaspianError } from '../../../errors/classes.ts';
import { toRecord } from '../../../errors/record.ts';
import { ByteWriter } from '../../../wire/bytes.ts';
import { MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH, MAX_MESSAGE_ITEMS } from '../limits.ts';
import { collisionsOf, MAX_COLLISIONS } from './collisions.ts';
import { PARTS_OF_ERROR, partsOfRegExp, Tag, VIEWS } from './format.ts';

/** The value can't cross. The message says what is wrong. */
export class CloneFault extends Error {}

/** Encodes one value after the other into one buffer that grows and is used again. */
export class CloneWriter extends ByteWriter {
  #items = 0;
  #collisions = 0;
  #busy = false;
  #first: object | null = null;
  #seen: Map<object, number> | null = null;
  readonly #stacks: 'kept' | 'dropped';

  /** `stacks`: whether an error takes its stack along. A host's must not: it tells of the host's files. */
  constructor(stacks: 'kept' | 'dropped' = 'kept') {
    super(MAX_MESSAGE_BYTES);
    this.#stacks = stacks;
  }

  /** The value's bytes: a view, valid until the next call. Throws CloneFault, and what a getter of the value throws. */
  encode(value: unknown): Uint8Array<ArrayBuffer> {
    // A getter of the value may send something itself.
    if (this.#busy) return new CloneWriter(this.#stacks).encode(value);
    this.clear();
    this.#items = 0;
    this.#collisions = 0;
    this.#busy = true;
    try {
      this.#value(value, 0);
    } finally {
      this.#busy = false;
      this.#first = null;
      this.#seen = null;
    }
    return this.written;
  }

  protected override refuse(message: string): Error {
    return new CloneFault(message);
  }

  #value(value: unknown, depth: number): void {
    this.#part(1);
    switch (typeof value) {
      case 'undefined':
        this.tag(Tag.UNDEFINED);
        return;
      case 'boolean':
        this.tag(value ? Tag.TRUE : Tag.FALSE);
        return;
      case 'number':
        this.number(value, Tag.INTEGER, Tag.DOUBLE);
        return;
      case 'string':
        this.#text(value);
        return;
      case 'bigint':
        this.tag(Tag.BIGINT);
        this.#text(value.toString(16));
        return;
      case 'object':
        if (value === null) {
          this.tag(Tag.NULL);
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
    const known = this.#placeOf(value);
    if (known !== null) {
      this.count(Tag.SEEN, known);
      return;
    }
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
        this.tag(Tag.DATE);
        this.#double(value.getTime());
        return;
      case '[object RegExp]':
        if (!(value instanceof RegExp)) break;
        this.#part(partsOfRegExp(value.source));
        this.tag(Tag.REGEXP);
        this.#text(value.source);
        this.#text(value.flags);
        return;
      case '[object Map]':
        if (!(value instanceof Map)) break;
        this.#map(value, depth);
        return;
      case '[object Set]':
        if (!(value instanceof Set)) break;
        this.#checkKeys(value, value.size);
        this.count(Tag.SET, value.size);
        for (const item of [...value]) this.#value(item, depth + 1);
        return;
      case '[object ArrayBuffer]':
        if (!(value instanceof ArrayBuffer)) break;
        this.raw(Tag.BUFFER, new Uint8Array(value));
        return;
      case '[object Boolean]':
      case '[object Number]':
      case '[object String]':
      case '[object BigInt]':
        this.tag(Tag.BOXED);
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

  /** Which of the objects it is, if it has come before; most messages are but one, and need no table. */
  #placeOf(value: object): number | null {
    if (this.#first === null) {
      this.#first = value;
      return null;
    }
    this.#seen ??= new Map([[this.#first, 0]]);
    const known = this.#seen.get(value);
    if (known !== undefined) return known;
    this.#seen.set(value, this.#seen.size);
    return null;
  }

  #array(values: readonly unknown[], depth: number): void {
    const { length } = values;
    if (length > MAX_MESSAGE_ITEMS) throw new CloneFault(`the value has more than ${MAX_MESSAGE_ITEMS} parts`);
    this.count(Tag.ARRAY, length);
    for (let index = 0; index < length; index++) {
      if (values[index] === undefined && !Object.hasOwn(values, index)) this.tag(Tag.HOLE);
      else this.#value(values[index], depth + 1);
    }
  }

  #map(value: Map<unknown, unknown>, depth: number): void {
    this.#checkKeys(value.keys(), value.size);
    this.count(Tag.MAP, value.size);
    for (const [key, item] of [...value]) {
      this.#value(key, depth + 1);
      this.#value(item, depth + 1);
    }
  }

  #checkKeys(keys: Iterable<unknown>, count: number): void {
    this.#collisions += collisionsOf(keys, count);
    if (this.#collisions > MAX_COLLISIONS)
      throw new CloneFault('the keys of a Map or a Set take too long to tell apart');
  }

  #part(count: number): void {
    this.#items += count;
    if (this.#items > MAX_MESSAGE_ITEMS) throw new CloneFault(`the value has more than ${MAX_MESSAGE_ITEMS} parts`);
  }

  #record(value: object, depth: number): void {
    const keys = Object.keys(value);
    this.count(Tag.OBJECT, keys.length);
    for (const key of keys) {
      if (key === '__proto__') throw new CloneFault('a key __proto__ can not be cloned');
      this.#text(key);
      this.#value(Reflect.get(value, key), depth + 1);
    }
  }

  #error(error: Error, depth: number): void {
    this.#part(PARTS_OF_ERROR);
    this.tag(Tag.ERROR);
    this.#text(String(error.name));
    this.#text(String(error.message));
    const kept = this.#stacks === 'kept' && typeof error.stack === 'string';
    this.#text(kept ? String(error.stack) : `${error.name}: ${error.message}`);
    this.#value(error instanceof CaspianError ? toRecord(error) : undefined, depth + 1);
    const hasCause = Object.hasOwn(error, 'cause') && depth < 8;
    this.#value(hasCause ? causeOf(error.cause) : undefined, depth + 1);
  }

  #viewed(value: ArrayBufferView): void {
    const kind = VIEWS.findIndex((View) => value instanceof View);
    if (kind < 0) throw new CloneFault('this kind of typed array can not be cloned');
    this.tag(Tag.VIEW);
    this.raw(kind, new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
  }

  #double(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  #text(text: string): void {
    const { length } = text;
    this.reserve(5 + length);
    const start = this.length + 5;
    const bytes = this.buffer;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 255) {
        this.#wideText(text);
        return;
      }
      bytes[start + index] = code;
    }
    this.count(Tag.LATIN1, length);
    this.length += length;
  }

  #wideText(text: string): void {
    const { length } = text;
    this.count(Tag.UTF16, length * 2);
    this.reserve(length * 2);
    for (let index = 0; index < length; index++) {
      this.view.setUint16(this.length + index * 2, text.charCodeAt(index), true);
    }
    this.length += length * 2;
  }
}

/** A cause that is no plain data is told as text, so that an error always crosses. */
function causeOf(cause: unknown): unknown {
  if (cause instanceof Error || cause === null || ['string', 'number', 'boolean'].includes(typeof cause)) return cause;
  return undefined;
}
