/**
 * Values as bytes. Crosses: the script encodes arguments that the kernel decodes, and the other way round.
 * What is decoded is hostile: sizes are checked against what is there, depth and counts against limits, records have
 * null prototypes, and a `WireViolation` is the only thing that is thrown.
 *
 * Format: one tag byte, then little-endian data. Text is UTF-8 with a length; lengths and counts are 32 bits.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { WireViolation } from './violation.ts';

/** Plain data: all that may cross. A record's keys are any text, in order. */
export type WireValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly WireValue[]
  | { readonly [key: string]: WireValue | undefined };

const Tag = Object.freeze({
  NULL: 0,
  FALSE: 1,
  TRUE: 2,
  INTEGER: 3,
  DOUBLE: 4,
  TEXT: 5,
  BYTES: 6,
  LIST: 7,
  RECORD: 8,
});

/** Deepest nesting of lists and records. Options are three deep at most. */
export const MAX_DEPTH = 16;

/** Most elements, over all lists and records of one value: bounds the work that a small message can ask for. */
export const MAX_ITEMS = 262_144;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Reads UTF-8 out of private bytes. A host may hand in a faster one than TextDecoder. */
export type ReadText = (bytes: Uint8Array, start: number, end: number) => string;

/** `ReadText` by the standard's own decoder; malformed bytes become U+FFFD. */
export const readTextPlainly: ReadText = (bytes, start, end) => decoder.decode(bytes.subarray(start, end));

/** Text up to this length is written unit by unit: cheaper than a call of the encoder. */
const SHORT_TEXT = 48;

/** Encodes values into one buffer that grows and is reused: `bytes` is valid until the next `reset`. */
export class Encoder extends ByteWriter {
  /** What has been written since `reset`: a view, not a copy. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.written;
  }

  reset(): void {
    this.clear();
  }

  /** Appends a value. Throws WireViolation for what can't cross: a function, a cycle, more than `maxBytes`. */
  write(value: WireValue | undefined, depth = 0): void {
    if (value === null || value === undefined) this.tag(Tag.NULL);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.number(value, Tag.INTEGER, Tag.DOUBLE);
    else if (typeof value === 'boolean') this.tag(value ? Tag.TRUE : Tag.FALSE);
    else if (value instanceof Uint8Array) this.raw(Tag.BYTES, value);
    else if (typeof value !== 'object') throw new WireViolation(`a ${typeof value} can not cross`);
    else if (depth >= MAX_DEPTH) throw new WireViolation('the value is nested too deeply to cross');
    else if (isList(value)) this.#list(value, depth);
    else this.#record(value, depth);
  }

  #text(text: string): void {
    this.tag(Tag.TEXT);
    this.reserve(4 + text.length * 3);
    const start = this.length + 4;
    const written = text.length <= SHORT_TEXT ? this.#ascii(text, start) : -1;
    const size = written >= 0 ? written : encoder.encodeInto(text, this.buffer.subarray(start)).written;
    this.view.setUint32(this.length, size, true);
    this.length = start + size;
  }

  /** Writes text of ASCII only; -1 if it has anything else. */
  #ascii(text: string, start: number): number {
    const bytes = this.buffer;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit > 127) return -1;
      bytes[start + index] = unit;
    }
    return text.length;
  }

  #list(values: readonly WireValue[], depth: number): void {
    this.count(Tag.LIST, values.length);
    for (const value of values) this.write(value, depth + 1);
  }

  #record(record: { readonly [key: string]: WireValue | undefined }, depth: number): void {
    const keys = Object.keys(record);
    this.count(Tag.RECORD, keys.length);
    for (const key of keys) {
      this.#text(key);
      this.write(record[key], depth + 1);
    }
  }
}

function isList(value: WireValue): value is readonly WireValue[] {
  return Array.isArray(value);
}

/** Decodes one value out of private bytes, all of which must belong to it. Bytes within are views on `bytes`. */
export function decode(bytes: Uint8Array, readText: ReadText = readTextPlainly): WireValue {
  const reader = new Reader(bytes, readText);
  const value = reader.value(0);
  reader.finish();
  return value;
}

/** Decodes the values that follow one another in `bytes`: the arguments of a call. */
export function decodeAll(bytes: Uint8Array, readText: ReadText = readTextPlainly): WireValue[] {
  const reader = new Reader(bytes, readText);
  const values: WireValue[] = [];
  while (reader.more()) values.push(reader.value(0));
  return values;
}

class Reader extends ByteReader {
  readonly #readText: ReadText;

  constructor(bytes: Uint8Array, readText: ReadText) {
    super(bytes, MAX_ITEMS);
    this.#readText = readText;
  }

  value(depth: number): WireValue {
    if (depth > MAX_DEPTH) throw new WireViolation('the value is nested too deeply');
    this.part();
    switch (this.byte()) {
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
      case Tag.TEXT:
        return this.#text();
      case Tag.BYTES:
        return this.rawView();
      case Tag.LIST:
        return this.#list(depth);
      case Tag.RECORD:
        return this.#record(depth);
      default:
        throw new WireViolation('no value begins with this byte');
    }
  }

  #text(): string {
    const size = this.size();
    const start = this.take(size);
    return size === 0 ? '' : this.#readText(this.bytes, start, start + size);
  }

  #list(depth: number): WireValue[] {
    const count = this.size();
    // Grown as elements really come: a count alone never makes memory be reserved.
    const values: WireValue[] = [];
    for (let index = 0; index < count; index++) values.push(this.value(depth + 1));
    return values;
  }

  #record(depth: number): { [key: string]: WireValue } {
    const count = this.size();
    const record: { [key: string]: WireValue } = Object.create(null);
    for (let index = 0; index < count; index++) {
      if (this.byte() !== Tag.TEXT) throw new WireViolation('a key is not text');
      const key = this.#text();
      record[key] = this.value(depth + 1);
    }
    return record;
  }
}
