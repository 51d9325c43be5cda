/** A script sends large bodies at once, so that Node ends the requests of others on the same connection of HTTP/2. */
import { expect, test } from 'vitest';
import { startHttp2 } from '../helpers/http2-server.ts';
import { testNet, until } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const LARGE = 6_000_000;

test('neither they nor the others fail, however slowly they are read', async () => {
  const slow: (() => void)[] = [];
  await using server = await startHttp2((request, response) => {
    let length = 0;
    request.on('end', () => response.end(String(length)));
    const read = (): void => {
      request.on('data', (piece: Buffer) => {
        length += piece.length;
      });
    };
    if (request.method === 'GET') read();
    else slow.push(read);
  });
  await using net = testNet({ ca: pemOf('ca') });
  async function* inOne() {
    yield new Uint8Array(LARGE);
  }
  const post = async (options: Parameters<typeof net.fetch>[1]) =>
    (await net.fetch(server.origin(), { method: 'POST', ...options })).text();
  const get = async () => (await net.fetch(server.origin())).text();
  await get();
  const body = new Uint8Array(LARGE);
  const all = [post({ body }), post({ body }), post({ body }), post({ bodyFile: inOne() })];
  const form = post({ bodyMultipart: { file: body } });
  await until(() => slow.length === 5);
  expect(await Promise.all([get(), get(), get()])).toEqual(['0', '0', '0']);
  for (const read of slow) read();
  expect(await Promise.all(all)).toEqual(Array.from({ length: 4 }, () => String(LARGE)));
  expect(Number(await form)).toBeGreaterThan(LARGE);
  expect(server.connections).toBe(1);
});
