/**
 * Attack: negative, fractional or absurd amounts that give bytes or requests back.
 * Defence: bounds are whole numbers of 0 and more; what is counted is never less than nothing.
 */
import { expect, test } from 'vitest';
import { ArgumentError, BudgetExhaustedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const root = Capability.root(Grants.parse({ allowNet: true }));

test.each([-1, -0.5, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])('%s bytes', (bytes) => {
  const one = root.narrow(['*'], { max_bytes: 1 });
  one.countBytes(1);
  expect(() => one.countBytes(bytes)).toThrow(TypeError);
  expect(() => one.permitConnect({ operation: 'connect', host: 'a', port: 1 })).toThrow(BudgetExhaustedError);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '5', null, {}])('a bound of %s', (value) => {
  for (const key of ['max_bytes', 'max_requests']) {
    expect(() => root.narrow(['*'], { [key]: value })).toThrow(ArgumentError);
  }
});

test('a larger bound below a smaller one', () => {
  const small = root.narrow(['*'], { max_requests: 1, max_bytes: 1 });
  const large = small.narrow(['*'], { max_requests: 1_000_000, max_bytes: 1_000_000 });
  large.countBytes(1);
  expect(() => large.permitConnect({ operation: 'connect', host: 'a', port: 1 })).toThrow(BudgetExhaustedError);
});
