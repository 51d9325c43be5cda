/** What limits do while the state does not answer, and when it answers again. */
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { openSqlite } from '../state/sqlite/sqlite.ts';
import type { Eventual, State } from '../state/state.ts';
import { LocalBuckets, Outage } from './outage.ts';
import { Rates } from './rates.ts';
import { Slots } from './slots.ts';

const SHARERS = 4;

const key = (count: number) => ({
  key: 'k',
  rate: { count, perMs: 60_000, text: `${count}/min` },
  burst: null,
  rule: 'app_rate',
});

/** Lets everything that is ready happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

/** A state fails at once, or by a promise as one behind a network does. */
describe.each(['at once', 'by a promise'])('a state that fails %s', (how) => {
  function setUp() {
    const clock = new ManualClock();
    const { rates, slots } = openSqlite(':memory:');
    const place = { away: false };
    const told: boolean[] = [];
    const reach = <T>(step: () => Eventual<T>): Eventual<T> => {
      if (how === 'by a promise') return (async () => (place.away ? Promise.reject(new Error('away')) : step()))();
      if (place.away) throw new Error('away');
      return step();
    };
    const state: Pick<State, 'rates' | 'slots' | 'now' | 'sharers'> = {
      now: () => clock.now(),
      sharers: () => SHARERS,
      rates: {
        take: (...args) => reach(() => rates.take(...args)),
        putBack: (...args) => reach(() => rates.putBack(...args)),
      },
      slots: {
        lease: (...args) => reach(() => slots.lease(...args)),
        giveBack: (...args) => reach(() => slots.giveBack(...args)),
        renew: (...args) => reach(() => slots.renew(...args)),
        giveBackAll: (...args) => reach(() => slots.giveBackAll(...args)),
        held: (now) => slots.held(now),
      },
    };
    const outage = new Outage((away) => told.push(away));
    return {
      clock,
      place,
      told,
      real: slots,
      rates: new Rates(state, clock, outage),
      slots: new Slots(state, 'p1', clock, outage),
    };
  }

  test('leaves a share of the rate, says so once, and shares again', async () => {
    const { rates, place, clock, told } = setUp();
    place.away = true;
    let granted = 0;
    while ((await rates.take([key(100)])) === null) granted += 1;
    expect(granted).toBe(100 / SHARERS);
    expect(told).toEqual([true]);
    clock.advance(60_000 / 100);
    expect(await rates.take([key(100)])).not.toBeNull();
    clock.advance((60_000 / 100) * (SHARERS - 1));
    expect(await rates.take([key(100)])).toBeNull();
    place.away = false;
    expect(await rates.take([key(100)])).toBeNull();
    expect(told).toEqual([true, false]);
  });

  test('and comes and goes gives no share anew', async () => {
    const { rates, place } = setUp();
    place.away = true;
    while ((await rates.take([key(8)])) === null);
    place.away = false;
    expect(await rates.take([key(8)])).toBeNull();
    place.away = true;
    expect(await rates.take([key(8)])).not.toBeNull();
  });

  test('leaves a share of the slots, and learns what was taken when it is back', async () => {
    const { slots, place, clock, told, real } = setUp();
    place.away = true;
    expect([await slots.take('k', 8), await slots.take('k', 8), await slots.take('k', 8)]).toEqual([true, true, false]);
    expect(await real.held(0)).toEqual(new Map());
    clock.advance(1_000);
    await settle();
    place.away = false;
    clock.advance(1_000);
    await settle();
    expect(await real.held(clock.now())).toEqual(new Map([['k', 2]]));
    expect(await slots.take('k', 8)).toBe(true);
    expect(told).toEqual([true, false]);
    for (let each = 0; each < 3; each++) slots.free('k');
    clock.advance(3_000);
    await settle();
    expect((await real.held(clock.now())).get('k') ?? 0).toBe(0);
  });

  test('keeps what is held: nobody is let in beyond what was leased', async () => {
    const { slots, place } = setUp();
    for (let each = 0; each < 5; each++) expect(await slots.take('k', 8)).toBe(true);
    place.away = true;
    expect(await slots.take('k', 8)).toBe(false);
    slots.free('k');
    expect(await slots.take('k', 8)).toBe(true);
  });
});

test('buckets that are full again are forgotten', () => {
  const buckets = new LocalBuckets();
  const { rate } = key(60);
  buckets.take('k', rate, 60, 1, 0);
  buckets.sweep(999);
  expect(buckets.size).toBe(1);
  buckets.sweep(1_000);
  expect(buckets.size).toBe(0);
});
