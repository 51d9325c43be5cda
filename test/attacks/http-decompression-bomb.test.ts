/** Attack: a small body that decodes to an immense one. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

const ZEROS = Buffer.alloc(16 * 2 ** 20);
const BOMBS: Readonly<Record<string, readonly [coding: string, body: () => Buffer]>> = {
  gzip: ['gzip', () => gzipSync(ZEROS)],
  deflate: ['deflate', () => deflateSync(ZEROS)],
  'bare deflate': ['deflate', () => deflateRawSync(ZEROS)],
  br: ['br', () => brotliCompressSync(ZEROS)],
  zstd: ['zstd', () => zstdCompressSync(ZEROS)],
  'gzip in gzip': ['gzip, gzip', () => gzipSync(gzipSync(ZEROS))],
  'zstd in br': ['zstd, br', () => brotliCompressSync(zstdCompressSync(ZEROS))],
  'deflate in zstd in gzip': ['deflate, zstd, gzip', () => gzipSync(zstdCompressSync(deflateSync(ZEROS)))],
};

it.each(Object.entries(BOMBS))('stops %s at the cap, however the body is read', async (_what, [coding, make]) => {
  const body = make();
  await using server = await startHttp((response) => response.writeHead(200, { 'content-encoding': coding }).end(body));
  await using net = testNet();
  const get = () => net.fetch(server.origin(), { maxBody: 1_000_000 });
  expect((await failureOf((await get()).bytes())).name).toBe('TooLargeError');
  expect((await failureOf((await get()).text())).name).toBe('TooLargeError');
  expect((await failureOf((await net.fetch(server.origin())).readAll(1_000_000))).name).toBe('TooLargeError');
  let read = 0;
  const reading = async () => {
    for await (const piece of await get()) read += piece.length;
  };
  expect((await failureOf(reading())).name).toBe('TooLargeError');
  expect(read).toBeGreaterThan(500_000);
  expect(read).toBeLessThanOrEqual(1_000_000);
});

it('decodes nothing ahead of the reader', async () => {
  const body = gzipSync(ZEROS);
  await using server = await startHttp((response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(body));
  await using net = testNet();
  const before = process.memoryUsage().arrayBuffers;
  const response = await net.fetch(server.origin());
  expect((await response.read({ max: 10 }))?.length).toBe(10);
  for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 2 ** 20);
  await response.close();
});

it('refuses a body that is coded over and over', async () => {
  const codings = Array(100).fill('gzip').join(', ');
  await using server = await startHttp((response) => response.writeHead(200, { 'content-encoding': codings }).end('x'));
  await using net = testNet();
  const response = await net.fetch(server.origin());
  expect((await failureOf(response.bytes())).name).toBe('ProtocolError');
  await until(() => server.seen.length === 1);
});
