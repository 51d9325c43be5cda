/** An app that would shape what other apps see of an entry that they share: it sees it alone, or nothing is kept. */
import { expect, test } from 'vitest';
import type { RequestOptions } from '../../src/net/http/options.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';

async function setUp(headers: Readonly<Record<string, string>>, cacheTtl: string | null) {
  const server = await startHttp((response, { url }) => response.writeHead(200, headers).end(url));
  const made = await testEgress();
  await allowServer(made.egress, server, { shared: true, cacheTtl });
  const get = async (app: string, path: string, options: RequestOptions) => {
    const response = await made.egress.net({ app }).fetch(`${server.origin()}${path}`, options);
    return [await response.text(), response.fromCache] as const;
  };
  return {
    get,
    [Symbol.asyncDispose]: async () => {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('by a key of its own, under which others would find another page', async () => {
  await using made = await setUp({}, '5m');
  await made.get('mallory', '/evil', { cacheKey: 'prices' });
  expect(await made.get('mallory', '/evil', { cacheKey: 'prices' })).toEqual(['/evil', true]);
  expect(await made.get('billing', '/prices', { cacheKey: 'prices' })).toEqual(['/prices', false]);
});

test('by keeping for a week what the server wants kept for no time', async () => {
  await using made = await setUp({ 'cache-control': 'max-age=0' }, null);
  await made.get('mallory', '/prices', { cache: '7d' });
  expect(await made.get('billing', '/prices', { cache: true })).toEqual(['/prices', false]);
});
