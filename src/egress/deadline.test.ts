import { expect, test } from 'vitest';
import { callTime, readDeadline } from './deadline.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const time = (more: Partial<Parameters<typeof callTime>[1]>) =>
  callTime(DEFAULT_SETTINGS, { operation: 'fetch', asked: undefined, entry: null, deadlineAt: null, now: 0, ...more });

test.each([
  [{}, 30_000],
  [{ entry: 10_000 }, 10_000],
  [{ asked: 5, entry: 10_000 }, 5_000],
  [{ asked: 600 }, 60_000],
  [{ asked: null }, 60_000],
  [{ deadlineAt: 2_000 }, 1_980],
  [{ deadlineAt: 2_000, asked: 1 }, 1_000],
  [{ deadlineAt: 70 }, 50],
])('%j leaves %i ms', (more, ms) => {
  expect(time(more)).toBe(ms);
});

test('under 50 ms left nothing is tried', () => {
  expect(() => time({ deadlineAt: 69 })).toThrow(expect.objectContaining({ code: 'NET_BUDGET', retryable: true }));
  expect(() => time({ deadlineAt: -5 })).toThrow(/0 ms are left/);
});

test('a deadline is seconds from now or a Date', () => {
  expect(readDeadline(2, 500, 1_000_000)).toBe(2_500);
  expect(readDeadline(new Date(1_003_000), 500, 1_000_000)).toBe(3_500);
  expect(readDeadline(undefined, 0, 0)).toBeNull();
  for (const wrong of ['2s', -1, Number.NaN, new Date(Number.NaN), {}]) {
    expect(() => readDeadline(wrong, 0, 0)).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
  }
});
