import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts';
import { openSqlite } from '../state/sqlite/sqlite.ts';
import { Gate, type Leave } from './gate.ts';
import { Outage } from './outage.ts';
import { Rates } from './rates.ts';
import { Slots } from './slots.ts';

function setUp() {
  const clock = new ManualClock();
  const state = { ...openSqlite(':memory:'), now: () => clock.now() };
  const outage = new Outage(() => {});
  const gate = (owner: string) => {
    const slots = new Slots(state, owner, clock, outage);
    return { slots, gate: new Gate(new Rates(state, clock, outage), slots, clock) };
  };
  return { clock, state, make: gate };
}

function ask(app: string, more: Partial<Settings> = {}, signal?: AbortSignal) {
  return { app, settings: { ...DEFAULT_SETTINGS, ...more }, signal };
}

/** Lets everything that is ready happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

test('an app at its cap waits, another goes on', async () => {
  const { make } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 2, total_concurrency: 10 };
  const leaves = [await gate.enter(ask('a', limits)), await gate.enter(ask('a', limits))];
  let entered = false;
  const third = gate.enter(ask('a', limits)).then((leave) => {
    entered = true;
    return leave;
  });
  await settle();
  expect(entered).toBe(false);
  const other = await gate.enter(ask('b', limits));
  leaves[0]?.();
  expect(typeof (await third)).toBe('function');
  other();
});

test('who waits too long is told, and takes nothing', async () => {
  const { make, clock } = setUp();
  const { gate, slots } = make('p1');
  const limits = { app_concurrency: 1 };
  const leave = await gate.enter(ask('a', limits));
  const late = gate.enter(ask('a', limits));
  await settle();
  clock.advance(1_000);
  await expect(late).rejects.toMatchObject({ code: 'NET_LIMIT', retryable: true, retryAfter: 1 });
  leave();
  await settle();
  expect(slots.used().get('app:a')).toBe(0);
});

test('a full queue refuses at once', async () => {
  const { make, clock } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 1, queue_length: 2 };
  await gate.enter(ask('a', limits));
  const waiting = [gate.enter(ask('a', limits)), gate.enter(ask('a', limits))];
  await settle();
  await expect(gate.enter(ask('a', limits))).rejects.toMatchObject({ code: 'NET_LIMIT' });
  clock.advance(1_000);
  await Promise.allSettled(waiting);
});

test('a call that is ended while it waits leaves the queue', async () => {
  const { make } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 1, queue_length: 1 };
  const leave = await gate.enter(ask('a', limits));
  const ending = new AbortController();
  const ended = gate.enter(ask('a', limits, ending.signal));
  await settle();
  ending.abort(new Error('ended'));
  await expect(ended).rejects.toThrow('ended');
  expect(gate.waiting).toBe(0);
  leave();
  expect(typeof (await gate.enter(ask('a', limits)))).toBe('function');
});

test('leaving twice frees one slot', async () => {
  const { make, clock } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 2 };
  const first = await gate.enter(ask('a', limits));
  await gate.enter(ask('a', limits));
  first();
  first();
  await gate.enter(ask('a', limits));
  const late = gate.enter(ask('a', limits));
  await settle();
  clock.advance(1_000);
  await expect(late).rejects.toMatchObject({ code: 'NET_LIMIT' });
});

test('two processes share one cap, and slots that one frees reach the other', async () => {
  const { make, clock } = setUp();
  const [one, other] = [make('p1').gate, make('p2').gate];
  const limits = { app_concurrency: 3 };
  const leaves: Leave[] = [];
  for (let call = 0; call < 3; call++) leaves.push(await one.enter(ask('a', limits)));
  const waiting = other.enter(ask('a', { ...limits, queue_wait: 5_000 }));
  await settle();
  leaves[0]?.();
  for (let step = 0; step < 40; step++) {
    clock.advance(100);
    await settle();
  }
  expect(typeof (await waiting)).toBe('function');
});

test('the slots of a process that died come back within 30 s', async () => {
  const { make, clock, state } = setUp();
  const limits = { app_concurrency: 2, queue_wait: 30_000 };
  // What a process has leased that then never renews.
  await state.slots.lease('app:a', 'dead', 2, 2, 0, 15_000);
  const waiting = make('p2').gate.enter(ask('a', limits));
  for (let step = 0; step < 300; step++) {
    clock.advance(100);
    await settle();
  }
  expect(typeof (await waiting)).toBe('function');
});

test('a rate that comes soon is waited for, one that does not is refused with the time', async () => {
  const { make, clock } = setUp();
  const { gate } = make('p1');
  const key = (count: number, perMs: number) => ({
    key: `k${count}`,
    rate: { count, perMs, text: `${count}` },
    burst: 1,
    rule: 'app_rate',
  });
  const fast = key(2, 1_000);
  await gate.charge([fast], ask('a'));
  let charged = false;
  const second = gate.charge([fast], ask('a')).then(() => {
    charged = true;
  });
  await settle();
  expect(charged).toBe(false);
  clock.advance(500);
  await second;
  const slow = key(1, 60_000);
  await gate.charge([slow], ask('a'));
  await expect(gate.charge([slow], ask('a'))).rejects.toMatchObject({ code: 'NET_RATE', retryAfter: 60 });
});
