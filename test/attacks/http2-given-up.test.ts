/**
 * A server of HTTP/2 that takes one stream at a time has one that goes on. A script makes calls to it without end and gives
 * them up, to have the kernel keep their heads and bodies for as long as the one goes on.
 */
import type { ServerHttp2Stream } from 'node:http2';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import type { Net } from '../../src/net/net.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { testNet, until } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Answers `/`; of anything else the head and no more. */
async function startBusy() {
  const streams: ServerHttp2Stream[] = [];
  const server = await startHttp2(
    (request, response) => {
      streams.push(request.stream);
      if (request.url === '/') response.end('x');
      else response.write('x');
    },
    { maxConcurrentStreams: 1 },
  );
  return { server, streams, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Both over one connection, which knows what the server allows. */
async function begin(net: Net, url: string) {
  await (await net.fetch(url)).bytes();
  return net.fetch(`${url}/long`);
}

/** One call with a body of this length, which is returned. */
async function giveUp(net: Net, url: string, length: number): Promise<WeakRef<Uint8Array>> {
  const body = new Uint8Array(length);
  const ending = new AbortController();
  const reason = new Error('given up');
  const call = net.fetch(url, { method: 'POST', body, signal: ending.signal }).catch((error: unknown) => error);
  await nextTurn();
  ending.abort(reason);
  expect(await call).toBe(reason);
  return new WeakRef(body);
}

// What is short lies beside the head; what is long comes in pieces.
test.each([1_000, 1_000_000])('nothing but the last is kept of calls with bodies of %i bytes', async (length) => {
  await using busy = await startBusy();
  await using net = testNet({ ca: pemOf('ca') });
  const url = busy.server.origin();
  const long = await begin(net, url);
  const sent: WeakRef<Uint8Array>[] = [];
  for (let calls = 0; calls < 12; calls++) sent.push(await giveUp(net, url, length));
  await until(() => {
    collectGarbage();
    return sent.filter((one) => one.deref() !== undefined).length <= 1;
  }, 'no body of a request is kept');
  expect(busy.streams).toHaveLength(2);
  expect(long.status).toBe(200);
});

test('those that wait behind go on when their turn comes', async () => {
  await using busy = await startBusy();
  await using net = testNet({ ca: pemOf('ca') });
  const url = busy.server.origin();
  await begin(net, url);
  const first = giveUp(net, url, 10);
  const others = Array.from({ length: 5 }, async () => (await net.fetch(url)).text());
  await first;
  busy.streams.at(-1)?.end();
  expect(await Promise.all(others)).toEqual(['x', 'x', 'x', 'x', 'x']);
  expect(busy.server.connections).toBe(1);
});

test('a connection that has nothing but what was given up is closed', async () => {
  await using busy = await startBusy();
  await using net = testNet({ ca: pemOf('ca') });
  const url = busy.server.origin();
  const long = await begin(net, url);
  await giveUp(net, url, 10);
  await long.close();
  await until(() => busy.server.sessions.size === 0);
  expect(await (await net.fetch(url)).text()).toBe('x');
  expect(busy.server.connections).toBe(2);
});
