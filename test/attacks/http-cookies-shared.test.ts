/** Who is given a jail of a client, another client or a narrowed net gets at the cookies of a session that is not theirs. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { testNet } from '../helpers/tcp-server.ts';

it('shares a jar with nobody', async () => {
  await using server = await startHttp((response, { url }) => {
    if (url === '/login') response.setHeader('set-cookie', 'session=mine');
    response.end();
  });
  await using net = testNet();
  const client = net.http.client.new({ cookies: true });
  await client.get(`${server.origin()}/login`);
  const jail = client.jail('api.test');
  await jail.fetch(`${server.origin()}/jail`);
  await net.http.client.new({ cookies: true }).get(`${server.origin()}/other`);
  await net.narrow(['*']).http.client.new({ cookies: true }).get(`${server.origin()}/narrowed`);
  await net.fetch(`${server.origin()}/plain`);
  await client.get(`${server.origin()}/own`);
  expect(server.seen.map(({ url, headers }) => `${url} ${headers.cookie ?? ''}`)).toEqual([
    '/login ',
    '/jail ',
    '/other ',
    '/narrowed ',
    '/plain ',
    '/own session=mine',
  ]);
});
