/** A call that others wait for, since they ask for the very same: its end is not theirs, and they wait no longer than they may. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

async function setUp() {
  const held: (() => void)[] = [];
  // The first is in the test's hand, and any other is answered.
  const server = await startHttp((response) => {
    if (held.push(() => response.end('body')) > 1) response.end('body');
  });
  const made = await testEgress();
  await allowServer(made.egress, server);
  const url = server.origin();
  return {
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

test.each(['its caller gives up', 'its time is over', 'its run’s deadline passes'])('%s', async (what) => {
  await using made = await setUp();
  const { get, held } = made;
  const stop = new AbortController();
  const leading =
    what === 'its caller gives up'
      ? get({ signal: stop.signal })
      : what === 'its time is over'
        ? get({ timeout: 0.2 })
        : get({}, { deadline: 0.2 });
  const ended = failureOf(leading).catch(() => null);
  await until(() => held.length === 1);
  const following = [get(), get()];
  stop.abort(new Error('enough'));
  await ended;
  // Those that waited ask themselves.
  expect(await Promise.all(following)).toEqual(['body', 'body']);
});

test('who waits gives up when it is time, or when it is told to', async () => {
  await using made = await setUp();
  const { get, held } = made;
  const leading = get();
  await until(() => held.length === 1);
  const stop = new AbortController();
  const told = get({ signal: stop.signal }).catch((reason: unknown) => reason);
  expect(await failureOf(get({ timeout: 0.1 }))).toMatchObject({ code: 'NET_TIMEOUT', retryable: true });
  expect(await failureOf(get({}, { deadline: 0.15 }))).toMatchObject({ code: 'NET_TIMEOUT' });
  const reason = new Error('enough');
  stop.abort(reason);
  expect(await told).toBe(reason);
  held[0]?.();
  expect(await leading).toBe('body');
  expect(made.server.seen).toHaveLength(1);
});
