import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, decodeAll, Encoder, MAX_DEPTH, MAX_ITEMS, type WireValue } from './codec.ts';
import { WireViolation } from './violation.ts';

function encode(...values: WireValue[]): Uint8Array {
  const encoder = new Encoder(1_000_000);
  for (const value of values) encoder.write(value);
  return encoder.bytes.slice();
}

/** A list of one element inside a list … `depth` deep, as bytes. */
function nested(depth: number): Uint8Array {
  return Uint8Array.from([...Array.from({ length: depth }, () => [7, 1, 0, 0, 0]).flat(), 0]);
}

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.string({ unit: 'grapheme' }),
  fc.uint8Array(),
);
const { value: anyValue } = fc.letrec<{ value: WireValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 6, noNullPrototype: false }),
  ),
}));

describe('codec', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(decode(encode(value))).toEqual(normal(value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps the values of a call apart', () => {
    expect(decodeAll(encode('a', 2, null, [true]))).toEqual(['a', 2, null, [true]]);
    expect(decodeAll(new Uint8Array(0))).toEqual([]);
  });

  it('keeps -0, 2³¹ and text with zeros and astral characters', () => {
    const values: WireValue[] = [-0, 2 ** 31, -(2 ** 31), 2 ** 53, 'a\0b', '𝄞'.repeat(100), 'é', ''];
    expect(decodeAll(encode(...values))).toEqual(values);
  });

  it('makes records without a prototype, whatever the keys', () => {
    const bytes = encode(JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}'));
    const record = decode(bytes);
    expect(Object.getPrototypeOf(record)).toBe(null);
    expect(Object.keys(record as object)).toEqual(['__proto__', 'constructor']);
    expect(Reflect.get({}, 'polluted')).toBe(undefined);
  });

  it('refuses every cut of a message, and bytes after it', () => {
    const whole = encode({ list: [1, 2.5, 'text', new Uint8Array(9)], flag: true });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decode(whole.subarray(0, length))).toThrow(WireViolation);
    }
    expect(() => decode(Uint8Array.from([...whole, 0]))).toThrow(WireViolation);
  });

  it('never throws anything else, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          decodeAll(bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WireViolation);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it('bounds depth at both neighbours', () => {
    expect(() => decode(nested(MAX_DEPTH))).not.toThrow();
    expect(() => decode(nested(MAX_DEPTH + 1))).toThrow(WireViolation);
  });

  it('reserves nothing for a count that is not backed by bytes', () => {
    expect(() => decode(Uint8Array.from([7, 255, 255, 255, 255]))).toThrow(WireViolation);
    expect(() => decode(Uint8Array.from([8, 255, 255, 255, 255]))).toThrow(WireViolation);
    expect(() => decode(Uint8Array.from([6, 255, 255, 255, 127]))).toThrow(WireViolation);
  });

  it('bounds the number of parts', () => {
    const list = new Uint8Array(5 + MAX_ITEMS);
    new DataView(list.buffer).setUint32(1, MAX_ITEMS, true);
    list[0] = 7;
    expect(() => decode(list)).toThrow(WireViolation);
  });

  it('refuses what can not cross, and more bytes than it may', () => {
    const cycle: Record<string, WireValue> = {};
    cycle['self'] = cycle;
    expect(() => encode(cycle)).toThrow(WireViolation);
    expect(() => encode('x'.repeat(1_000_001))).toThrow(WireViolation);
  });
});

/** What crossing makes of a value: -0 stays, and strings become well-formed. */
function normal(value: WireValue | undefined): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (value instanceof Uint8Array || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item: WireValue) => normal(item));
  const record = Object.create(null);
  for (const [key, item] of Object.entries(value)) record[key.toWellFormed()] = normal(item);
  return record;
}
