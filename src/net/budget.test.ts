import { describe, expect, test } from 'vitest';
import { Budget } from './budget.ts';
import { readNarrowing } from './grants/narrowing.ts';

function budget(options: object): Budget {
  return new Budget(readNarrowing(options));
}

function spend(of: Budget, now: number): string | number {
  const refused = of.refuse(now);
  if (refused === null) of.takeRequest(now);
  return refused === null ? 'ok' : (refused.retryAfter ?? refused.kind);
}

test('no bound, no end', () => {
  const free = budget({});
  for (let at = 0; at < 1000; at++) expect(spend(free, 0)).toBe('ok');
  expect(free.takeBytes(Number.MAX_SAFE_INTEGER)).toBe(true);
  expect(free.countsBytes).toBe(false);
});

test('requests: exactly so many', () => {
  const three = budget({ maxRequests: 3 });
  expect([0, 0, 0, 0, 0].map((now) => spend(three, now))).toEqual([
    'ok',
    'ok',
    'ok',
    'requests_spent',
    'requests_spent',
  ]);
  expect(spend(budget({ maxRequests: 0 }), 0)).toBe('requests_spent');
});

test('asking takes nothing', () => {
  const one = budget({ maxRequests: 1, rate: '1/min' });
  for (let at = 0; at < 10; at++) expect(one.refuse(0)).toBeNull();
  expect(spend(one, 0)).toBe('ok');
});

test('bytes: the last one may be taken, none after it', () => {
  const ten = budget({ maxBytes: 10 });
  expect(ten.countsBytes).toBe(true);
  expect(ten.takeBytes(9)).toBe(true);
  expect(ten.refuse(0)).toBeNull();
  expect(ten.takeBytes(1)).toBe(true);
  expect(ten.refuse(0)).toMatchObject({ kind: 'bytes_spent' });
  expect(ten.takeBytes(1)).toBe(false);
  expect(spend(budget({ maxBytes: 0 }), 0)).toBe('bytes_spent');
});

describe('rate', () => {
  test('a burst of the whole count, then one each share of the unit', () => {
    const rate = budget({ rate: '4/min' });
    expect([0, 0, 0, 0, 0].map((now) => spend(rate, now))).toEqual(['ok', 'ok', 'ok', 'ok', 15]);
    expect(spend(rate, 14_999)).toBe(0.001);
    expect(spend(rate, 15_000)).toBe('ok');
    expect(spend(rate, 15_000)).toBe(15);
    expect(spend(rate, 29_000)).toBe(1);
    expect(spend(rate, 30_000)).toBe('ok');
  });

  test('what was not used fills the bucket and no more', () => {
    const rate = budget({ rate: '2/s' });
    expect(spend(rate, 0)).toBe('ok');
    expect([1e6, 1e6, 1e6].map((now) => spend(rate, now))).toEqual(['ok', 'ok', 0.5]);
  });

  test.each([1, 3, 7, 11, 60, 997])(
    '%i/min: so many in the first minute and twice that in two, whatever the rounding',
    (count) => {
      const rate = budget({ rate: `${count}/min` });
      let allowed = 0;
      for (let at = 0; at < count * 3; at++) if (spend(rate, 12_345.678) === 'ok') allowed++;
      expect(allowed).toBe(count);
      for (let at = 0; at < count * 3; at++) if (spend(rate, 12_345.678 + 60_000) === 'ok') allowed++;
      expect(allowed).toBe(count * 2);
    },
  );

  test('a try after `retryAfter` succeeds', () => {
    for (const count of [1, 3, 7, 13]) {
      const rate = budget({ rate: `${count}/s` });
      let now = 5.5;
      for (let at = 0; at < 50; at++) {
        const wait = spend(rate, now);
        if (typeof wait !== 'number') continue;
        now += wait * 1000;
        expect(spend(rate, now)).toBe('ok');
      }
    }
  });
});
