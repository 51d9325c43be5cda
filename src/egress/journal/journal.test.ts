import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import type { JournalStore } from '../state/state.ts';
import { Journal } from './journal.ts';
import type { JournalRow, JournalVerdict } from './row.ts';

function row(verdict: JournalVerdict = 'ok', at = 0): JournalRow {
  const error = verdict === 'ok' ? null : 'NET_X';
  const plain = { app: 'a', method: 'GET', host: 'x.test', path: '/', status: 200, address: null, ms: 1, rule: null };
  return { at, ...plain, error, bytesIn: 0, bytesOut: 0, cached: false, tries: 1, verdict };
}

class Store implements JournalStore {
  readonly batches: number[] = [];
  readonly rows: JournalRow[] = [];
  lost = 0;
  away = false;
  readonly purged: number[] = [];

  append(rows: readonly JournalRow[], dropped: number): void {
    if (this.away) throw new Error('away');
    this.batches.push(rows.length);
    this.rows.push(...rows);
    this.lost += dropped;
  }

  query(): [] {
    return [];
  }

  dropped(): number {
    return this.lost;
  }

  purge(before: number): boolean {
    this.purged.push(before);
    return false;
  }
}

function setUp() {
  const clock = new ManualClock();
  const store = new Store();
  let random = 0;
  const journal = new Journal({
    store,
    clock,
    wall: () => clock.now(),
    retentionMs: () => 10_000,
    random: () => random,
  });
  return {
    clock,
    store,
    journal,
    roll: (value: number) => {
      random = value;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function turns(): Promise<void> {
  for (let each = 0; each < 50; each++) await turn();
}

test('ok rows wait a second, and are one batch', async () => {
  const { journal, store, clock } = setUp();
  for (let each = 0; each < 20; each++) journal.add(row(), 1);
  await turns();
  expect(store.batches).toEqual([]);
  clock.advance(1_000);
  await turns();
  expect(store.batches).toEqual([20]);
});

test('500 rows do not wait', async () => {
  const { journal, store } = setUp();
  for (let each = 0; each < 500; each++) journal.add(row(), 1);
  await turns();
  expect(store.batches).toEqual([500]);
});

test('denials and errors do not wait, and a burst of them is one batch', async () => {
  const { journal, store } = setUp();
  for (let each = 0; each < 30; each++) journal.add(row('denied'), 1);
  await turns();
  expect(store.batches).toEqual([30]);
});

test('a flood of denials is a few writes, and none of them waits long', async () => {
  const { journal, store, clock } = setUp();
  for (let each = 0; each < 100; each++) {
    journal.add(row('denied', each), 1);
    await turn();
  }
  expect(store.batches).toEqual([1]);
  clock.advance(20);
  await turns();
  expect(store.batches).toEqual([1, 99]);
});

test('rows that come while others are written wait for their own second', async () => {
  const { journal, store, clock } = setUp();
  for (let each = 0; each < 500; each++) journal.add(row(), 1);
  const written = journal.flush();
  for (let each = 0; each < 7; each++) journal.add(row(), 1);
  await written;
  await turns();
  expect(store.batches).toEqual([500]);
  clock.advance(1_000);
  await turns();
  expect(store.batches).toEqual([500, 7]);
});

test('sampling leaves out ok rows alone', async () => {
  const { journal, store, roll } = setUp();
  roll(0.5);
  journal.add(row(), 0.5);
  journal.add(row(), 0.6);
  for (const verdict of ['error', 'denied', 'reported', 'state'] as const) journal.add(row(verdict), 0);
  await journal.flush();
  expect(store.rows.map(({ verdict }) => verdict)).toEqual(['ok', 'error', 'denied', 'reported', 'state']);
});

test('a state that is away loses ok rows first, counts them, says so, and gets the rest when it is back', async () => {
  const { journal, store, clock } = setUp();
  store.away = true;
  for (let each = 0; each < 19_990; each++) journal.add(row('ok', each), 1);
  for (let each = 0; each < 20; each++) journal.add(row('denied'), 1);
  for (let each = 0; each < 5; each++) journal.add(row('ok'), 1);
  await turns();
  expect(journal.waiting).toBe(20_000);
  store.away = false;
  clock.advance(1_000);
  await turns();
  expect(store.rows.filter(({ verdict }) => verdict === 'denied')).toHaveLength(20);
  const [said] = store.rows.splice(500, 1);
  expect(said).toMatchObject({
    verdict: 'state',
    rule: '15 rows were dropped: the journal could not be written in time',
  });
  expect(store.rows).toHaveLength(20_000);
  expect(store.lost).toBe(15);
});

test('rows that come while others are written are neither lost nor doubled', async () => {
  const { journal, store } = setUp();
  const slow = store.append.bind(store);
  store.append = async (rows, dropped) => {
    await turn();
    slow(rows, dropped);
  };
  for (let each = 0; each < 3_000; each++) {
    journal.add(row('error', each), 1);
    if (each % 100 === 0) await turn();
  }
  await journal.close();
  expect(store.rows.map(({ at }) => at)).toEqual(Array.from({ length: 3_000 }, (_, at) => at));
});

test('a state that is away is not asked again for each denial', async () => {
  const { journal, store, clock } = setUp();
  let asked = 0;
  store.append = () => {
    asked += 1;
    throw new Error('away');
  };
  for (let each = 0; each < 50; each++) {
    journal.add(row('denied'), 1);
    clock.advance(19);
    await turns();
  }
  expect(asked).toBe(1);
  clock.advance(1_000);
  await turns();
  expect(asked).toBe(2);
});

test('a state that does not answer holds up no call, and closing no longer than two seconds', async () => {
  const { journal, store, clock } = setUp();
  store.append = () => new Promise(() => {});
  for (let each = 0; each < 30_000; each++) journal.add(row(), 1);
  await turns();
  for (let each = 0; each < 30_000; each++) journal.add(row(), 1);
  expect(journal.waiting).toBe(20_000);
  const closed = journal.close();
  clock.advance(2_000);
  await closed;
});

test('the end of the process writes what waits, where the state can', async () => {
  const { journal, store } = setUp();
  journal.add(row('ok', 7), 1);
  Object.assign(store, { appendNow: store.append });
  const listeners = process.listeners('exit');
  listeners.at(-1)?.call(process, 0);
  expect(store.rows.map(({ at }) => at)).toEqual([7]);
  await journal.close();
  expect(process.listenerCount('exit')).toBeLessThanOrEqual(listeners.length);
});

test('closing writes what waits; old rows are purged in the background', async () => {
  const { journal, store, clock } = setUp();
  clock.advance(60_000);
  await turns();
  expect(store.purged).toEqual([50_000]);
  journal.add(row(), 1);
  await journal.close();
  expect(store.rows).toHaveLength(1);
});
