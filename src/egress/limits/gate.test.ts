import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { DEFAULT_SETTINGS, type Settings } from '../settings.ts';
import { openSqlite } from '../state/sqlite/sqlite.ts';
import type { State } from '../state/state.ts';
import { Gate, type Leave } from './gate.ts';
import { Outage } from './outage.ts';
import { Rates } from './rates.ts';
import { Slots } from './slots.ts';

type Shared = Pick<State, 'rates' | 'slots' | 'now' | 'sharers'>;

/** `over`: another state in front of the one that is set up, as one behind a network. */
function setUp(over: (state: Shared) => Shared = (state) => state) {
  const clock = new ManualClock();
  const state = over({ ...openSqlite(':memory:'), now: () => clock.now() });
  const outage = new Outage(() => {});
  const gate = (owner: string) => {
    const slots = new Slots(state, owner, clock, outage);
    return { slots, gate: new Gate(new Rates(state, clock, outage), slots, clock) };
  };
  return { clock, state, make: gate };
}

function ask(app: string, more: Partial<Settings> = {}, signal?: AbortSignal) {
  return { operation: 'fetch' as const, app, settings: { ...DEFAULT_SETTINGS, ...more }, signal };
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
  const third = Promise.resolve(gate.enter(ask('a', limits))).then((leave) => {
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

test('what can be answered at once is, without a promise', () => {
  const { make } = setUp();
  const { gate } = make('p1');
  expect(gate.enter(ask('a'))).toBeTypeOf('function');
  const rate = { count: 10, perMs: 1_000, text: '10/s' };
  expect(gate.charge([{ key: 'k', rate, burst: null, rule: 'k' }], ask('a'))).toBeUndefined();
});

test('an app that fills the room gives way to others, one by one, from its end', async () => {
  const { make } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 1, queue_length: 4 };
  for (const app of ['flood', 'b', 'c']) await gate.enter(ask(app, limits));
  const outcomes: string[] = [];
  const enter = (app: string, name: string): void => {
    Promise.resolve(gate.enter(ask(app, limits))).then(
      () => outcomes.push(`${name} in`),
      () => outcomes.push(`${name} out`),
    );
  };
  for (let call = 1; call <= 6; call++) enter('flood', `flood${call}`);
  await settle();
  expect(outcomes).toEqual(['flood5 out', 'flood6 out']);
  enter('b', 'b1');
  enter('b', 'b2');
  // Now each has its half.
  enter('b', 'b3');
  enter('c', 'c1');
  enter('flood', 'flood7');
  await settle();
  expect(outcomes.slice(2).sort()).toEqual(['b3 out', 'flood2 out', 'flood3 out', 'flood4 out', 'flood7 out']);
  expect(gate.waiting).toBe(4);
});

test('calls that wait for a rate give way as well', async () => {
  const { make } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 1, queue_length: 2 };
  const rate = { count: 1, perMs: 900, text: '1/900ms' };
  const keys = [{ key: 'k', rate, burst: 1, rule: 'k' }];
  await gate.charge(keys, ask('flood', limits));
  const delayed = [gate.charge(keys, ask('flood', limits)), gate.charge(keys, ask('flood', limits))];
  await settle();
  expect(gate.waiting).toBe(2);
  await gate.enter(ask('b', limits));
  const waiting = gate.enter(ask('b', limits));
  await expect(delayed[1]).rejects.toMatchObject({ code: 'NET_RATE', retryAfter: 0.9 });
  expect(gate.waiting).toBe(2);
  await expect(gate.charge(keys, ask('flood', limits))).rejects.toMatchObject({ code: 'NET_RATE' });
  expect(waiting).toBeInstanceOf(Promise);
});

test('slots of all go to the apps in turn, however many calls of each wait', async () => {
  const { make } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 10, total_concurrency: 2 };
  const order: string[] = [];
  const leaves = [await gate.enter(ask('flood', limits)), await gate.enter(ask('flood', limits))];
  const enter = (app: string): void => {
    void Promise.resolve(gate.enter(ask(app, limits))).then((leave) => {
      order.push(app);
      leaves.push(leave);
    });
  };
  for (let call = 0; call < 5; call++) enter('flood');
  for (const app of ['b', 'b', 'c']) enter(app);
  for (let turn = 0; turn < 8; turn++) {
    await settle();
    leaves.shift()?.();
  }
  await settle();
  expect(order).toEqual(['flood', 'b', 'c', 'flood', 'b', 'flood', 'flood', 'flood']);
});

