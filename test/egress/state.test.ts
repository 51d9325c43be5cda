/** One contract for every state: what processes share through it, and what they never lose or share by it. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openRedis } from '../../src/egress/state/redis/redis.ts';
import { openSqlite } from '../../src/egress/state/sqlite/sqlite.ts';
import type { State, StoredSecret } from '../../src/egress/state/state.ts';
import { journalRow as row } from '../helpers/journal-rows.ts';
import { hasRedis, redisPlaces, WITHOUT_REDIS } from '../helpers/redis.ts';
import { until } from '../helpers/tcp-server.ts';

interface Place {
  /** Two ends of one state, as two processes have them. */
  open(): Promise<readonly [State, State]>;
  remove(): Promise<void>;
}

const redisPlace = redisPlaces();

function redisPrefix(): Place {
  const place = redisPlace();
  return {
    open: async () => Promise.all([openRedis(place), openRedis(place)]),
    remove: async () => {},
  };
}

function sqliteFile(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'egress-state-'));
  const path = join(folder, 'egress.db');
  return {
    open: async () => [openSqlite(path), openSqlite(path)],
    remove: async () => rmSync(folder, { recursive: true }),
  };
}

const MINUTE = { count: 60, perMs: 60_000, text: '60/min' };

/** What a state does, whichever it is. */
function contract(makePlace: () => Place): void {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  async function states(): Promise<readonly [State, State]> {
    const place = makePlace();
    const [one, other] = await place.open();
    open.push(
      () => place.remove(),
      () => one.close(),
      () => other.close(),
    );
    return [one, other];
  }

  describe('policy', () => {
    const entry = { kind: 'allow', app: null, rule: 'x.test', text: 'x.test', options: '{}' } as const;

    test('a change is seen by who made it at once and by the other soon, and raises the version', async () => {
      const [one, other] = await states();
      const [before, own] = [other.policy.version(), one.policy.version()];
      await one.policy.putEntry(entry);
      expect(one.policy.version()).toBeGreaterThan(own);
      await until(() => other.policy.version() > before);
      expect((await other.policy.load()).entries).toEqual([entry]);
    });

    test('an entry with the same kind, app and text is replaced', async () => {
      const [one, other] = await states();
      expect(await one.policy.putEntry(entry)).toBeNull();
      expect(await other.policy.putEntry({ ...entry, options: '{"burst":1}' })).toEqual(entry);
      expect(await other.policy.putEntry({ ...entry, app: 'a' })).toBeNull();
      await other.policy.putEntry({ ...entry, kind: 'deny' });
      const { entries } = await one.policy.load();
      expect(entries).toHaveLength(3);
      expect(entries).toContainEqual({ ...entry, options: '{"burst":1}' });
    });

    test('removing says whether there was one', async () => {
      const [one] = await states();
      await one.policy.putEntry(entry);
      expect(await one.policy.removeEntry({ ...entry, app: 'a' })).toBe(false);
      expect(await one.policy.removeEntry(entry)).toBe(true);
      expect((await one.policy.load()).entries).toEqual([]);
    });

    test('settings are kept by app and name', async () => {
      const [one, other] = await states();
      await one.policy.putSetting({ app: null, name: 'timeout', text: '5s' });
      await one.policy.putSetting({ app: 'a', name: 'timeout', text: '6s' });
      await one.policy.putSetting({ app: 'a', name: 'timeout', text: '7s' });
      const { settings } = await other.policy.load();
      expect(settings).toHaveLength(2);
      expect(settings).toContainEqual({ app: 'a', name: 'timeout', text: '7s' });
    });

    test('a setting that is taken back is gone, for that app or for all alone, and raises the version', async () => {
      const [one, other] = await states();
      await one.policy.putSetting({ app: null, name: 'timeout', text: '5s' });
      await one.policy.putSetting({ app: 'a', name: 'timeout', text: '6s' });
      expect(await one.policy.removeSetting({ app: 'b', name: 'timeout' })).toBe(false);
      const before = one.policy.version();
      expect(await one.policy.removeSetting({ app: 'a', name: 'timeout' })).toBe(true);
      expect(one.policy.version()).toBeGreaterThan(before);
      expect(await one.policy.removeSetting({ app: 'a', name: 'timeout' })).toBe(false);
      expect((await other.policy.load()).settings).toEqual([{ app: null, name: 'timeout', text: '5s' }]);
    });
  });

  describe('secrets', () => {
    const secret: StoredSecret = {
      name: 'KEY',
      app: null,
      scope: '{"hosts":["x.test"]}',
      sealed: Uint8Array.of(1, 2, 3, 0, 255),
      previous: null,
      previousUntil: 0,
      changedAt: 5,
    };

    test('come back byte by byte, and raise the version', async () => {
      const [one, other] = await states();
      const before = other.policy.version();
      await one.secrets.put(secret);
      await one.secrets.put({ ...secret, app: 'a', previous: Uint8Array.of(9), previousUntil: 77 });
      await until(() => other.policy.version() > before);
      const stored = await other.secrets.load();
      expect(stored.map(({ sealed }) => [...sealed])).toEqual([
        [1, 2, 3, 0, 255],
        [1, 2, 3, 0, 255],
      ]);
      expect(stored.find(({ app }) => app === 'a')).toMatchObject({ previousUntil: 77 });
    });

    test('are replaced where value and scope are those that were read, and else left alone', async () => {
      const [one, other] = await states();
      await one.secrets.put(secret);
      await one.secrets.put({ ...secret, app: 'a' });
      const before = other.policy.version();
      const next = { ...secret, sealed: Uint8Array.of(7), previous: secret.sealed, previousUntil: 77, changedAt: 6 };
      expect(await one.secrets.replace(secret, next)).toBe(true);
      await until(() => other.policy.version() > before);
      expect(await other.secrets.load()).toEqual(expect.arrayContaining([next, { ...secret, app: 'a' }]));
      const otherScope = { ...next, scope: '{"hosts":["y.test"]}' };
      const late = { ...next, sealed: Uint8Array.of(8) };
      for (const read of [secret, otherScope, { ...next, app: 'b' }]) {
        expect(await one.secrets.replace(read, { ...late, app: read.app })).toBe(false);
      }
      expect(await one.secrets.load()).toHaveLength(2);
      expect(await one.secrets.load()).toContainEqual(next);
      await one.secrets.remove('KEY', null);
      expect(await other.secrets.replace(next, late)).toBe(false);
      expect(await other.secrets.load()).toHaveLength(1);
    });

    test('are removed by name and app', async () => {
      const [one] = await states();
      await one.secrets.put(secret);
      expect(await one.secrets.remove('KEY', 'a')).toBe(false);
      expect(await one.secrets.remove('KEY', null)).toBe(true);
      expect(await one.secrets.load()).toEqual([]);
    });
  });

  describe('rates', () => {
    test('a bucket is shared, holds its burst, and fills with time', async () => {
      const [one, other] = await states();
      expect(await one.rates.take('k', 6, MINUTE, 10, 0)).toMatchObject({ granted: 6 });
      expect(await other.rates.take('k', 6, MINUTE, 10, 0)).toMatchObject({ granted: 4 });
      expect(await one.rates.take('k', 1, MINUTE, 10, 0)).toEqual(
        expect.objectContaining({ granted: 0, waitMs: 1_000 }),
      );
      expect(await one.rates.take('k', 1, MINUTE, 10, 999)).toMatchObject({ granted: 0 });
      expect(await one.rates.take('k', 1, MINUTE, 10, 1_000)).toMatchObject({ granted: 1 });
      expect(await one.rates.take('k', 99, MINUTE, 10, 1_000_000)).toMatchObject({ granted: 10 });
    });

    test('a clock that is set back empties a bucket and no more: it fills again as ever', async () => {
      const [one, other] = await states();
      const day = 86_400_000;
      await one.rates.take('k', 10, MINUTE, 10, 3 * day);
      expect(await one.rates.take('k', 1, MINUTE, 10, day)).toMatchObject({ granted: 0, waitMs: 1_000 });
      expect(await other.rates.take('k', 9, MINUTE, 10, day + 2_000)).toMatchObject({ granted: 2 });
    });

    test('what is put back can be taken again; other buckets know nothing of it', async () => {
      const [one, other] = await states();
      await one.rates.take('k', 10, MINUTE, 10, 0);
      await one.rates.putBack('k', 3, MINUTE);
      expect(await other.rates.take('other', 10, MINUTE, 10, 0)).toMatchObject({ granted: 10 });
      expect(await other.rates.take('k', 9, MINUTE, 10, 0)).toMatchObject({ granted: 3 });
    });
  });

  describe('slots', () => {
    test('owners together hold no more than the limit', async () => {
      const [one, other] = await states();
      expect(await one.slots.lease('k', 'p1', 7, 10, 0, 1_000)).toBe(7);
      expect(await other.slots.lease('k', 'p2', 7, 10, 0, 1_000)).toBe(3);
      expect(await one.slots.lease('k', 'p1', 1, 10, 0, 1_000)).toBe(0);
      await other.slots.giveBack('k', 'p2', 2);
      expect(await one.slots.lease('k', 'p1', 5, 10, 0, 1_000)).toBe(2);
      expect(await one.slots.held(0)).toEqual(new Map([['k', 10]]));
    });

    test('those of an owner that does not renew come back', async () => {
      const [one, other] = await states();
      await one.slots.lease('k', 'dead', 10, 10, 0, 1_000);
      expect(await other.slots.lease('k', 'p2', 1, 10, 999, 1_000)).toBe(0);
      expect(await other.slots.lease('k', 'p2', 10, 10, 1_000, 1_000)).toBe(10);
    });

    test('those of an owner that renews do not', async () => {
      const [one, other] = await states();
      await one.slots.lease('k', 'p1', 10, 10, 0, 1_000);
      await one.slots.renew('p1', new Map([['k', 10]]), 900, 1_000);
      expect(await other.slots.lease('k', 'p2', 1, 10, 1_500, 1_000)).toBe(0);
      await one.slots.giveBackAll('p1');
      expect(await other.slots.lease('k', 'p2', 1, 10, 1_500, 1_000)).toBe(1);
    });
  });

  describe('slots that the state has lost', () => {
    test('are known again when their owner renews, as many as it says', async () => {
      const [one, other] = await states();
      await one.slots.renew('p1', new Map([['k', 7]]), 0, 1_000);
      expect(await other.slots.lease('k', 'p2', 10, 10, 0, 1_000)).toBe(3);
      await one.slots.renew('p1', new Map([['k', 2]]), 0, 1_000);
      expect(await other.slots.held(0)).toEqual(new Map([['k', 5]]));
    });

    test('or never were its own are free when it renews; those of others stay', async () => {
      const [one, other] = await states();
      await one.slots.lease('lost', 'p1', 10, 10, 0, 1_000);
      await one.slots.lease('k', 'p1', 3, 10, 0, 1_000);
      await other.slots.lease('k', 'p2', 4, 10, 0, 1_000);
      await one.slots.renew('p1', new Map([['k', 3]]), 0, 1_000);
      expect(await other.slots.held(0)).toEqual(new Map([['k', 7]]));
      await one.slots.renew('p1', new Map(), 0, 1_000);
      expect(await other.slots.held(0)).toEqual(new Map([['k', 4]]));
      expect(await one.slots.lease('lost', 'p2', 10, 10, 0, 1_000)).toBe(10);
    });
  });

  describe('cache', () => {
    const cached = (key: string, size = 10, host = 'x.test') => ({
      key,
      app: 'a',
      host,
      expiresAt: 1_000,
      meta: '{}',
      body: new Uint8Array(size).fill(7),
    });

    test('what is stored is found by the other until it expires', async () => {
      const [one, other] = await states();
      await one.cache.put(cached('k'), 0, 1_000);
      expect(await other.cache.get('k', 999)).toEqual({
        meta: '{}',
        body: new Uint8Array(10).fill(7),
        expiresAt: 1_000,
      });
      expect(await other.cache.get('k', 1_000)).toBeNull();
      expect(await other.cache.get('nothing', 0)).toBeNull();
    });

    test('the least recently used go first when there is too much', async () => {
      const [one] = await states();
      for (const [at, key] of ['k1', 'k2', 'k3'].entries()) await one.cache.put(cached(key, 300), at, 1_000);
      await one.cache.put(cached('k4', 300), 3, 1_000);
      expect(await one.cache.get('k1', 4)).toBeNull();
      expect(await one.cache.get('k2', 4)).not.toBeNull();
      expect((await one.cache.stats()).bytes).toBeLessThanOrEqual(1_000);
    });

    test('what would never fit is not stored', async () => {
      const [one] = await states();
      await one.cache.put(cached('k1'), 0, 1_000);
      await one.cache.put(cached('huge', 2_000), 0, 1_000);
      expect(await one.cache.get('huge', 0)).toBeNull();
      expect(await one.cache.get('k1', 0)).not.toBeNull();
    });

    test('has another version when an answer may be no more what is kept, and tells so to the other', async () => {
      const [one, other] = await states();
      const versions = [other.cache.version()];
      // Redis has none: to ask for it would cost as much as to look.
      if (versions[0] === null) return expect(one.cache.version()).toBeNull();
      const step = async (change: () => unknown) => {
        await change();
        const now = other.cache.version();
        const changed = now !== versions.at(-1);
        versions.push(now);
        return changed;
      };
      expect(await step(() => one.cache.put(cached('k1'), 0, 1_000))).toBe(false);
      expect(await step(() => one.cache.put(cached('k2'), 0, 1_000))).toBe(false);
      expect(await step(() => one.cache.put(cached('k1'), 0, 1_000))).toBe(true);
      expect(await step(() => one.cache.put(cached('k1'), 1_000, 1_000))).toBe(false);
      expect(await step(() => one.cache.put(cached('word', 0), 0, 1_000))).toBe(false);
      expect(await step(() => one.cache.put(cached('word', 0), 0, 1_000))).toBe(false);
      expect(await step(() => one.cache.put({ ...cached('word', 0), meta: '{"vary":[]}' }, 0, 1_000))).toBe(true);
      expect(await step(() => one.cache.clear('y.test'))).toBe(true);
      expect(await step(() => one.cache.clear(null))).toBe(true);
      expect(new Set(versions).size).toBe(5);
    });

    test('is cleared by host, or as a whole', async () => {
      const [one, other] = await states();
      await one.cache.put(cached('k1'), 0, 1_000);
      await one.cache.put(cached('k2', 10, 'y.test'), 0, 1_000);
      expect(await other.cache.clear('y.test')).toBe(1);
      expect(await one.cache.get('k1', 0)).not.toBeNull();
      expect(await other.cache.clear(null)).toBe(1);
      expect(await one.cache.stats()).toEqual({ entries: 0, bytes: 0 });
    });
  });

  describe('journal', () => {
    test('rows come back as they went in, the newest last', async () => {
      const [one, other] = await states();
      const rows = [
        row(),
        row({ at: 2_000, status: null, error: 'NET_DNS', address: null, verdict: 'error', cached: true }),
      ];
      await one.journal.append(rows, 0);
      const found = await other.journal.query({ limit: 10 });
      expect(found.map(({ id: _, ...rest }) => rest)).toEqual(rows);
    });

    test('are found by time, app, host, status and place', async () => {
      const [one] = await states();
      await one.journal.append(
        [
          row(),
          row({ at: 2_000, app: 'b', host: 'y.test', status: 503 }),
          row({ at: 3_000, status: null, verdict: 'denied', error: 'NET_HOST_NOT_ALLOWED' }),
          row({ at: 4_000, status: 404 }),
          row({ at: 5_000, status: 200, error: 'NET_TOO_LARGE' }),
          row({ at: 6_000, status: null, verdict: 'error', error: 'NET_DNS' }),
          row({ at: 7_000, status: null, verdict: 'state', error: 'NET_SOCKET' }),
        ],
        0,
      );
      const times = async (filter: object) => (await one.journal.query({ limit: 10, ...filter })).map(({ at }) => at);
      expect(await times({ since: 6_000 })).toEqual([6_000, 7_000]);
      expect(await times({ app: 'b' })).toEqual([2_000]);
      expect(await times({ host: 'x.test', status: 'denied' })).toEqual([3_000]);
      expect(await times({ status: '200' })).toEqual([1_000, 5_000]);
      expect(await times({ status: 'error' })).toEqual([2_000, 3_000, 4_000, 5_000, 6_000, 7_000]);
      expect(await times({ status: 'failed' })).toEqual([2_000, 5_000, 6_000]);
      expect(await times({ status: 'state' })).toEqual([7_000]);
      expect(await times({ status: 'denied' })).toEqual([3_000]);
      expect(await times({ limit: 1 })).toEqual([7_000]);
      const [first] = await one.journal.query({ limit: 3 });
      expect(await times({ afterId: first?.id })).toEqual([6_000, 7_000]);
    });

    test('counts what was dropped, and purges what is old', async () => {
      const [one, other] = await states();
      await one.journal.append([row(), row({ at: 9_000 })], 3);
      await other.journal.append([], 4);
      expect(await one.journal.dropped()).toBe(7);
      expect(await other.journal.purge(5_000)).toBe(false);
      expect((await one.journal.query({ limit: 9 })).map(({ at }) => at)).toEqual([9_000]);
    });
  });
}

describe('a state in SQLite', () => contract(sqliteFile));
describe.skipIf(!hasRedis)(`a state in Redis${WITHOUT_REDIS}`, () => contract(redisPrefix));

describe('a file of SQLite', () => {
  test('is readable by its owner alone', async () => {
    const place = sqliteFile();
    const [one, other] = await place.open();
    const folder = mkdtempSync(join(tmpdir(), 'egress-mode-'));
    const path = join(folder, 'egress.db');
    const state = openSqlite(path);
    await state.journal.append([row()], 0);
    const files = readdirSync(folder);
    expect(files).toEqual(
      expect.arrayContaining(['egress.db', 'egress.db-wal', 'egress.db.journal', 'egress.db.journal-wal']),
    );
    for (const file of files) expect(statSync(join(folder, file)).mode & 0o077, file).toBe(0);
    await Promise.all([one.close(), other.close(), state.close()]);
    await place.remove();
    rmSync(folder, { recursive: true });
  });

  test('that can’t be opened is refused with its name', () => {
    expect(() => openSqlite('/nowhere/egress.db')).toThrow(/the state \/nowhere\/egress.db can not be opened/);
  });
});
