/** Attack: an event stream that takes memory without end: in one line, in one event, in comments, or compressed. */
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

const CASES: Readonly<Record<string, readonly [name: string, piece: string, first?: string]>> = {
  'one line': ['TooLargeError', 'x'.repeat(65_536), 'data: '],
  'one line of a field that is none': ['TimeoutError', 'x'.repeat(65_536)],
  'one event of many lines': ['TooLargeError', `data: ${'x'.repeat(1_000)}\n`.repeat(64)],
  'an event’s name': ['TooLargeError', 'x'.repeat(65_536), 'event: '],
  'an id': ['TooLargeError', 'x'.repeat(65_536), 'id: '],
  'lines without an event': ['ProtocolError', '\n'.repeat(65_536)],
  'empty lines of data': ['ProtocolError', 'data\n'.repeat(16_384)],
};

it.each(Object.entries(CASES))('keeps little of %s', async (_what, [name, piece, first = '']) => {
  let sent = 0;
  await using server = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(first);
    const more = (): void => {
      while (sent < 64 * 2 ** 20 && !response.destroyed) {
        sent += piece.length;
        if (!response.write(piece)) return;
      }
    };
    response.on('drain', more);
    more();
  });
  await using net = testNet();
  const before = process.memoryUsage().heapUsed;
  const source = await net.eventSource(server.origin());
  const failed = failureOf(source.next({ timeout: name === 'TimeoutError' ? 2 : 60 }));
  expect((await failed).name).toBe(name);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(128 * 2 ** 20);
  await source.close();
  await until(() => server.connections.open === 0);
});

it('keeps a connection alive by comments, for as long as they come', async () => {
  await using server = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const ping = ':\n'.repeat(65_536);
    let turn = 0;
    const more = (): void => {
      if (turn++ < 32) response.write(ping, more);
      else response.end('data: alive\n\n');
    };
    more();
  });
  await using net = testNet();
  await using source = await net.eventSource(server.origin());
  expect(await source.next({ timeout: 60 })).toMatchObject({ data: 'alive' });
});

it.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
])('stops a %s bomb at the cap', async (coding, encode) => {
  const body = encode(Buffer.concat([Buffer.from('data: '), Buffer.alloc(16 * 2 ** 20, 'x')]));
  await using server = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': coding }).end(body);
  });
  await using net = testNet();
  const source = await net.eventSource(server.origin(), { maxEvent: 100_000 });
  expect(await failureOf(source.next())).toMatchObject({
    name: 'TooLargeError',
    hint: expect.stringContaining('maxEvent'),
  });
});
