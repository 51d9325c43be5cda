/** Attack: use another method than those that were granted, by spelling or by a header that servers obey. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const OVERRIDES = { 'X-HTTP-Method-Override': 'DELETE', 'x-http-method': 'DELETE', 'X-METHOD-OVERRIDE': 'DELETE' };

it('drops the headers where methods are narrowed, and only there', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const small = net.narrow(['*'], { methods: ['GET', 'POST'] });
  const dropped: unknown[] = [];
  net.on('decision', (decision) => decision.verdict === 'header_dropped' && dropped.push(decision.header));
  await small.fetch(server.origin(), { method: 'POST', headers: { ...OVERRIDES, 'x-own': '1' } });
  await small.http.client.new({ headers: OVERRIDES }).get(server.origin());
  await small.narrow(['*']).fetch(server.origin(), { headers: OVERRIDES });
  const names = server.seen.map(({ headers }) => Object.keys(headers).filter((name) => name.startsWith('x-')));
  expect(names).toEqual([['x-own'], [], []]);
  expect(dropped).toHaveLength(9);
  await net.fetch(server.origin(), { headers: OVERRIDES });
  expect(Object.keys(server.seen.at(-1)?.headers ?? {})).toContain('x-method-override');
});

it('reads a method as it will be sent', async () => {
  await using server = await startHttp((response) => response.writeHead(303, { location: '/x' }).end());
  await using net = testNet();
  const small = net.narrow(['*'], { methods: ['HEAD'] });
  for (const method of ['GET', 'get', 'gEt', 'POST', 'delete', 'connect', 'TRACE', 'Track']) {
    expect((await failureOf(small.fetch(server.origin(), { method }))).name, method).toMatch(/NotAllowed|Argument/);
  }
  expect(server.connections.accepted).toBe(0);
  expect((await small.fetch(server.origin(), { method: 'head', followRedirects: false })).status).toBe(303);
});

it('checks the method that a redirect makes of it', async () => {
  await using server = await startHttp((response, { url }) => {
    if (url === '/') response.writeHead(303, { location: '/x' });
    response.end();
  });
  await using net = testNet();
  const small = net.narrow(['*'], { methods: ['POST'] });
  expect((await failureOf(small.fetch(server.origin(), { method: 'POST' }))).name).toBe('HostNotAllowedError');
  expect(server.seen.map(({ url }) => url)).toEqual(['/']);
});
