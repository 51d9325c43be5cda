import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { openSqlite } from '../state/sqlite/sqlite.ts';
import type { RateStore } from '../state/state.ts';
import { Outage } from './outage.ts';
import { Rates } from './rates.ts';

const rate = (count: number) => ({ count, perMs: 60_000, text: `${count}/min` });

/** Counts how often the state is asked. */
function counted(store: RateStore): { readonly store: RateStore; asked: number } {
  const counter = {
    asked: 0,
    store: {
      take: (...args: Parameters<RateStore['take']>) => {
        counter.asked += 1;
        return store.take(...args);
      },
      putBack: (...args: Parameters<RateStore['putBack']>) => store.putBack(...args),
    },
  };
  return counter;
}

function setUp() {
  const clock = new ManualClock();
  const state = openSqlite(':memory:');
  const counter = counted(state.rates);
  const outage = new Outage(() => {});
  const now = () => clock.now();
  return {
    clock,
    counter,
    state,
    one: new Rates({ ...state, rates: counter.store, now }, clock, outage),
    other: new Rates({ ...state, now }, clock, outage),
  };
}

const key = (name: string, count: number) => ({ key: name, rate: rate(count), burst: null, rule: name });

test('two processes together get what the rate gives, and are told how long to wait', async () => {
  const { one, other } = setUp();
  let granted = 0;
  for (let round = 0; round < 200; round++) {
    if ((await one.take([key('k', 100)])) === null) granted += 1;
    if ((await other.take([key('k', 100)])) === null) granted += 1;
  }
  expect(granted).toBe(100);
  expect(await one.take([key('k', 100)])).toEqual({ rule: 'k', waitMs: 600 });
});

test('the state is asked once for a batch', async () => {
  const { one, counter } = setUp();
  for (let call = 0; call < 100; call++) expect(await one.take([key('k', 1_000)])).toBeNull();
  expect(counter.asked).toBe(2);
});

test('a flood of refusals is one question in a while, and each is told how long is left', async () => {
  const { one, counter, clock } = setUp();
  while ((await one.take([key('k', 100)])) === null);
  const asked = counter.asked;
  clock.advance(5);
  for (let call = 0; call < 100; call++) expect(await one.take([key('k', 100)])).toEqual({ rule: 'k', waitMs: 595 });
  expect(counter.asked).toBe(asked);
  clock.advance(15);
  expect(await one.take([key('k', 100)])).toEqual({ rule: 'k', waitMs: 580 });
  expect(counter.asked).toBe(asked + 1);
  clock.advance(580);
  expect(await one.take([key('k', 100)])).toBeNull();
});

test('where one bucket is empty none is charged', async () => {
  const { one } = setUp();
  expect(await one.take([key('wide', 10), key('narrow', 1)])).toBeNull();
  for (let again = 0; again < 20; again++) {
    expect(await one.take([key('wide', 10), key('narrow', 1)])).toMatchObject({ rule: 'narrow' });
  }
  for (let left = 0; left < 9; left++) expect(await one.take([key('wide', 10)])).toBeNull();
  expect(await one.take([key('wide', 10)])).toMatchObject({ rule: 'wide' });
});

test('what lies unused goes back', async () => {
  const { one, other, clock } = setUp();
  // A batch of 5, of which one is used.
  expect(await one.take([key('k', 100)])).toBeNull();
  for (let call = 0; call < 95; call++) expect(await other.take([key('k', 100)])).toBeNull();
  expect(await other.take([key('k', 100)])).not.toBeNull();
  clock.advance(2_000);
  let granted = 0;
  while ((await other.take([key('k', 100)])) === null) granted += 1;
  // Four from the other process, and what two seconds bring.
  expect(granted).toBe(4 + 3);
});

test('another rate holds at once', async () => {
  const { one } = setUp();
  for (let call = 0; call < 3; call++) expect(await one.take([key('k', 1_000)])).toBeNull();
  expect(await one.take([{ ...key('k', 1), burst: 1 }])).toMatchObject({ rule: 'k' });
});

test('a burst bounds what may come at once', async () => {
  const { one } = setUp();
  const bursting = { ...key('k', 60), burst: 2 };
  expect([await one.take([bursting]), await one.take([bursting])]).toEqual([null, null]);
  expect(await one.take([bursting])).toEqual({ rule: 'k', waitMs: 1_000 });
});

test('closing gives back what is left', async () => {
  const { one, other } = setUp();
  expect(await one.take([key('k', 100)])).toBeNull();
  one.close();
  let granted = 0;
  while ((await other.take([key('k', 100)])) === null) granted += 1;
  expect(granted).toBe(99);
});
