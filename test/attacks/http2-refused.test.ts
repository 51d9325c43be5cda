/** A server of HTTP/2 that refuses streams has each request made twice: past a rate, a budget, and what is written down. */
import { expect, test } from 'vitest';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const REFUSED_STREAM = 7;

/** Reads each request to its end; every other one is then refused, as if nobody had looked at it. */
async function startRefusing() {
  const bodies: number[] = [];
  const server = await startHttp2(() => {}, {
    onStream: (stream) => {
      let length = 0;
      stream.on('error', () => {});
      stream.on('data', (piece: Buffer) => {
        length += piece.length;
      });
      stream.on('end', () => {
        bodies.push(length);
        if (bodies.length % 2 === 1) return void stream.close(REFUSED_STREAM);
        stream.respond({ ':status': 200 });
        stream.end('ok');
      });
      return true;
    },
  });
  return { server, bodies, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

test('each of the two is charged and written down', async () => {
  await using refusing = await startRefusing();
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, refusing.server, { rate: '5/d' });
  const net = egress.net({ app: 'a' });
  const post = (body: string | Uint8Array) => net.fetch(refusing.server.origin(), { method: 'POST', body });
  expect((await post('short')).status).toBe(200);
  expect((await post(new Uint8Array(100_000))).status).toBe(200);
  expect(await failureOf(net.fetch(refusing.server.origin()))).toMatchObject({ code: 'NET_RATE' });
  expect(refusing.bodies).toEqual([5, 5, 100_000, 100_000, 0]);
  expect(await egress.journal({ limit: 9 })).toMatchObject([
    { verdict: 'ok', tries: 2, bytesOut: 10 },
    { verdict: 'ok', tries: 2, bytesOut: 200_000 },
    { verdict: 'denied', tries: 1, bytesOut: 0 },
  ]);
});

test.each([{ method: 'GET' }, { method: 'POST', body: 'short' }, { method: 'POST', body: 'x'.repeat(100_000) }])(
  'a budget has both of $method',
  async (options) => {
    await using refusing = await startRefusing();
    await using net = testNet({ ca: pemOf('ca') });
    const small = net.narrow(['*'], { maxRequests: 3 });
    const ask = () => small.fetch(refusing.server.origin(), options);
    expect((await ask()).status).toBe(200);
    // For its second try there is nothing left.
    expect(await failureOf(ask())).toMatchObject({ code: 'NET_RESET' });
    expect(await failureOf(ask())).toMatchObject({ code: 'NET_BUDGET' });
    expect(refusing.bodies).toHaveLength(3);
  },
);
