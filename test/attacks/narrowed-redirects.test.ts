/** A server leads a narrowed net past its bounds: to another path, another method, another scheme, by every kind of redirect. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const DENIED = { code: 'NET_HOST_NOT_ALLOWED' };

it.each([301, 302, 303, 307, 308])('leads to no other path: %i', async (status) => {
  let to = '';
  await using server = await startHttp((response, { url }) => {
    if (url === '/v1/from') response.writeHead(status, { location: to });
    response.end(url);
  });
  await using net = testNet();
  const small = net.narrow(['*'], { paths: ['/v1/*'] });
  for (to of [
    '/admin',
    '/v1/../admin',
    '/v1/%2e%2e/admin',
    '/v1/..;/admin',
    '/v1/%2fadmin',
    '/v1/a\\..\\..\\admin',
    '../admin',
    '//other.test/admin',
  ]) {
    await small.fetch(`${server.origin()}/v1/from`, { maxRedirects: 3 }).catch(() => {});
  }
  to = '/v1/there';
  expect(await (await small.fetch(`${server.origin()}/v1/from`)).text()).toBe('/v1/there');
  for (const { url } of server.seen) expect(url.startsWith('/v1/') && !/admin|%2f|\.\./i.test(url)).toBe(true);
});

it('leads to no other method, and to no clear scheme', async () => {
  let to = '';
  await using clear = await startHttp();
  await using server = await startHttp((response) => response.writeHead(303, { location: to }).end(), 'good');
  await using net = testNet({ ca: pemOf('ca') });
  to = '/next';
  const posting = net.narrow(['*'], { methods: ['POST'] });
  expect(await failureOf(posting.fetch(server.origin(), { method: 'POST', body: 'x' }))).toMatchObject(DENIED);
  to = clear.origin();
  const secure = net.narrow(['*'], { httpsOnly: true });
  expect(await failureOf(secure.fetch(server.origin()))).toMatchObject(DENIED);
  const client = secure.http.client.new({ retry: 3 });
  expect(await failureOf(client.get(server.origin()))).toMatchObject(DENIED);
  expect(await failureOf(secure.fetch(clear.origin()))).toMatchObject(DENIED);
  const [through] = await secure.fetchAll([server.origin()]);
  expect(through).toMatchObject(DENIED);
  expect(clear.seen).toEqual([]);
  expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'GET']);
});
