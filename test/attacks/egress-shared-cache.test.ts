/** An app that would shape what other apps see of an entry that they share: it sees it alone, or nothing is kept. */
import { TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import type { RequestOptions } from '../../src/net/http/options.ts';
import { allowServer, servedEgress, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

async function setUp(headers: Readonly<Record<string, string>>, cacheTtl: string | null) {
  const made = await servedEgress((response, { url }) => response.writeHead(200, headers).end(url), {
    entry: { shared: true, cacheTtl },
  });
  const get = async (app: string, path: string, options: RequestOptions) => {
    const response = await made.egress.net({ app }).fetch(`${made.url}${path}`, options);
    return [await response.text(), response.fromCache] as const;
  };
  return { ...made, get };
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

/** A TLS server whose pages say who was asked, shared by all apps; a second one leads elsewhere. */
async function setUpTls(certificate: 'good' | 'self-signed') {
  const server = await startHttp((response, { url, headers }) => {
    const { socket } = response;
    const shown = socket instanceof TLSSocket ? (socket.getPeerCertificate()?.subject?.CN ?? 'nobody') : '';
    const port = String(headers.host).split(':')[1];
    if (url === '/away') response.writeHead(302, { location: `https://localhost:${port}/end` }).end();
    else response.writeHead(200, { 'cache-control': 'max-age=600' }).end(`${url} for ${shown}`);
  }, certificate);
  const made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server, { shared: true, cacheTtl: '5m' });
  return {
    egress,
    server,
    url: `${server.origin()}/x`,
    [Symbol.asyncDispose]: async () => {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('with what only the holder of its certificate is shown', async () => {
  await using made = await setUpTls('good');
  const pem = pemOf('client');
  const own = { clientCertPem: pem, clientKeyPem: pem, credentialsFor: [made.server.origin()] };
  const net = made.egress.net({ app: 'billing' });
  const client = net.http.client.new(own);
  const shown = await (await client.get(made.url, { cache: '5m' })).text();
  expect(shown).not.toContain('nobody');
  for (const app of ['billing', 'mallory']) {
    const response = await made.egress.net({ app }).fetch(made.url, { cache: '5m' });
    expect([await response.text(), app]).toEqual(['/x for nobody', app]);
  }
});

test('with what a server says that nobody but the app trusts', async () => {
  await using made = await setUpTls('self-signed');
  const mallory = made.egress.net({ app: 'mallory' });
  const [caPem = ''] = /-----BEGIN CERT[\s\S]*END CERTIFICATE-----/.exec(pemOf('self-signed')) ?? [];
  await (await mallory.fetch(made.url, { cache: '5m', verify: false })).bytes();
  await (await mallory.http.client.new({ caPem }).get(made.url, { cache: '5m' })).bytes();
  await (await mallory.http.client.new({ verify: false }).get(made.url, { cache: '5m' })).bytes();
  expect(await failureOf(made.egress.net({ app: 'billing' }).fetch(made.url, { cache: '5m' }))).toMatchObject({
    code: 'NET_TLS',
  });
});

test('with what lies behind an address that is open for it alone', async () => {
  await using made = await setUpTls('good');
  const { egress, server, url } = made;
  await egress.allow(`api.test:${server.port}`, { shared: true, cacheTtl: '5m' });
  const opened = { shared: true, cacheTtl: '5m', allowAddresses: ['127.0.0.1'] };
  for (const app of ['mallory', 'eve']) await egress.allow(`api.test:${server.port}`, { ...opened, app });
  await (await egress.net({ app: 'mallory' }).fetch(url)).bytes();
  expect(await failureOf(egress.net({ app: 'billing' }).fetch(url))).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  const response = await egress.net({ app: 'eve' }).fetch(url);
  expect(response.fromCache).toBe(false);
});

test('with a page of another host, where a server leads it', async () => {
  await using made = await setUpTls('good');
  const { egress, server } = made;
  await allowServer(egress, server, { host: 'localhost', app: 'mallory' });
  await allowServer(egress, server, { host: 'localhost', app: 'billing' });
  const get = async (app: string) => egress.net({ app }).fetch(`${server.origin()}/away`, { cache: '5m' });
  await (await get('mallory')).bytes();
  expect((await get('billing')).fromCache).toBe(false);
});

test('by saying what it varies on, so that nobody finds it any more', async () => {
  await using made = await setUp({}, '5m');
  await made.get('billing', '/prices', {});
  await made.get('mallory', '/prices', { cacheVary: ['accept-language'], cacheRefresh: true, cache: '5m' });
  expect(await made.get('billing', '/prices', {})).toEqual(['/prices', true]);
});

test('by a header of its own that the server lets shape the page, and does not say so', async () => {
  await using server = await startHttp((response, { headers }) =>
    response.end(`page in ${headers['accept-language'] ?? 'no language'}, ${headers['accept-x'] ?? 'no more'}`),
  );
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server, { shared: true, cacheTtl: '5m' });
  const get = async (app: string, headers = {}) => {
    const response = await egress.net({ app }).fetch(server.origin(), { headers });
    return [await response.text(), response.fromCache] as const;
  };
  await get('mallory', { 'accept-language': '<script>' });
  await get('mallory', { 'accept-x': '<script>' });
  expect(await get('billing')).toEqual(['page in no language, no more', false]);
  expect(await get('shop')).toEqual(['page in no language, no more', true]);
  expect(await get('billing', { 'accept-language': 'az' })).toEqual(['page in az, no more', false]);
  expect(await get('shop', { 'Accept-Language': 'az' })).toEqual(['page in az, no more', true]);
});
