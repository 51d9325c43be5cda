/** A server of HTTP/2 resets each stream, or ends each connection at its second request, to have one call made thousands of times. */
import type { ServerHttp2Stream } from 'node:http2';
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const CANCEL = 8;
const REFUSED_STREAM = 7;
const RESET = { code: 'NET_RESET' };

/** Answers the first stream of all, and resets the others. */
async function startResetting(code: number) {
  let streams = 0;
  const onStream = (stream: ServerHttp2Stream): boolean => {
    streams += 1;
    stream.on('error', () => {});
    if (streams > 1) stream.close(code);
    return streams > 1;
  };
  const server = await startHttp2((_request, response) => response.end('x'), { onStream });
  return {
    server,
    get streams() {
      return streams;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

test.each([
  ['resets', CANCEL, 1],
  ['refuses', REFUSED_STREAM, 2],
])('a stream that the server %s is not asked for again and again', async (_what, code, most) => {
  await using resetting = await startResetting(code);
  await using net = testNet({ ca: pemOf('ca') });
  const url = resetting.server.origin();
  await (await net.fetch(url)).bytes();
  expect(await failureOf(net.fetch(url, { timeout: 3 }))).toMatchObject(RESET);
  expect(resetting.streams).toBe(1 + most);
  expect(await failureOf(net.fetch(url, { timeout: 3, method: 'POST', body: 'x' }))).toMatchObject(RESET);
  expect(resetting.streams).toBe(1 + 2 * most);
});

test('nor under an egress, whose rates are left for other calls', async () => {
  await using resetting = await startResetting(CANCEL);
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, resetting.server);
  const net = egress.net({ app: 'a' });
  const url = resetting.server.origin();
  await (await net.fetch(url)).bytes();
  expect(await failureOf(net.fetch(url, { timeout: 3 }))).toMatchObject(RESET);
  expect(await egress.journal({ limit: 1 })).toMatchObject([{ error: 'NET_RESET', tries: 1 }]);
});

test('a connection that ends under its second request costs one more, over a new one', async () => {
  const answered = new Set<unknown>();
  let streams = 0;
  await using server = await startHttp2((_request, response) => response.end('x'), {
    onStream: ({ session }) => {
      streams += 1;
      const isFirst = !answered.has(session);
      answered.add(session);
      if (!isFirst) session?.socket.destroy();
      return !isFirst;
    },
  });
  await using net = testNet({ ca: pemOf('ca') });
  for (let calls = 0; calls < 3; calls++) expect(await (await net.fetch(server.origin())).text()).toBe('x');
  expect([streams, server.connections]).toEqual([5, 3]);
  expect(await failureOf(net.fetch(server.origin(), { method: 'POST', body: 'x' }))).toMatchObject(RESET);
  expect(streams).toBe(6);
});
