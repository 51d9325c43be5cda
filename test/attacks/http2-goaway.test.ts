/**
 * A server of HTTP/2 gives back one request with GOAWAY while it goes on with another over the same connection: undici then
 * asks for another connection again and again, and nothing else in the process goes on.
 */
import type { ServerHttp2Stream } from 'node:http2';
import { expect, test } from 'vitest';
import { startHttp2 } from '../helpers/http2-server.ts';
import { testNet, until } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

/** Keeps what comes; at the third request of its first connection, it gives that and the second back. */
async function startGivingBack(maxConcurrentStreams = 100) {
  const kept: ServerHttp2Stream[] = [];
  const server = await startHttp2(() => {}, {
    maxConcurrentStreams,
    onStream: (stream) => {
      stream.on('error', () => {});
      kept.push(stream);
      if (kept.length === Math.min(3, maxConcurrentStreams)) stream.session?.goaway(0, kept[0]?.id);
      return true;
    },
  });
  return { server, kept, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

function answer(stream: ServerHttp2Stream | undefined, text: string): void {
  stream?.respond({ ':status': 200 });
  stream?.end(text);
}

test('what was given back goes over another connection, and the rest goes on', async () => {
  await using giving = await startGivingBack();
  const { server, kept } = giving;
  await using net = testNet({ ca: pemOf('ca') });
  const ask = async (method: string, body = {}) => (await net.fetch(server.origin(), { method, ...body })).text();
  const first = ask('POST', { body: 'a' });
  await until(() => kept.length === 1);
  const second = ask('GET');
  await until(() => kept.length === 2);
  const third = ask('POST', { body: 'c' });
  await until(() => kept.length === 5);
  expect(server.connections).toBe(2);
  answer(kept[0], 'first');
  answer(kept[3], 'other');
  answer(kept[4], 'other');
  expect(await Promise.all([first, second, third])).toEqual(['first', 'other', 'other']);
});

test('so does what had not begun', async () => {
  await using giving = await startGivingBack(1);
  const { server, kept } = giving;
  await using net = testNet({ ca: pemOf('ca') });
  const ask = async () => (await net.fetch(server.origin(), { method: 'POST', body: 'x' })).text();
  const all = [ask(), ask(), ask(), ask()];
  for (let at = 1; at < 4; at++) {
    await until(() => kept.length > at);
    expect(server.connections).toBe(2);
    answer(kept[at], 'other');
  }
  answer(kept[0], 'first');
  expect((await Promise.all(all)).sort()).toEqual(['first', 'other', 'other', 'other']);
});
