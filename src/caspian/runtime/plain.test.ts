import { expect, test } from 'vitest';
import { bytesOf, fromPlain, textOf, toPlain } from './plain.ts';
import { Bytes, type Value } from './values.ts';

test('there and back', () => {
  const value: Value = new Map<string, Value>([
    ['a', [1, 'x', null, true]],
    ['b', new Map([['c', new Bytes(Uint8Array.of(1, 2))]])],
  ]);
  const plain = toPlain(value);
  expect(Object.getPrototypeOf(plain)).toBeNull();
  expect(fromPlain(plain)).toEqual(value);
});

test('bytes are copied on the way out', () => {
  const bytes = new Bytes(Uint8Array.of(1));
  const plain = toPlain(bytes) as Uint8Array;
  plain[0] = 9;
  expect(bytes.data[0]).toBe(1);
});

test('a Map of the host becomes a hash in its order, undefined null', () => {
  const hash = fromPlain(
    new Map<string, unknown>([
      ['2', 1],
      ['1', undefined],
    ]),
  ) as Map<string, Value>;
  expect([...hash]).toEqual([
    ['2', 1],
    ['1', null],
  ]);
});

test('text and bytes of a value', () => {
  expect(textOf(new Bytes(Uint8Array.of(0xc3, 0xa9)), 'x')).toBe('é');
  expect([...bytesOf('é', 'x')]).toEqual([0xc3, 0xa9]);
  expect(() => textOf(1, 'the url')).toThrow(
    expect.objectContaining({ message: 'the url must be a string, not number' }),
  );
  expect(() => bytesOf(undefined, 'the body')).toThrow(expect.objectContaining({ type: 'puck.uno/error/argument' }));
});
