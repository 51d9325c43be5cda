/** Attack: a server redirects to another origin to have the caller's credentials sent there, or sends them round a corner. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const own = { authorization: 'Bearer secret', cookie: 'session=secret' };

it('drops them on another host, port or scheme', async () => {
  let to = '';
  await using other = await startHttp();
  await using secure = await startHttp(undefined, 'good');
  await using server = await startHttp((response) => response.writeHead(307, { location: to }).end());
  await using net = testNet({ ca: pemOf('ca') });
  for (to of [server.origin('b.api.test'), other.origin('api.test'), secure.origin('api.test')]) {
    const target = to === server.origin('b.api.test') ? server : to === other.origin() ? other : secure;
    const before = target.seen.length;
    await net.fetch(server.origin(), { headers: own, maxRedirects: target === server ? 1 : 5 }).catch(() => {});
    const last = target === server ? target.seen[before + 1] : target.seen.at(-1);
    expect(last, to).toBeDefined();
    expect(last?.headers, to).not.toHaveProperty('authorization');
    expect(last?.headers, to).not.toHaveProperty('cookie');
  }
});

it('does not send them again once the way leads back', async () => {
  await using server = await startHttp((response, { url, headers }) => {
    if (url === '/1') response.writeHead(302, { location: `${server.origin('evil.test')}/2` });
    else if (url === '/2') response.writeHead(302, { location: `${server.origin()}/3` });
    else response.write(JSON.stringify(headers));
    response.end();
  });
  await using net = testNet();
  const client = net.http.client.new({ auth: { bearer: 'secret' }, credentialsFor: [server.origin()] });
  for (const fetched of [net.fetch(`${server.origin()}/1`, { headers: own }), client.get(`${server.origin()}/1`)]) {
    const response = await fetched;
    expect(response.url).toBe(`${server.origin()}/3`);
    expect(await response.text()).not.toContain('secret');
  }
  expect(server.seen.filter(({ url }) => url === '/1').every(({ headers }) => headers.authorization)).toBe(true);
});