test('who comes while others wait for a slot of all waits behind them; their own cap holds up nobody', async () => {
  const { make } = setUp();
  const { gate } = make('p1');
  const limits = { app_concurrency: 1, total_concurrency: 2 };
  const first = await gate.enter(ask('a', limits));
  void gate.enter(ask('a', limits));
  // One of `a` waits for `a` alone.
  expect(gate.enter(ask('b', limits))).toBeTypeOf('function');
  const third = gate.enter(ask('c', limits));
  const fourth = gate.enter(ask('d', limits));
  first();
  expect(await third).toBeTypeOf('function');
  expect(gate.waiting).toBe(2);
  expect(fourth).toBeInstanceOf(Promise);
});

describe('a state behind a network', () => {
  /** Answers when it is told to, and counts what it is asked. */
  function behindNetwork() {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const over = (state: Shared): Shared => ({
      ...state,
      slots: {
        lease: (key, ...rest) =>
          new Promise((resolve) => {
            asked.push(key);
            answers.push(() => resolve(state.slots.lease(key, ...rest)));
          }),
        giveBack: (...rest) => state.slots.giveBack(...rest),
        renew: (...rest) => state.slots.renew(...rest),
        giveBackAll: (...rest) => state.slots.giveBackAll(...rest),
        held: (now) => state.slots.held(now),
      },
    });
    const answer = async (): Promise<void> => {
      for (const each of answers.splice(0)) each();
      await settle();
    };
    return { asked, answer, ...setUp(over) };
  }

  test('is not asked by more calls than may have a slot', async () => {
    const { asked, answer, make } = behindNetwork();
    const { gate } = make('p1');
    const entered: Leave[] = [];
    const outcomes = Array.from({ length: 1_000 }, () =>
      Promise.resolve(gate.enter(ask('a', { app_concurrency: 3 }))).then((leave) => entered.push(leave)),
    );
    const refused = Promise.allSettled(outcomes).then((all) => all.filter(({ status }) => status === 'rejected'));
    await settle();
    expect(asked).toEqual(['app:a', 'app:a', 'app:a']);
    while (entered.length < 3) await answer();
    expect(gate.waiting).toBe(100);
    for (let leave = entered.shift(); leave !== undefined; leave = entered.shift()) {
      leave();
      await answer();
    }
    expect(await refused).toHaveLength(897);
    expect(asked.length).toBeLessThan(10);
  });

  test('may free a slot while it is asked for another: the call that was refused has it', async () => {
    const { answer, make } = behindNetwork();
    const { gate } = make('p1');
    const limits = { app_concurrency: 1 };
    const first = Promise.resolve(gate.enter(ask('a', limits)));
    await settle();
    const second = gate.enter(ask('a', limits));
    await answer();
    await answer();
    (await first)();
    expect(await second).toBeTypeOf('function');
  });

  test('answers after who asked has gone: the slot is the next one’s', async () => {
    const { answer, make, state } = behindNetwork();
    const { gate, slots } = make('p1');
    const limits = { app_concurrency: 1 };
    await state.slots.renew('p2', new Map([['app:a', 1]]), state.now(), 60_000);
    const ending = new AbortController();
    const ended = Promise.resolve(gate.enter(ask('a', limits, ending.signal)));
    await answer();
    const next = gate.enter(ask('a', limits));
    await state.slots.giveBackAll('p2');
    ending.abort(new Error('ended'));
    await expect(ended).rejects.toThrow('ended');
    for (let answers = 0; answers < 2; answers++) await answer();
    expect(await next).toBeTypeOf('function');
    expect(slots.used().get('app:a')).toBe(1);
    expect(gate.waiting).toBe(0);
  });
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
  const second = Promise.resolve(gate.charge([fast], ask('a'))).then(() => {
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
