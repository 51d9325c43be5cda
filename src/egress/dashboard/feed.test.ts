import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import type { JournalFilter, NumberedRow } from '../journal/row.ts';
import { Feed, type Source } from './feed.ts';
import type { Told } from './told.ts';

const NOW = 1_000_000_000;
const POLL_MS = 500;

function row(id: number): NumberedRow {
  const plain = { app: 'a', method: 'GET', host: 'x.test', path: '/', status: 200, error: null, address: '192.0.2.1' };
  return {
    ...plain,
    id,
    at: NOW - 10_000,
    ms: 1,
    bytesIn: 0,
    bytesOut: 0,
    cached: false,
    tries: 1,
    verdict: 'ok',
    rule: null,
  };
}

function setUp() {
  const clock = new ManualClock();
  const journal = { rows: [] as NumberedRow[], asked: [] as JournalFilter[], away: false };
  const source: Source = {
    async journal(filter) {
      journal.asked.push(filter);
      if (journal.away) throw new Error('away');
      return journal.rows.filter(({ id }) => id > (filter.afterId ?? 0)).slice(-filter.limit);
    },
    limits: async ({ apps = [] } = {}) => [null, ...apps].map((app) => ({ app, held: 0, limit: 1, rate: '1/s' })),
  };
  const told: Told[] = [];
  const feed = new Feed(source, clock, () => NOW);
  const end = feed.listen((event) => told.push(event));
  const poll = async (): Promise<void> => {
    clock.advance(POLL_MS);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  return { journal, told, feed, end, poll };
}

const callsOf = (told: readonly Told[]) =>
  told.flatMap((event) => (event.type === 'snapshot' ? [event.data.calls] : []));
const idsOf = (told: readonly Told[]) =>
  told.flatMap(({ type, data }) => (type === 'rows' ? data.map(({ id }) => id) : []));

test('each row is told and counted once', async () => {
  const { journal, told, poll } = setUp();
  await poll();
  journal.rows.push(row(1), row(2));
  await poll();
  await poll();
  journal.rows.push(row(3));
  await poll();
  expect(idsOf(told)).toEqual([1, 2, 3]);
  expect(callsOf(told).at(-1)).toBe(3);
  expect(journal.asked.slice(-2).map(({ afterId }) => afterId)).toEqual([2, 2]);
  expect(told.at(-1)).toMatchObject({ type: 'snapshot', data: { limits: [{ app: null }, { app: 'a' }] } });
});

test('a state that is away is said, and asked again from where it was', async () => {
  const { journal, told, poll } = setUp();
  journal.rows.push(row(1));
  await poll();
  journal.away = true;
  await poll();
  expect(told.at(-1)).toEqual({ type: 'away', data: null });
  journal.away = false;
  journal.rows.push(row(2));
  await poll();
  expect(idsOf(told)).toEqual([1, 2]);
  expect(callsOf(told).at(-1)).toBe(2);
});

test('of a flood the newest rows are told, and all are counted', async () => {
  const { journal, told, poll } = setUp();
  await poll();
  for (let id = 1; id <= 5_000; id++) journal.rows.push(row(id));
  await poll();
  expect(idsOf(told)).toHaveLength(200);
  expect(idsOf(told).at(-1)).toBe(5_000);
  expect(callsOf(told).at(-1)).toBe(5_000);
});

test('who has ended hears no more, and a feed that is closed asks no more', async () => {
  const { journal, told, feed, end, poll } = setUp();
  await poll();
  end();
  const heard = told.length;
  await poll();
  expect(told).toHaveLength(heard);
  feed.close();
  const asked = journal.asked.length;
  await poll();
  expect(journal.asked).toHaveLength(asked);
});
