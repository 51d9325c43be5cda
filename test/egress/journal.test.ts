/** The journal over each state: what it takes in, what it loses and when, and that nobody waits for it. */
import { spawn } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../../src/egress/journal/journal.ts';
import type { NumberedRow } from '../../src/egress/journal/row.ts';
import { readRedisUrl } from '../../src/egress/state/redis/place.ts';
import { openRedis } from '../../src/egress/state/redis/redis.ts';
import { openSqlite } from '../../src/egress/state/sqlite/sqlite.ts';
import { ThreadedJournal } from '../../src/egress/state/sqlite/threaded-journal.ts';
import type { State } from '../../src/egress/state/state.ts';
import { systemClock } from '../../src/net/clock.ts';
import { testEgress } from '../helpers/egress.ts';
import { denialRow, journalRow } from '../helpers/journal-rows.ts';
import { hasRedis, type RedisServer, startRedis, WITHOUT_REDIS } from '../helpers/redis.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

const PATIENCE_MS = 30_000;
const ALL = 100_000;
const flow = fileURLToPath(new URL('../helpers/journal-flow.ts', import.meta.url));
const dist = new URL('../../dist/index.js', import.meta.url).href;

let redis: RedisServer | null = null;
if (hasRedis) {
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.[Symbol.asyncDispose]());
}

const folder = mkdtempSync(join(tmpdir(), 'egress-journal-'));
afterAll(() => rmSync(folder, { recursive: true }));
let places = 0;

function freshPlace(kind: string): string {
  places += 1;
  return kind === 'Redis' ? `${redis?.url}?prefix=j${places}` : join(folder, `${places}.db`);
}

async function openState(place: string): Promise<State> {
  const url = readRedisUrl(place);
  const state = url === null ? openSqlite(place) : await openRedis(url);
  ends.push(() => state.close());
  return state;
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function journalOn({ journal: store, now: wall }: State, more: Partial<ConstructorParameters<typeof Journal>[0]> = {}) {
  const journal = new Journal({
    store,
    clock: systemClock,
    wall,
    retentionMs: () => Number.POSITIVE_INFINITY,
    random: () => 0,
    ...more,
  });
  ends.push(() => journal.close());
  return journal;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets everybody else use the state again. */
type Release = () => void;

/** As a disk or a server that is too slow. */
function hold(place: string): Release {
  if (readRedisUrl(place) !== null) {
    redis?.pause();
    return () => redis?.resume();
  }
  const other = new DatabaseSync(`${place}.journal`);
  other.exec('BEGIN IMMEDIATE');
  return () => other.close();
}

const numbers = (rows: readonly NumberedRow[]): number[] => rows.map(({ path }) => Number(path.slice(1)));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, each) => each);

