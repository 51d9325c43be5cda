/** A call that others wait for, since they ask for the very same: its end is not theirs, and they wait no longer than they may. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

async function setUp() {
  const clock = new ManualClock();
  const held: (() => void)[] = [];
  // The first is in the test's hand, and any other is answered.
  const server = await startHttp((response) => {
    if (held.push(() => response.end('body')) > 1) response.end('body');
  });
  const made = await testEgress({ clock });
  await allowServer(made.egress, server);
  const url = server.origin();
  return {
    clock,
    held,
    server,
    /** A call of a run of its own. */
    get: (options = {}, run = {}) =>
      made.egress
        .net({ app: 'a', ...run })
        .fetch(url, { cache: '5m', ...options })
        .then((response) => response.text()),
    [Symbol.asyncDispose]: async () => {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** As long as calls that have begun need to come to what they wait for. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

const STOP = new Error('enough');

test.each([
  ['its caller gives up', (signal: AbortSignal) => [{ signal }, {}], 0],
  ['its time is over', () => [{ timeout: 5 }, {}], 5_001],
  ['its run’s deadline passes', () => [{}, { deadline: 5 }], 5_001],
] as const)('%s', async (_what, leader, ms) => {
  await using made = await setUp();
  const { clock, get, held, server } = made;
  const stop = new AbortController();
  const leading = get(...leader(stop.signal)).catch(() => 'ended');
  await until(() => held.length === 1);
  const following = [get(), get()];
  await settle();
  expect(server.seen).toHaveLength(1);
  if (ms === 0) stop.abort(STOP);
  else clock.advance(ms);
  expect(await leading).toBe('ended');
  // Those that waited ask themselves.
  expect(await Promise.all(following)).toEqual(['body', 'body']);
});

test('who waits gives up when it is time, or when it is told to', async () => {
  await using made = await setUp();
  const { clock, get, held, server } = made;
  const leading = get();
  await until(() => held.length === 1);
  const stop = new AbortController();
  const told = get({ signal: stop.signal }).catch((reason: unknown) => reason);
  const late = [failureOf(get({ timeout: 2 })), failureOf(get({}, { deadline: 3 }))];
  await settle();
  clock.advance(3_001);
  for (const error of await Promise.all(late)) expect(error).toMatchObject({ code: 'NET_TIMEOUT', retryable: true });
  stop.abort(STOP);
  expect(await told).toBe(STOP);
  held[0]?.();
  expect(await leading).toBe('body');
  expect(server.seen).toHaveLength(1);
});
