/**
 * Structured clone out of bytes. Crosses; the same code runs on both sides. What is decoded is hostile: sizes are checked
 * against what is there, depth and counts against limits, and nothing but `WireViolation` is thrown. Prototypes do not
 * cross, and no key sets one.
 */
import { fromRecord } from '../../../errors/record.ts';
import { ByteReader } from '../../../wire/bytes.ts';
import { WireViolation } from '../../../wire/violation.ts';
import { MAX_MESSAGE_DEPTH, MAX_MESSAGE_ITEMS } from '../limits.ts';
import { collisionsOf, MAX_COLLISIONS } from './collisions.ts';
import { ERRORS, PARTS_OF_ERROR, partsOfRegExp, Tag, VIEWS } from './format.ts';
import { plainText, type TextReader } from './text.ts';

const ISOLATE_ERRORS = 'puck.uno/error/isolate';

/** Decodes one value out of private bytes, all of which must belong to it. Bytes within are copied out. */
export function decodeClone(bytes: Uint8Array, text: TextReader = plainText): unknown {
  const reader = new CloneReader(bytes, text);
  const value = reader.value(0);
  reader.finish();
  return value;
}

class CloneReader extends ByteReader {
  readonly #textReader: TextReader;
  readonly #seen: unknown[] = [];
  #collisions = 0;

  constructor(bytes: Uint8Array, text: TextReader) {
    super(bytes, MAX_MESSAGE_ITEMS);
    this.#textReader = text;
  }

  value(depth: number): unknown {
    if (depth > MAX_MESSAGE_DEPTH) throw new WireViolation('the value is nested too deeply');
    this.part();
    const tag = this.byte();
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
        return this.view.getInt32(this.take(4), true);
      case Tag.DOUBLE:
        return this.view.getFloat64(this.take(8), true);
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
        return this.#object(tag, depth);
    }
  }

  #object(tag: number, depth: number): unknown {
    switch (tag) {
      case Tag.DATE:
        return this.#keep(new Date(this.view.getFloat64(this.take(8), true)));
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
    const index = this.size();
    if (index >= this.#seen.length) throw new WireViolation('a reference to what has not come');
    return this.#seen[index];
  }

  #text(): string {
    return this.#textOf(this.byte());
  }

  #textOf(tag: number): string {
    if (tag !== Tag.LATIN1 && tag !== Tag.UTF16) throw new WireViolation('a text was to come');
    const size = this.size();
    const start = this.take(size);
    if (size === 0) return '';
    if (tag === Tag.LATIN1) return this.#textReader.latin1(this.bytes, start, start + size);
    if (size % 2 !== 0) throw new WireViolation('half a character');
    return this.#textReader.utf16(this.bytes, start, start + size);
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
    this.part(partsOfRegExp(source));
    try {
      return this.#keep(new RegExp(source, flags));
    } catch {
      throw new WireViolation('no regular expression');
    }
  }

  /** A copy that owns its memory, also where the bytes are a Buffer. */
  #raw(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.rawView());
  }

  #viewed(): ArrayBufferView {
    const View: (new (buffer: ArrayBuffer) => ArrayBufferView) | undefined = VIEWS[this.byte()];
    const { buffer } = this.#raw();
    if (View === undefined) throw new WireViolation('no such typed array');
    try {
      return this.#keep(new View(buffer));
    } catch {
      throw new WireViolation('half an element');
    }
  }

  #error(depth: number): Error {
    this.part(PARTS_OF_ERROR);
    const place = this.#seen.push(undefined) - 1;
    const name = this.#text();
    const message = this.#text();
    const stack = this.#text();
    const record = this.value(depth + 1);
    const Class = Object.hasOwn(ERRORS, name) ? ERRORS[name as keyof typeof ERRORS] : Error;
    const error = stackless(() => (isForeign(record) ? fromRecord(record) : new Class(message)));
    if (error.name !== name) define(error, 'name', name);
    define(error, 'stack', stack);
    this.#seen[place] = error;
    const cause = this.value(depth + 1);
    if (cause !== undefined) define(error, 'cause', cause);
    return error;
  }

  #array(depth: number): unknown[] {
    const count = this.size();
    // Grown as elements really come: a count alone never makes memory be reserved.
    const values: unknown[] = this.#keep([]);
    for (let index = 0; index < count; index++) {
      if (this.bytes[this.at] === Tag.HOLE) this.#hole(values, index);
      else values[index] = this.value(depth + 1);
    }
    return values;
  }

  #hole(values: unknown[], index: number): void {
    this.at += 1;
    this.part();
    values.length = index + 1;
  }

  #map(depth: number): Map<unknown, unknown> {
    const count = this.size();
    const map = this.#keep(new Map<unknown, unknown>());
    const keys: unknown[] = [];
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) {
      keys.push(this.value(depth + 1));
      values.push(this.value(depth + 1));
    }
    this.#checkKeys(keys);
    for (let index = 0; index < count; index++) map.set(keys[index], values[index]);
    return map;
  }

  #set(depth: number): Set<unknown> {
    const count = this.size();
    const set = this.#keep(new Set<unknown>());
    const keys: unknown[] = [];
    for (let index = 0; index < count; index++) keys.push(this.value(depth + 1));
    this.#checkKeys(keys);
    for (const key of keys) set.add(key);
    return set;
  }

  #checkKeys(keys: readonly unknown[]): void {
    this.#collisions += collisionsOf(keys, keys.length);
    if (this.#collisions > MAX_COLLISIONS) throw new WireViolation('the keys of a Map or a Set collide');
  }

  /** SECURITY: a key `__proto__` never arrives, as a prototype or otherwise (test/attacks/isolate-prototype-keys.test.ts). */
  #record(depth: number): object {
    const count = this.size();
    const record = this.#keep({} as { [key: string]: unknown });
    for (let index = 0; index < count; index++) {
      const key = this.#text();
      const value = this.value(depth + 1);
      if (key !== '__proto__') record[key] = value;
    }
    return record;
  }
}

/**
 * Whether an error is one of ours that may come from elsewhere. SECURITY: what an isolate has come to is for its host to
 * say, and no guest says it by throwing (test/attacks/isolate-forged-errors.test.ts).
 */
function isForeign(record: unknown): boolean {
  if (typeof record !== 'object' || record === null) return false;
  const type: unknown = Reflect.get(record, 'type');
  return typeof type === 'string' && !type.startsWith(ISOLATE_ERRORS);
}

/** SECURITY: to take down where an error was made takes longer than to read it (test/attacks/isolate-slow-values.test.ts). */
function stackless<T>(make: () => T): T {
  const limit: unknown = Reflect.get(Error, 'stackTraceLimit');
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}