/** What a journal does wherever it is. */
function contract(kind: 'SQLite' | 'Redis'): void {
  test(
    'has every row of five seconds with 5,000 calls each, once and in order',
    async () => {
      const state = await openState(freshPlace(kind));
      const journal = journalOn(state);
      for (let each = 0; each < 25_000; each++) {
        journal.add((each % 50 === 0 ? denialRow : journalRow)({ at: state.now(), path: `/${each}` }), 1);
        if (each % 50 === 0) await turn();
        // What would be five seconds comes as fast as it can: the state may be behind, but not by what fits.
        if (journal.waiting > 15_000) await journal.flush();
      }
      await journal.close();
      expect(numbers(await state.journal.query({ limit: ALL }))).toEqual(upTo(25_000));
      expect(await state.journal.dropped()).toBe(0);
    },
    PATIENCE_MS,
  );

  test(
    'that can not keep up loses ok rows first, counts them, and says so',
    async () => {
      const state = await openState(freshPlace(kind));
      const journal = journalOn(state);
      for (let each = 0; each < 30_000; each++) journal.add(journalRow({ path: `/${each}` }), 1);
      for (let each = 0; each < 1_000; each++) journal.add(denialRow({ path: `/${each}` }), 1);
      await journal.flush();
      const found = await state.journal.query({ limit: ALL });
      expect(numbers(found.filter(({ verdict }) => verdict === 'denied'))).toEqual(upTo(1_000));
      expect(found.filter(({ verdict }) => verdict === 'ok')).toHaveLength(19_000);
      expect(await state.journal.dropped()).toBe(11_000);
      expect(await state.journal.query({ limit: 9, status: 'error' })).toHaveLength(9);
      expect(await state.journal.query({ limit: 9, status: 'state' })).toMatchObject([
        { rule: '11000 rows were dropped: the journal could not be written in time' },
      ]);
    },
    PATIENCE_MS,
  );

  test(
    'that is held up holds up nobody, and has everything afterwards',
    async () => {
      const place = freshPlace(kind);
      const state = await openState(place);
      const journal = journalOn(state);
      journal.add(journalRow({ path: '/0' }), 1);
      await journal.flush();
      const release = hold(place);
      let isWritten = false;
      for (let each = 1; each < 5_000; each++) journal.add(journalRow({ path: `/${each}` }), 1);
      const written = journal.flush().then(() => {
        isWritten = true;
      });
      for (let each = 0; each < 200; each++) await turn();
      expect(isWritten).toBe(false);
      release();
      await written;
      await until(() => journal.waiting === 0);
      expect(new Set(numbers(await state.journal.query({ limit: ALL })))).toEqual(new Set(upTo(5_000)));
    },
    PATIENCE_MS,
  );

  test(
    'that is old is purged, so that it does not grow',
    async () => {
      const place = freshPlace(kind);
      const clock = new ManualClock();
      const state = await openState(place);
      let purged = Promise.resolve(true);
      const purge = (before: number) => {
        purged = Promise.resolve(state.journal.purge(before));
        return purged;
      };
      const store: State['journal'] = {
        append: (rows, dropped) => state.journal.append(rows, dropped),
        query: (filter) => state.journal.query(filter),
        dropped: () => state.journal.dropped(),
        purge,
      };
      const journal = journalOn(state, { store, clock, wall: () => clock.now(), retentionMs: () => 60_000 });
      const sizes: number[] = [];
      for (let minute = 0; minute < 24; minute++) {
        for (let each = 0; each < 4_000; each++) journal.add(journalRow({ at: clock.now() }), 1);
        await journal.flush();
        clock.advance(60_000);
        while (await purged) {
          await turn();
          clock.advance(100);
        }
        sizes.push(kind === 'SQLite' ? sizeOf(place) : (await state.journal.query({ limit: ALL })).length);
      }
      expect(Math.max(...sizes.slice(12))).toBeLessThan(1.2 * Math.max(...sizes.slice(0, 12)));
    },
    PATIENCE_MS,
  );

  test(
    'loses what was added last when its process is killed, and nothing else',
    async () => {
      const place = freshPlace(kind);
      const child = spawn(process.execPath, [flow, place], { stdio: ['ignore', 'pipe', 'inherit'] });
      let added = 0;
      child.stdout.on('data', (piece: Buffer) => {
        added = Number(piece.toString().trimEnd().split('\n').at(-1));
        if (added > 4_000) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const { journal } = await openState(place);
      const found = numbers(await journal.query({ limit: ALL }));
      expect(found).toEqual(upTo(found.length));
      // One batch that was being written, and one that was being collected.
      expect(found.length).toBeGreaterThanOrEqual(added - 1_000);
    },
    PATIENCE_MS,
  );
}

describe('a journal in SQLite', () => contract('SQLite'));
describe.skipIf(!hasRedis)(`a journal in Redis${WITHOUT_REDIS}`, () => contract('Redis'));

function sizeOf(place: string): number {
  const files = readdirSync(folder).filter((file) => join(folder, file).startsWith(`${place}.`));
  return files.map((file) => statSync(join(folder, file)).size).reduce((sum, size) => sum + size, 0);
}

describe('a journal in a file', () => {
  /** Threads that are started meanwhile. */
  function watchThreads(): readonly Worker[] {
    const threads: Worker[] = [];
    const watch = (message: unknown): void => {
      threads.push(Reflect.get(Object(message), 'worker'));
    };
    subscribe('worker_threads', watch);
    ends.push(() => unsubscribe('worker_threads', watch));
    return threads;
  }

  test('is not opened before there is something to write', async () => {
    const threads = watchThreads();
    const place = freshPlace('SQLite');
    const state = await openState(place);
    journalOn(state);
    expect(threads).toEqual([]);
    expect(readdirSync(folder)).not.toContain(`${place}.journal`);
  });

  test.each([true, false])('that is closed keeps no row that is too old (thread: %s)', async (isLong) => {
    const place = freshPlace('SQLite');
    const first = await openState(place);
    const before = journalOn(first);
    before.add(journalRow({ path: '/1' }), 1);
    await before.close();
    const state = await openState(place);
    const journal = journalOn(state, { retentionMs: () => 60_000 });
    journal.add(journalRow({ path: '/2', at: state.now() }), 1);
    if (isLong) await journal.flush();
    await journal.close();
    expect(numbers(await state.journal.query({ limit: ALL }))).toEqual([2]);
  });

  test('outlives its thread: another goes on where it was', async () => {
    const threads = watchThreads();
    const state = await openState(freshPlace('SQLite'));
    const journal = journalOn(state);
    for (let each = 0; each < 2_000; each++) journal.add(journalRow({ path: `/${each}` }), 1);
    await turn();
    await threads[0]?.terminate();
    await until(() => journal.waiting === 0);
    await journal.close();
    expect(threads).toHaveLength(2);
    expect(new Set(numbers(await state.journal.query({ limit: ALL })))).toEqual(new Set(upTo(2_000)));
  });

  test('that is asked when its thread dies says so', async () => {
    const threads = watchThreads();
    const { journal } = await openState(freshPlace('SQLite'));
    const asked = failureOf(Promise.resolve(journal.query({ limit: 1 })));
    await threads[0]?.terminate();
    expect(await asked).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining('its thread has ended') });
    expect(await journal.query({ limit: 1 })).toEqual([]);
  });

  test('gives a thread up that does nothing, and waits for none when it is closed', async () => {
    const threads = watchThreads();
    const clock = new ManualClock();
    const place = freshPlace('SQLite');
    const journal = new ThreadedJournal({ journal: `${place}.journal`, state: place }, clock);
    await journal.append([journalRow()], 0);
    const asked = failureOf(journal.append([journalRow()], 0));
    clock.advance(10_000);
    expect(await asked).toMatchObject({ message: expect.stringContaining('its thread has done nothing for 10 s') });
    await journal.append([journalRow()], 0);
    expect(threads).toHaveLength(2);
    const release = hold(place);
    const written = failureOf(journal.append([journalRow()], 0));
    const closed = journal.close();
    clock.advance(2_000);
    await closed;
    expect(await written).toMatchObject({ message: expect.stringContaining('it is closed') });
    release();
    await until(() => threads.every(({ threadId }) => threadId === -1));
  });

  test('that can not be opened keeps no call back, is named where it is read, and is written when it can be', async () => {
    const place = freshPlace('SQLite');
    mkdirSync(`${place}.journal`);
    await using made = await testEgress({ state: `sqlite:${place}` });
    const { egress } = made;
    const call = () => failureOf(egress.net({ app: 'a' }).fetch('https://x.test/'));
    expect(await call()).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect(await failureOf(egress.journal({ limit: 1 }))).toMatchObject({
      code: 'NET_SOCKET',
      message: expect.stringContaining(`the journal ${place}.journal can not be opened`),
    });
    rmdirSync(`${place}.journal`);
    await call();
    expect(await egress.journal({ limit: 9 })).toHaveLength(2);
  });

  test('is searched in steps, between which it is written', async () => {
    const { journal } = await openState(freshPlace('SQLite'));
    const first = journalRow({ app: 'first' });
    await journal.append([first, ...Array.from({ length: 70_000 }, (_, at) => journalRow({ at: 2_000 + at }))], 0);
    const order: string[] = [];
    const search = Promise.resolve(journal.query({ limit: 9, app: 'first' })).then((found) => {
      order.push('found');
      return found;
    });
    await Promise.resolve(journal.append([journalRow()], 0)).then(() => order.push('written'));
    expect(await search).toMatchObject([first]);
    expect(order).toEqual(['written', 'found']);
    const since = await journal.query({ limit: ALL, since: 2_000 + 40_000 });
    expect([since.length, since[0]?.at]).toEqual([30_000, 42_000]);
  });

  test('is purged of rows that came after some of a clock that was a year ahead', async () => {
    const { journal } = await openState(freshPlace('SQLite'));
    const hour = 3_600_000;
    const ahead = 365 * 24 * hour;
    await journal.append([journalRow({ at: ahead })], 0);
    await journal.append([journalRow({ at: hour }), journalRow({ at: 3 * hour })], 0);
    expect(await journal.purge(2 * hour)).toBe(false);
    expect((await journal.query({ limit: ALL })).map(({ at }) => at)).toEqual([ahead, 3 * hour]);
  });

  test.each([1e13, 1e16, 1e300])('goes on after a row of a clock that was beyond all years: %d', async (beyond) => {
    const { journal } = await openState(freshPlace('SQLite'));
    const hour = 3_600_000;
    await journal.append([journalRow({ at: hour })], 0);
    await journal.append([journalRow({ at: beyond })], 0);
    await journal.append([journalRow({ at: 3 * hour })], 0);
    const rows = await journal.query({ limit: ALL });
    expect(rows.map(({ at }) => at)).toEqual([hour, beyond, 3 * hour]);
    expect(rows.every(({ id }) => Number.isSafeInteger(id))).toBe(true);
    expect(await journal.purge(2 * hour)).toBe(false);
    expect((await journal.query({ since: 2 * hour, limit: ALL })).map(({ at }) => at)).toEqual([beyond, 3 * hour]);
  });

  test('gives the disk back when most of it is free', async () => {
    const place = freshPlace('SQLite');
    const { journal, close } = await openState(place);
    const path = `/${'x'.repeat(900)}`;
    await journal.append(
      Array.from({ length: 30_000 }, (_, at) => journalRow({ at, path })),
      0,
    );
    const before = statSync(`${place}.journal`).size;
    while (await journal.purge(29_000));
    await close();
    expect(statSync(`${place}.journal`).size).toBeLessThan(0.7 * before);
  });

  test('has the log of the state written back by its thread, before whoever writes to the state must', async () => {
    const place = freshPlace('SQLite');
    const { journal, cache } = await openState(place);
    const put = async (key: string): Promise<void> => {
      const body = new Uint8Array(1_048_576);
      await cache.put({ key, app: 'a', host: 'x.test', expiresAt: 9, meta: '{}', body }, 0, 100 * 1_048_576);
    };
    const log = (): number => statSync(`${place}-wal`).size;
    for (let each = 0; each < 20; each++) {
      await put(String(each % 2));
      await journal.append([journalRow()], 0);
    }
    expect(log()).toBeLessThan(10 * 1_048_576);
    // Nobody did it beside these.
    for (let each = 0; each < 20; each++) await put(String(each % 2));
    expect(log()).toBeGreaterThan(10 * 1_048_576);
  });

  test.each([
    ['ends by itself', ''],
    ['calls process.exit', 'process.exit(0);'],
    ['fails', 'setImmediate(() => { throw new Error("on purpose"); });'],
  ])('has every row when a process that has not closed it %s', async (_how, last) => {
    const place = freshPlace('SQLite');
    const program = `
      import { openEgress } from ${JSON.stringify(dist)};
      const egress = await openEgress({ state: ${JSON.stringify(`sqlite:${place}`)} });
      const net = egress.net({ app: 'a' });
      for (let each = 0; each < 3; each++) await net.fetch('https://x.test/' + each).catch(() => {});
      await egress.journal({ limit: 1 });
      for (let each = 3; each < 6; each++) await net.fetch('https://x.test/' + each).catch(() => {});
      ${last}
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    const [code] = await once(child, 'close');
    expect(code).toBe(last.includes('throw') ? 1 : 0);
    const { journal } = await openState(place);
    expect(numbers(await journal.query({ limit: ALL }))).toEqual(upTo(6));
  });
});
