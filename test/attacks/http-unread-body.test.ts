/** Attack (or carelessness): leave bodies unread, until every connection and all memory is held by them. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, openSockets, testNet, until } from '../helpers/tcp-server.ts';

it('takes little of it in, and lets go when the time is over', async () => {
  const clock = new ManualClock();
  let written = 0;
  await using server = await startHttp((response) => {
    response.on('drain', () => {
      written = response.socket?.bytesWritten ?? 0;
    });
    response.end(Buffer.alloc(256 * 2 ** 20));
  });
  await using net = testNet({ clock });
  const before = process.memoryUsage().arrayBuffers;
  const responses = await Promise.all(Array.from({ length: 4 }, () => net.fetch(server.origin(), { timeout: 10 })));
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBeLessThan(64 * 2 ** 20);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * 300 * 2 ** 20);
  clock.advance(10_000);
  await until(() => server.connections.open === 0);
  for (const response of responses) expect((await failureOf(response.bytes())).name).toBe('TimeoutError');
});

it('lets go when it is told that the body is not wanted', async () => {
  await using server = await startHttp((response, { url }) => {
    if (url === '/small') response.writeHead(200, { 'content-length': 10_000 }).end(Buffer.alloc(10_000));
    else response.end(Buffer.alloc(8 * 2 ** 20));
  });
  await using net = testNet();
  {
    await using small = await net.fetch(`${server.origin()}/small`);
    expect(small.status).toBe(200);
  }
  await (await net.fetch(`${server.origin()}/small`)).close();
  expect(server.connections.accepted).toBe(1);
  const large = await net.fetch(`${server.origin()}/large`);
  await large.close();
  await large.close();
  expect((await failureOf(large.bytes())).name).toBe('ArgumentError');
  await until(() => server.connections.open === 0);
  for await (const piece of await net.fetch(`${server.origin()}/large`)) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  await until(() => server.connections.open === 0);
});

it('leaves nothing open behind a request that failed', async () => {
  await using server = await startHttp(() => {});
  await using net = testNet();
  const before = openSockets();
  const stop = new AbortController();
  const fetched = net.fetch(server.origin(), { signal: stop.signal });
  await until(() => server.seen.length === 1);
  stop.abort(new Error('enough'));
  await expect(fetched).rejects.toThrow('enough');
  await until(() => openSockets() <= before && server.connections.open === 0);
});
