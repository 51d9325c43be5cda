import fc from 'fast-check';
import { expect, test } from 'vitest';
import { numberText } from './digits.ts';

test('writes each number as JavaScript does', () => {
  for (let number = 0; number < 30_000; number++) expect(numberText(number)).toBe(String(number));
  const edges = [-1, -0, 0.5, 9999, 10_000, 10_001, 99_999_999, 100_000_000, 2 ** 31, -(2 ** 31), 2 ** 53, Number.NaN];
  for (const number of edges) expect(numberText(number)).toBe(String(number));
  fc.assert(
    fc.property(fc.oneof(fc.integer(), fc.double()), (number) => {
      expect(numberText(number)).toBe(String(number));
    }),
  );
});
