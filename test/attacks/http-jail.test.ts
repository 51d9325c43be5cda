/** Attack: get from a jail back to the client or the net that it was made from, or widen it. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

it('answers fetch and nothing else, for its hosts alone', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  const jail = net.http.client.jail('a.test', 'b.test');
  expect(Object.keys(jail)).toEqual(['fetch']);
  expect(Object.isFrozen(jail)).toBe(true);
  expect(Reflect.ownKeys(jail)).toEqual(['fetch']);
  expect((await jail.fetch(server.origin('a.test'))).status).toBe(200);
  expect((await failureOf(jail.fetch(server.origin('c.test')))).name).toBe('HostNotAllowedError');
  const inner = net.http.client.new().jail('a.test');
  expect((await inner.fetch(server.origin('a.test'))).status).toBe(200);
  expect((await failureOf(inner.fetch(server.origin('b.test')))).name).toBe('HostNotAllowedError');
});

it('is narrowed for good', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  const client = net.http.client.new();
  client.allow = ['a.test', 'b.test'];
  client.allow = ['b.test', 'c.test'];
  client.allow = ['*'];
  expect((await client.get(server.origin('b.test'))).status).toBe(200);
  for (const host of ['a.test', 'c.test', 'd.test']) {
    expect((await failureOf(client.get(server.origin(host)))).name).toBe('HostNotAllowedError');
  }
  expect(() => Reflect.set(client, 'allow', ['http://x'])).toThrow(expect.objectContaining({ code: 'GRANT_SYNTAX' }));
});

it('keeps the credentials of its client where they belong', async () => {
  await using server = await startHttp((response) => response.end('x'));
  await using net = testNet();
  const client = net.http.client.new({ baseUrl: server.origin('a.test'), auth: { bearer: 'secret' } });
  const jail = client.jail('a.test', 'evil.test');
  await jail.fetch('/');
  await jail.fetch(server.origin('evil.test'));
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', undefined]);
});
