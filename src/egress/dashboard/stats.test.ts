import { expect, test } from 'vitest';
import { journalRow } from '../../../test/helpers/journal-rows.ts';
import type { JournalRow } from '../journal/row.ts';
import { Histogram } from './histogram.ts';
import { outcomeOf, Stats, WINDOW_S } from './stats.ts';

const NOW = 1_000_000_000;

function row(changes: Partial<JournalRow> = {}): JournalRow {
  return journalRow({ at: NOW - 10_000, ms: 20, ...changes });
}

const denial = (changes: Partial<JournalRow> = {}): JournalRow =>
  row({ verdict: 'denied', status: null, error: 'NET_HOST_NOT_ALLOWED', address: null, ms: 0.1, ...changes });

function statsOf(rows: readonly JournalRow[]): Stats {
  const stats = new Stats();
  for (const each of rows) stats.add(each, NOW);
  return stats;
}

test('a percentile is at most 5 % too high, and never too low', () => {
  const histogram = new Histogram();
  expect(histogram.percentile(0.5)).toBeNull();
  for (let ms = 1; ms <= 1_000; ms++) histogram.add(ms);
  for (const [share, exact] of [
    [0.5, 500],
    [0.95, 950],
    [0.99, 990],
  ] as const) {
    const said = histogram.percentile(share) ?? 0;
    expect(said).toBeGreaterThanOrEqual(exact);
    expect(said).toBeLessThanOrEqual(exact * 1.051);
  }
  const other = new Histogram();
  other.add(1e12);
  other.add(0);
  histogram.addAll(other);
  expect(histogram.percentile(1)).toBeGreaterThan(86_400_000);
  histogram.removeAll(other);
  expect(histogram.percentile(1)).toBeLessThan(1_051);
});

test('what went wrong outside has failed, what the policy refused is denied', () => {
  expect(outcomeOf(row())).toBe('ok');
  expect(outcomeOf(row({ verdict: 'reported' }))).toBe('ok');
  expect(outcomeOf(row({ status: 404 }))).toBe('ok');
  expect(outcomeOf(row({ status: 500 }))).toBe('failed');
  expect(outcomeOf(row({ verdict: 'error', error: 'NET_TIMEOUT' }))).toBe('failed');
  expect(outcomeOf(denial())).toBe('denied');
});

test('calls count in the second that they ended in', () => {
  const { until, series, perSecond, calls } = statsOf([row(), row({ ms: 3_000 }), denial()]).snapshot(NOW);
  const at = (second: number): number => WINDOW_S - 1 - (until - second);
  const second = NOW / 1_000 - 10;
  expect(until).toBe(NOW / 1_000 - 2);
  expect(series.ok).toHaveLength(WINDOW_S);
  expect([series.ok[at(second)], series.denied[at(second)], series.ok[at(second + 3)]]).toEqual([1, 1, 1]);
  expect([calls, perSecond]).toEqual([3, 3 / 60]);
});

test('durations are those of calls that went out', () => {
  const rows = [row({ ms: 100 }), row({ ms: 5_000, cached: true }), denial({ ms: 5_000 })];
  const { p50, p99, series } = statsOf(rows).snapshot(NOW);
  expect(p99).toBe(p50);
  expect(p50).toBeGreaterThanOrEqual(100);
  expect(p50).toBeLessThan(105.1);
  // A point of the curve stands for the ten seconds up to it.
  expect(series.p50.filter((each) => each !== null)).toHaveLength(9);
});

test('rows beyond the window, of clocks that are far ahead, and of the egress itself count nothing', () => {
  const rows = [
    row({ at: NOW - 400_000 }),
    row({ at: NOW + 3_600_000 }),
    row({ at: Number.NaN }),
    row({ verdict: 'state' }),
  ];
  expect(statsOf(rows).snapshot(NOW)).toMatchObject({ calls: 0, apps: [], p99: null });
});

test('the window slides', () => {
  const stats = statsOf([row(), denial()]);
  expect(stats.snapshot(NOW)).toMatchObject({ calls: 2, denied: 1 });
  expect(stats.snapshot(NOW + WINDOW_S * 1_000)).toMatchObject({ calls: 0, denied: 0, deniedHosts: [], apps: [] });
});

test('hosts and apps come by how many, and the most are eight', () => {
  const rows = Array.from({ length: 20 }, (_, index) =>
    Array.from({ length: index + 1 }, () => denial({ host: `h${index}.test`, app: `app${index}` })),
  ).flat();
  const { deniedHosts, deniedHostCount, apps, appCount, namesAreAll } = statsOf([
    ...rows,
    row({ app: 'app19', status: 503 }),
  ]).snapshot(NOW);
  expect(deniedHosts).toHaveLength(8);
  expect([deniedHostCount, appCount, namesAreAll]).toEqual([20, 20, true]);
  expect(deniedHosts[0]).toEqual({ name: 'h19.test', count: 20 });
  expect(apps[0]).toEqual({ name: 'app19', calls: 21, denied: 20, failed: 1 });
});

test('names of one second are bounded, calls are counted all the same', () => {
  const stats = statsOf(
    Array.from({ length: 10_000 }, (_, index) => denial({ host: `h${index}.test`, app: `a${index}` })),
  );
  stats.add(denial({ host: 'h0.test', app: 'a0' }), NOW);
  const { denied, deniedHosts, namesAreAll } = stats.snapshot(NOW);
  expect(denied).toBe(10_001);
  expect(deniedHosts[0]).toEqual({ name: 'h0.test', count: 2 });
  expect(namesAreAll).toBe(false);
});
