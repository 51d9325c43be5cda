/**
 * Attack: a script's thread leaves it to the kernel to write its JSON or its form, tens of megabytes of it: everybody's loop
 * would stand still meanwhile. An honest script's side writes them itself.
 */
import { expect, test } from 'vitest';
import { startGuest } from '../helpers/guest.ts';
import { startHttp } from '../helpers/http-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { testNet } from '../helpers/tcp-server.ts';

const BODIES = [
  ['JSON', { bodyJson: { a: 1 } }],
  ['a form', { bodyForm: { a: 1 } }],
  ['no JSON', { bodyJson: null }],
] as const;

test.each(BODIES)('%s that is not written ends the link, whoever is asked', async (_, options) => {
  await using server = await startHttp();
  await using net = testNet();
  const url = server.origin();
  const asks: ((link: ServedLink) => Promise<unknown>)[] = [
    (link) => link.ask('net.fetch', 0, url, options, USER),
    async (link) => link.ask('client.fetch', await link.handle('net.client', 0, {}), url, options, USER),
    async (link) => link.ask('client.stream', await link.handle('net.client', 0, {}), url, options, USER),
    async (link) =>
      link.ask('client.download', await link.handle('net.client', 0, {}), url, { ...options, to: 'x' }, USER),
    async (link) => link.ask('fetchList.add', await link.handle('net.fetchAll', 0, {}, USER), [{ url, ...options }]),
    (link) => link.ask('net.eventSource', 0, url, options, USER),
  ];
  for (const ask of asks) {
    using link = new ServedLink(net);
    expect(await ask(link)).toEqual({ kind: 'ended' });
  }
  expect(server.seen).toEqual([]);
});

test('a script sends JSON of more parts than may cross, and forms', async () => {
  await using server = await startHttp();
  await using net = testNet();
  const source = `
    const client = net.http.client.new({ headers: { 'Content-Type': 'text/odd' } });
    const large = Array.from({ length: 300_000 }, () => 1);
    net.fetch(data, { method: 'POST', bodyJson: large }).close();
    net.fetch(data, { method: 'PUT', body: 'x', bodyJson: undefined, bodyForm: undefined }).close();
    net.fetchAll([{ url: data, method: 'POST', bodyJson: { at: new Date(0), none: null } }]);
    client.fetch(data, { method: 'POST', bodyForm: { a: ['b c', 2], d: null, 'é': '&' } }).close();
    client.fetch(data, { method: 'POST', bodyJson: null, headers: { 'content-type': 'application/ld+json' } }).close();
  `;
  await startGuest(net, source, { data: server.origin() }).result;
  expect(
    server.seen.map(({ headers, body }) => [headers['content-type'], body.length > 99 ? body.length : body]),
  ).toEqual([
    ['application/json', 600_001],
    [undefined, 'x'],
    ['application/json', '{"at":"1970-01-01T00:00:00.000Z","none":null}'],
    ['application/x-www-form-urlencoded', 'a=b+c&a=2&%C3%A9=%26'],
    ['application/ld+json', 'null'],
  ]);
});

test.each([
  ['{ bodyJson: 1, body: "x" }', 'give either body or bodyJson'],
  ['{ bodyJson: 1, bodyForm: {} }', 'give either bodyJson or bodyForm'],
  ['{ bodyJson: 1n }', 'bodyJson can not be written as JSON'],
  ['{ bodyJson: () => 1 }', 'bodyJson can not be written as JSON'],
  ['{ bodyForm: { a: {} } }', 'bodyForm must have texts, numbers, booleans, lists of them or null as values'],
  ['{ bodyForm: [1] }', 'bodyForm must be an object'],
  ['{ bodyJson: 1, headers: 5 }', 'headers must'],
])('%s is refused in words', async (options, message) => {
  await using net = testNet();
  const source = `
    const messages = [() => net.fetch(data, ${options}), () => net.fetchAll([{ url: data, ...${options} }]),
      () => net.http.client.new().fetch(data, ${options})].map((ask) => {
      try { const [one] = [ask()].flat(); return one.message; } catch (error) { return error.message; }
    });
    return messages;
  `;
  const messages = await startGuest(net, source, { data: 'http://127.0.0.1:9/' }).result;
  expect(messages).toEqual(Array(3).fill(expect.stringContaining(`fetch: ${message}`)));
});
