/** Questions of slots whose answers are lost, or that come late or never: no app is locked out for it, in either state. */
import { describe, expect, test } from 'vitest';
import { Outage } from '../../src/egress/limits/outage.ts';
import { Slots } from '../../src/egress/limits/slots.ts';
import { readRedisUrl } from '../../src/egress/state/redis/place.ts';
import { openRedis } from '../../src/egress/state/redis/redis.ts';
import { openSqlite } from '../../src/egress/state/sqlite/sqlite.ts';
import type { Eventual, State } from '../../src/egress/state/state.ts';
import { hasRedis, redisPlaces, startRedis, WITHOUT_REDIS } from '../helpers/redis.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';

const LIMIT = 10;
const OWNER = 'this process';

const freshPlace = redisPlaces();
const freshRedis = (): Promise<State> => openRedis(freshPlace());

/** What becomes of a question: it is answered, done without an answer, or not heard. */
type Line = 'good' | 'deaf' | 'cut';

async function setUp(open: () => Eventual<State>) {
  const clock = new ManualClock();
  const state = await open();
  const line: { is: Line } = { is: 'good' };
  const asked = new Set<Promise<unknown>>();
  const reach = <T>(step: () => Eventual<T>): Eventual<T> => {
    if (line.is === 'cut') throw new Error('not heard');
    const answer = step();
    const { is } = line;
    if (!(answer instanceof Promise)) {
      if (is === 'deaf') throw new Error('no answer');
      return answer;
    }
    const heard = is === 'deaf' ? answer.then(() => Promise.reject(new Error('no answer'))) : answer;
    asked.add(heard);
    return heard.finally(() => asked.delete(heard));
  };
  const { slots: real } = state;
  const slots = new Slots(
    {
      now: () => clock.now(),
      sharers: () => 1,
      slots: {
        lease: (...args) => reach(() => real.lease(...args)),
        giveBack: (...args) => reach(() => real.giveBack(...args)),
        renew: (...args) => reach(() => real.renew(...args)),
        giveBackAll: (...args) => reach(() => real.giveBackAll(...args)),
        held: (now) => real.held(now),
      },
    },
    OWNER,
    clock,
    new Outage(() => {}),
  );
  return {
    line,
    slots,
    real,
    clock,
    /** Second by second, everything done that is to do. */
    async pass(seconds: number): Promise<void> {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1_000);
        while (asked.size > 0) await Promise.allSettled(asked);
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    async takeAll(key: string): Promise<void> {
      for (let call = 0; call < LIMIT; call++) expect(await slots.take(key, LIMIT)).toBe(true);
    },
    freeAll(key: string): void {
      for (let call = 0; call < LIMIT; call++) slots.free(key);
    },
    async held(key: string): Promise<number> {
      return (await real.held(clock.now())).get(key) ?? 0;
    },
    [Symbol.asyncDispose]: () => state.close(),
  };
}

function attacks(open: () => Eventual<State>): void {
  test.each<Line>(['cut', 'deaf'])('a give-back on a line that is %s', async (is) => {
    await using at = await setUp(open);
    const { slots, line, pass, takeAll, freeAll, held } = at;
    expect(await slots.take('other', LIMIT)).toBe(true);
    await takeAll('victim');
    freeAll('victim');
    line.is = is;
    await pass(8);
    line.is = 'good';
    await pass(1);
    expect([await held('victim'), await held('other')]).toEqual([0, 1]);
    await takeAll('victim');
  });

  test('leases whose answers are lost', async () => {
    await using at = await setUp(open);
    const { slots, line, pass, takeAll, freeAll, held } = at;
    expect(await slots.take('other', LIMIT)).toBe(true);
    line.is = 'deaf';
    await takeAll('victim');
    freeAll('victim');
    line.is = 'cut';
    await pass(3);
    expect(await held('victim')).toBe(LIMIT);
    line.is = 'good';
    await pass(1);
    expect([await held('victim'), await held('other')]).toEqual([0, 1]);
    await takeAll('victim');
  });

  test('of a process that holds nothing else', async () => {
    await using at = await setUp(open);
    const { line, pass, takeAll, freeAll, held } = at;
    await takeAll('victim');
    freeAll('victim');
    line.is = 'cut';
    await pass(3);
    line.is = 'good';
    await pass(1);
    expect(await held('victim')).toBe(0);
  });

  test('a question that comes to the state when nobody waits for it any more, and others call now and then', async () => {
    await using at = await setUp(open);
    const { slots, real, clock, pass, held } = at;
    await real.lease('victim', OWNER, LIMIT, LIMIT, clock.now(), 15_000);
    for (let call = 0; call < 4; call++) {
      expect(await slots.take('other', LIMIT)).toBe(true);
      slots.free('other');
      await pass(2);
    }
    expect([await held('victim'), await held('other')]).toEqual([0, 0]);
  });

  test('a lease that is asked for when all is renewed is counted', async () => {
    await using at = await setUp(open);
    const { slots, clock, pass, held } = at;
    expect(await slots.take('other', LIMIT)).toBe(true);
    await pass(4);
    const asked = Array.from({ length: 3 }, () => slots.take('victim', LIMIT));
    clock.advance(1_000);
    expect(await Promise.all(asked)).toEqual([true, true, true]);
    expect([await held('victim'), await held('other')]).toEqual([3, 1]);
  });

  test('what another process holds stays', async () => {
    await using at = await setUp(open);
    const { slots, real, clock, line, pass, takeAll, freeAll, held } = at;
    await real.renew('another', new Map([['victim', 4]]), clock.now(), 60_000);
    for (let call = 0; call < LIMIT - 4; call++) expect(await slots.take('victim', LIMIT)).toBe(true);
    expect(await slots.take('victim', LIMIT)).toBe(false);
    for (let call = 0; call < LIMIT - 4; call++) slots.free('victim');
    line.is = 'deaf';
    await pass(3);
    line.is = 'good';
    await pass(1);
    expect(await held('victim')).toBe(4);
    await real.giveBackAll('another');
    await takeAll('victim');
    freeAll('victim');
  });
}

describe('SQLite', () => attacks(() => openSqlite(':memory:')));

describe.skipIf(!hasRedis)(`Redis${WITHOUT_REDIS}`, () => {
  attacks(freshRedis);

  test('the first renewal on a server undoes no lease that is asked for after it', async () => {
    await using fresh = await startRedis();
    const place = readRedisUrl(fresh.url);
    if (place === null) throw new Error('the server has no URL');
    const { slots, close } = await openRedis(place);
    await slots.lease('k', OWNER, 1, LIMIT, 0, 1_000);
    const renewed = slots.renew(OWNER, new Map([['k', 1]]), 0, 1_000);
    await Promise.all([renewed, slots.lease('k', OWNER, 2, LIMIT, 0, 1_000)]);
    expect(await slots.held(0)).toEqual(new Map([['k', 3]]));
    await close();
  });
});
