/** Attack: end a header line early, and add lines or requests of one's own. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const BREAKS = ['\r\n', '\n', '\r', '\0', '\u2028', '\u010d', '\u560a', '\u000b', '\u007f', '\u001b'];

it.each(BREAKS)('refuses %j wherever a script can put it, before anything is sent', async (mark) => {
  await using server = await startHttp();
  await using net = testNet();
  const url = server.origin();
  const evil = `a${mark}X-Evil: 1`;
  const tries = [
    { headers: { 'x-own': evil } },
    { headers: { 'x-own': ['fine', evil] } },
    { headers: { [evil]: 'x' } },
    { headers: { [`x${mark}`]: 'x' } },
    { headers: { authorization: evil } },
    { headers: { cookie: evil } },
    { method: `GET${mark}` },
    { method: `GET / HTTP/1.1${mark}X-Evil: 1` },
    { auth: { bearer: evil } },
  ];
  for (const options of tries) {
    expect((await failureOf(net.fetch(url, options))).name, JSON.stringify(options)).toBe('ArgumentError');
  }
  expect(() => net.http.client.new({ headers: { 'x-own': evil } })).toThrow('headers');
  expect((await failureOf(net.fetch(`${url}/${mark}`, { method: mark }))).name).toBe('ArgumentError');
  expect(server.connections.accepted).toBe(0);
});

it('keeps line breaks of a query, a form and a path in their place', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const evil = ' HTTP/1.1\r\nX-Evil: 1\r\n\r\n';
  await net.fetch(server.origin(), { method: 'POST', query: { [evil]: evil }, bodyForm: { [evil]: evil } });
  expect((await failureOf(net.fetch(`${server.origin()}/${evil}`))).name).toBe('ArgumentError');
  expect(server.seen).toHaveLength(1);
  expect(server.seen[0]?.headers).not.toHaveProperty('x-evil');
  expect(server.seen[0]?.body).not.toContain('\n');
});
