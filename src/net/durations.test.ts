import { expect, test } from 'vitest';
import { durationText, readDuration } from './durations.ts';

test.each([
  [5, 5_000],
  [0.5, 500],
  [0, 0],
  ['5', 5_000],
  ['0.5', 500],
  ['500ms', 500],
  ['30s', 30_000],
  ['1.5s', 1_500],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
])('%j is %i ms', (raw, ms) => {
  expect(readDuration(raw)).toEqual({ value: ms });
});

test.each([
  '',
  '.5',
  '5.',
  '5 m',
  '-5m',
  '5M',
  '5min',
  'm',
  '1e3s',
  '5m5s',
  '99999999999d',
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  {},
  [5],
])('%j is no duration', (raw) => {
  expect(readDuration(raw)).toHaveProperty('refused');
});

test('a duration is written as it can be read again', () => {
  for (const ms of [0, 1, 999, 1_000, 90_000, 300_000, 7_200_000, 604_800_000]) {
    expect(readDuration(durationText(ms))).toEqual({ value: ms });
  }
  expect(durationText(300_000)).toBe('5m');
});
