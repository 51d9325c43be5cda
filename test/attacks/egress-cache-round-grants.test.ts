/** What is kept of responses, asked for by who may not ask: a narrowed net, one that is revoked or over, a client for others. */
import { expect, test } from 'vitest';
import type { RequestOptions } from '../../src/net/http/options.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const CACHED: RequestOptions = { cache: '5m' };

test('is shown to nobody who could not have made the request', async () => {
  await using server = await startHttp((response) => response.end('secret page'));
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.set('calls_per_run', 1_000);
  const net = egress.net({ app: 'a' });
  const url = `${server.origin()}/private/x`;
  await (await net.fetch(url, CACHED)).bytes();
  const revoked = net.narrow(['*']);
  net.revoke(revoked);
  const spent = net.narrow(['*'], { maxRequests: 1 });
  await (await spent.fetch(url, CACHED)).bytes();
  const over = egress.net({ app: 'a' });
  await over.close();
  const base = net.http.client.new({ baseUrl: 'http://other.test' });
  for (const [name, from, code] of [
    ['another host', net.narrow(['other.test']), 'NET_HOST_NOT_ALLOWED'],
    ['no host', net.narrow([]), 'NET_HOST_NOT_ALLOWED'],
    ['a denied one', net.narrow(['*'], { deny: ['api.test'] }), 'NET_HOST_NOT_ALLOWED'],
    ['another port', net.narrow(['api.test:1']), 'NET_PORT_NOT_ALLOWED'],
    ['another path', net.narrow(['*'], { paths: ['/public/*'] }), 'NET_HOST_NOT_ALLOWED'],
    ['another method', net.narrow(['*'], { methods: ['POST'] }), 'NET_HOST_NOT_ALLOWED'],
    ['https alone', net.narrow(['*'], { httpsOnly: true }), 'NET_HOST_NOT_ALLOWED'],
    ['revoked', revoked, 'NET_REVOKED'],
    ['spent', spent, 'NET_BUDGET'],
    ['over', over, 'NET_REVOKED'],
    ['a jail', net.http.client.jail('other.test'), 'NET_HOST_NOT_ALLOWED'],
    ['a client for another origin', base, 'NET_HOST_NOT_ALLOWED'],
  ] as const) {
    expect([name, (await failureOf(from.fetch(url, CACHED))).code]).toEqual([name, code]);
  }
  expect((await net.fetch(url, CACHED)).fromCache).toBe(true);
  expect(server.seen.length).toBeLessThanOrEqual(2);
});

test('nor is what lies behind a redirect, or under a key of somebody’s own', async () => {
  await using server = await startHttp((response, { url, headers }) => {
    const port = String(headers.host).split(':')[1];
    if (url === '/to') response.writeHead(302, { location: `http://other.test:${port}/private/x` }).end();
    else response.end('secret page');
  });
  await using made = await testEgress();
  const { egress } = made;
  for (const host of ['api.test', 'other.test']) await allowServer(egress, server, { host });
  const net = egress.net({ app: 'a' });
  const origin = server.origin();
  await (await net.fetch(`${origin}/to`, CACHED)).bytes();
  await (await net.fetch(`${origin}/private/x`, { ...CACHED, cacheKey: 'k' })).bytes();
  for (const [from, path, options] of [
    [net.narrow(['api.test']), '/to', CACHED],
    [net.narrow(['*'], { paths: ['/to'] }), '/to', CACHED],
    [net.http.client.new({ baseUrl: origin }), '/to', CACHED],
    [net.narrow(['*'], { paths: ['/public/*'] }), '/public/x', { ...CACHED, cacheKey: 'k' }],
  ] as const) {
    expect(await failureOf(from.fetch(`${origin}${path}`, options))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  }
  expect((await net.fetch(`${origin}/to`, CACHED)).fromCache).toBe(true);
  expect(server.seen).toHaveLength(3);
});
