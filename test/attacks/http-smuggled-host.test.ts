/** Attack: set the headers that frame a message or name its host, to reach another host or smuggle a second request. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { testNet } from '../helpers/tcp-server.ts';

const FORBIDDEN = {
  Host: 'internal.test',
  'content-LENGTH': '3',
  'Transfer-Encoding': 'chunked',
  Connection: 'close, X-Own',
  'Keep-Alive': 'timeout=1000',
  Upgrade: 'h2c',
  'HTTP2-Settings': 'AAMAAABkAAQAAP__',
  TE: 'trailers',
  Trailer: 'X-Own',
  Expect: '100-continue',
  'Proxy-Authorization': 'Basic eA==',
  'Proxy-Connection': 'keep-alive',
  'proxy-anything': '1',
};

it('drops them, says so, and sends its own', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const dropped: unknown[] = [];
  net.on('decision', (decision) => {
    if (decision.verdict === 'header_dropped') dropped.push(`${decision.host} ${decision.header}`);
  });
  await net.fetch(server.origin(), { method: 'POST', body: 'abcdef', headers: { ...FORBIDDEN, 'X-Own': 'kept' } });
  const [seen] = server.seen;
  expect(seen?.body).toBe('abcdef');
  expect(seen?.headers).toEqual({
    host: `api.test:${server.port}`,
    connection: 'keep-alive',
    'content-length': '6',
    'user-agent': expect.any(String),
    accept: '*/*',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'x-own': 'kept',
  });
  expect(dropped).toEqual(Object.keys(FORBIDDEN).map((name) => `api.test ${name.toLowerCase()}`));
});

it('drops those of a client too', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const dropped: unknown[] = [];
  net.on('decision', (decision) => decision.verdict === 'header_dropped' && dropped.push(decision.header));
  const client = net.http.client.new({ headers: FORBIDDEN });
  await client.get(server.origin());
  await client.get(server.origin());
  expect(server.seen.map(({ headers }) => headers.host)).toEqual(Array(2).fill(`api.test:${server.port}`));
  expect(server.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
  expect(dropped).toHaveLength(Object.keys(FORBIDDEN).length);
});
