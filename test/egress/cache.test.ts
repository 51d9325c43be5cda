/** What an egress keeps of responses, for whom, and for how long. */
import { describe, expect, test } from 'vitest';
import type { Egress } from '../../src/egress/egress.ts';
import type { RequestOptions } from '../../src/net/http/options.ts';
import { allowServer, servedEgress, testEgress } from '../helpers/egress.ts';
import { type Answer, startHttp } from '../helpers/http-server.ts';
import { until } from '../helpers/tcp-server.ts';
import { tempFolder } from '../helpers/temp.ts';

async function setUp(answer: Answer = (response) => response.end('body')) {
  const made = await servedEgress(answer);
  return { ...made, url: `${made.url}/x` };
}

/** One call, read to its end: the body, and whether it came from the cache. */
async function get(egress: Egress, url: string, options: RequestOptions = {}, app = 'a') {
  const response = await egress.net({ app }).fetch(url, options);
  return [await response.text(), response.fromCache] as const;
}

test('a response is kept for as long as was asked, and tells where it came from', async () => {
  await using made = await setUp();
  const { egress, server, url } = made;
  expect(await get(egress, url, { cache: '5m' })).toEqual(['body', false]);
  expect(await get(egress, url, { cache: '5m' })).toEqual(['body', true]);
  expect(await get(egress, `${url}#part`, { cache: '5m' })).toEqual(['body', true]);
  expect(await get(egress, url)).toEqual(['body', false]);
  expect(await get(egress, `${url}?q=1`, { cache: '5m' })).toEqual(['body', false]);
  expect(server.seen).toHaveLength(3);
  expect(await egress.journal({ limit: 10 })).toMatchObject([{}, { cached: true, tries: 0, status: 200 }, {}, {}, {}]);
});

test('of an app, it is not another’s; shared by the entry, it is', async () => {
  await using made = await setUp();
  const { egress, server, url } = made;
  await get(egress, url, { cache: '5m' });
  expect(await get(egress, url, { cache: '5m' }, 'b')).toEqual(['body', false]);
  await allowServer(egress, server, { shared: true, cacheTtl: '5m' });
  expect(await get(egress, url, { cache: '5m' })).toEqual(['body', false]);
  expect(await get(egress, url, { cache: '5m' }, 'b')).toEqual(['body', true]);
});

test('an entry may say how long, and a call that it wants none, or a new one', async () => {
  await using made = await setUp();
  const { egress, server, url } = made;
  await allowServer(egress, server, { cacheTtl: '5m' });
  expect((await get(egress, url))[1]).toBe(false);
  expect((await get(egress, url))[1]).toBe(true);
  expect((await get(egress, url, { cache: false }))[1]).toBe(false);
  expect((await get(egress, url, { cacheRefresh: true }))[1]).toBe(false);
  expect((await get(egress, url))[1]).toBe(true);
  expect(server.seen).toHaveLength(3);
});

test.each([
  [{ 'cache-control': 'max-age=60' }, true],
  [{ 'cache-control': 'no-store' }, false],
  [{ 'cache-control': 'max-age=0' }, false],
  [{ expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }, false],
  [{}, false],
])('as the response says: %j', async (headers, kept) => {
  await using made = await setUp((response) => response.writeHead(200, headers).end('body'));
  await get(made.egress, made.url, { cache: true });
  expect((await get(made.egress, made.url, { cache: true }))[1]).toBe(kept);
});

test.each([200, 203, 204, 300, 301, 404, 410])('status %i is kept', async (status) => {
  await using made = await setUp((response) => response.writeHead(status).end());
  await get(made.egress, made.url, { cache: '5m', followRedirects: false });
  expect((await get(made.egress, made.url, { cache: '5m', followRedirects: false }))[1]).toBe(true);
});

test.each([201, 302, 304, 400, 401, 429, 500, 503])('status %i is not', async (status) => {
  await using made = await setUp((response) => response.writeHead(status).end());
  await get(made.egress, made.url, { cache: '5m', followRedirects: false });
  expect((await get(made.egress, made.url, { cache: '5m', followRedirects: false }))[1]).toBe(false);
});

describe('nothing is kept', () => {
  test.each([
    ['of a request with credentials', { auth: { bearer: 'x' } }],
    ['of one with an Authorization header', { headers: { Authorization: 'x' } }],
    ['of one with a Cookie header', { headers: { Cookie: 'x' } }],
    ['of one with a secret', { auth: 'KEY' }],
    ['of a POST', { method: 'POST', body: 'x' }],
    ['of a GET with a body', { body: 'x' }],
  ] satisfies [string, RequestOptions][])('%s', async (_what, options) => {
    await using made = await setUp();
    const { egress, server, url } = made;
    await egress.secrets.set('KEY', 'value', { hosts: [`api.test:${server.port}`] });
    await get(egress, url, { cache: '5m', ...options });
    expect((await get(egress, url, { cache: '5m', ...options }))[1]).toBe(false);
    expect(await egress.cacheStats()).toEqual({ entries: 0, bytes: 0 });
  });
});

test.each([
  ['a private response', { 'cache-control': 'private' }, {}],
  ['one that is not to be stored', { 'cache-control': 'no-store' }, {}],
  ['one that sets a cookie', { 'set-cookie': 'a=1' }, {}],
  ['one to headers of a script’s own', {}, { headers: { 'X-Mine': '1' } }],
])('shared entries keep no %s', async (_what, headers, options) => {
  await using made = await setUp((response) => response.writeHead(200, headers).end('body'));
  await allowServer(made.egress, made.server, { shared: true, cacheTtl: '5m' });
  await get(made.egress, made.url, { cache: '5m', ...options });
  expect((await get(made.egress, made.url, { cache: '5m', ...options }))[1]).toBe(false);
});

test('what a response varies on is part of its key', async () => {
  await using made = await setUp((response, { headers }) => {
    response.writeHead(200, { vary: 'Accept-Language' }).end(String(headers['accept-language'] ?? 'none'));
  });
  const { egress, url } = made;
  const inLanguage = (language: string) => get(egress, url, { cache: '5m', headers: { 'Accept-Language': language } });
  expect(await inLanguage('az')).toEqual(['az', false]);
  expect(await inLanguage('de')).toEqual(['de', false]);
  expect(await inLanguage('az')).toEqual(['az', true]);
  expect(await get(egress, url, { cache: '5m' })).toEqual(['none', false]);
});

test('a caller may name headers to vary on, and a key of its own', async () => {
  await using made = await setUp((response, { headers }) => response.end(String(headers['x-tenant'])));
  const { egress, url } = made;
  const of = (tenant: string, more: RequestOptions = {}) =>
    get(egress, url, { cache: '5m', cacheVary: ['X-Tenant'], headers: { 'x-tenant': tenant }, ...more });
  expect(await of('1')).toEqual(['1', false]);
  expect(await of('2')).toEqual(['2', false]);
  expect(await of('1')).toEqual(['1', true]);
  const keyed = (query: string) => get(egress, `${url}?${query}`, { cache: '5m', cacheKey: 'one' });
  await keyed('t=1');
  expect((await keyed('t=2'))[1]).toBe(true);
});

test('requests in flight at once that are the same in everything are one', async () => {
  const held: (() => void)[] = [];
  await using made = await setUp((response, { headers }) =>
    held.push(() => response.end(String(headers['x-a'] ?? 'plain'))),
  );
  const { egress, server, url } = made;
  const same = [1, 2, 3].map(() => get(egress, url, { cache: '5m' }));
  const other = get(egress, url, { cache: '5m', cacheVary: ['x-a'], headers: { 'x-a': 'other' } });
  const anothers = get(egress, url, { cache: '5m' }, 'b');
  await until(() => held.length === 3);
  for (const end of held) end();
  expect((await Promise.all(same)).map(([text]) => text)).toEqual(['plain', 'plain', 'plain']);
  expect((await other)[0]).toBe('other');
  expect((await anothers)[0]).toBe('plain');
  expect(server.seen).toHaveLength(3);
});

test('a kept response is whole: status, headers, address, redirects', async () => {
  await using made = await setUp((response, { url }) => {
    if (url === '/x') response.writeHead(302, { location: '/end' }).end();
    else
      response.writeHead(203, { 'x-a': '1', 'set-cookie': ['a=1', 'b=2'], 'content-type': 'text/plain' }).end('body');
  });
  const { egress, url } = made;
  const net = egress.net({ app: 'a' });
  const first = await net.fetch(url, { cache: '5m' });
  await first.bytes();
  const again = await net.fetch(url, { cache: '5m' });
  expect(again.fromCache).toBe(true);
  expect([again.status, again.url, again.redirectChain]).toEqual([first.status, first.url, first.redirectChain]);
  expect(again.headerAll('set-cookie')).toEqual(['a=1', 'b=2']);
  expect(again.header('age')).toMatch(/^\d+$/);
  expect(await again.text()).toBe('body');
  expect(await again.text()).toBe('body');
});

test('what is denied by now is not shown, where it was kept or where it led', async () => {
  await using made = await setUp((response, { url, headers }) => {
    const port = String(headers.host).split(':')[1];
    if (url === '/x') response.writeHead(302, { location: `http://other.test:${port}/end` }).end();
    else response.end('body');
  });
  const { egress, server, url } = made;
  await allowServer(egress, server, { host: 'other.test' });
  await get(egress, url, { cache: '5m' });
  expect((await get(egress, url, { cache: '5m' }))[1]).toBe(true);
  await egress.deny('other.test');
  await expect(get(egress, url, { cache: '5m' })).rejects.toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
});

test('it is cleared by host or as a whole', async () => {
  await using made = await setUp();
  const { egress, url } = made;
  await get(egress, url, { cache: '5m' });
  expect(await egress.clearCache({ host: 'other.test' })).toBe(0);
  expect(await egress.clearCache({ host: 'api.test' })).toBe(1);
  expect((await get(egress, url, { cache: '5m' }))[1]).toBe(false);
});

test('what another process has cleared or replaced is not shown here', async () => {
  using folder = tempFolder();
  const state = `sqlite:${folder.file('egress.db')}`;
  let body = 'first';
  await using server = await startHttp((response) => response.end(body));
  await using one = await testEgress({ state });
  await using other = await testEgress({ state });
  await allowServer(one.egress, server);
  const url = `${server.origin()}/x`;
  const options = { cache: '5m' };
  const shown = async (expected: string) => {
    await expect.poll(async () => (await get(one.egress, url, options))[0]).toBe(expected);
    // Shown from here, not from the state.
    expect(await get(one.egress, url, options)).toEqual([expected, true]);
  };
  await shown('first');
  body = 'second';
  await other.egress.clearCache();
  await shown('second');
  body = 'third';
  await get(other.egress, url, { ...options, cacheRefresh: true });
  await shown('third');
  expect(server.seen).toHaveLength(3);
});

test('what one caller does to a kept body and its headers, no other sees', async () => {
  await using made = await setUp();
  const { egress, url } = made;
  for (let turn = 0; turn < 3; turn++) {
    const response = await egress.net({ app: 'a' }).fetch(url, { cache: '5m' });
    const bytes = await response.bytes();
    expect(new TextDecoder().decode(bytes)).toBe('body');
    bytes.fill(0);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
    expect(() => Reflect.set(response.headers, 'x', '1')).not.toThrow();
    expect(response.header('x')).toBeNull();
    (response.redirectChain as string[]).push('https://x.test/');
  }
  const last = await egress.net({ app: 'a' }).fetch(url, { cache: '5m' });
  expect([last.fromCache, last.redirectChain, last.header('x')]).toEqual([true, [], null]);
});

test('a body over the cap is refused as without a cache', async () => {
  await using made = await setUp((response) => response.end('x'.repeat(100)));
  await made.egress.set('max_response_body', 99);
  await expect(get(made.egress, made.url, { cache: '5m' })).rejects.toMatchObject({ code: 'NET_SIZE' });
  expect(await made.egress.cacheStats()).toEqual({ entries: 0, bytes: 0 });
});

test('what is kept is shown to who asks for it in that way: redirects followed or not, a body not too large', async () => {
  await using made = await setUp((response, { url }) => {
    if (url === '/x') response.writeHead(301, { location: '/end' }).end('moved');
    else response.end('x'.repeat(100));
  });
  const { egress, url } = made;
  const staying = { cache: '5m', followRedirects: false };
  expect((await get(egress, url, staying))[0]).toBe('moved');
  expect(await get(egress, url, { cache: '5m' })).toEqual(['x'.repeat(100), false]);
  expect(await get(egress, url, { cache: '5m' })).toEqual(['x'.repeat(100), true]);
  expect((await get(egress, url, staying))[0]).toBe('moved');
  await get(egress, url, { cache: '5m' });
  await expect(get(egress, url, { cache: '5m', maxRedirects: 0 })).rejects.toMatchObject({ code: 'NET_PROTOCOL' });
  await expect(get(egress, url, { cache: '5m', maxBody: 99 })).rejects.toMatchObject({ code: 'NET_SIZE' });
});

test('HEAD and GET are kept apart', async () => {
  await using made = await setUp();
  const { egress, url } = made;
  await get(egress, url, { cache: '5m', method: 'HEAD' });
  expect(await get(egress, url, { cache: '5m' })).toEqual(['body', false]);
  expect(await get(egress, url, { cache: '5m', method: 'HEAD' })).toEqual(['', true]);
});

test('the cache is no larger than its setting, and what was used least lately goes first', async () => {
  await using made = await setUp((response) => response.end('x'.repeat(1_000)));
  const { egress, url } = made;
  await egress.set('cache_size', 5_000);
  for (let each = 0; each < 8; each++) await get(egress, `${url}/${each}`, { cache: '5m' });
  expect((await egress.cacheStats()).bytes).toBeLessThanOrEqual(5_000);
  expect((await get(egress, `${url}/0`, { cache: '5m' }))[1]).toBe(false);
  await egress.set('cache_size', 0);
  await egress.clearCache();
  await get(egress, url, { cache: '5m' });
  expect((await get(egress, url, { cache: '5m' }))[1]).toBe(false);
});

test('requests in flight at once are not one where a header differs, or credentials go along', async () => {
  const held: (() => void)[] = [];
  await using made = await setUp((response, { headers }) =>
    held.push(() => response.end(`${headers['x-a'] ?? ''}${headers['authorization'] ?? ''}${headers.cookie ?? ''}`)),
  );
  const { egress, server, url } = made;
  await egress.secrets.set('KEY', 'v', { hosts: [`api.test:${server.port}`] });
  const each: readonly (readonly [RequestOptions, string])[] = [
    [{ headers: { 'x-a': '1' } }, '1'],
    [{ headers: { 'x-a': '2' } }, '2'],
    [{ auth: 'KEY' }, 'Bearer v'],
    [{ auth: 'KEY' }, 'Bearer v'],
    [{ auth: { bearer: 'mine' } }, 'Bearer mine'],
    [{ headers: { authorization: 'x' } }, 'x'],
    [{ headers: { cookie: 'a=1' } }, 'a=1'],
    [{ headers: { cookie: 'a=1' } }, 'a=1'],
  ];
  const asked = each.map(([options]) => get(egress, url, { cache: '5m', ...options }));
  await until(() => held.length === each.length);
  for (const end of held) end();
  expect(await Promise.all(asked)).toEqual(each.map(([, text]) => [text, false]));
});

test('what was got by way of a host that is denied by now is asked for anew', async () => {
  let moved = true;
  await using made = await setUp((response, { url, headers }) => {
    const port = String(headers.host).split(':')[1];
    if (url === '/x' && moved) response.writeHead(302, { location: `http://other.test:${port}/end` }).end();
    else response.end(url);
  });
  const { egress, server, url } = made;
  await allowServer(egress, server, { host: 'other.test' });
  expect(await get(egress, url, { cache: '5m' })).toEqual(['/end', false]);
  await egress.deny('other.test');
  moved = false;
  expect(await get(egress, url, { cache: '5m' })).toEqual(['/x', false]);
  expect(await get(egress, url, { cache: '5m' })).toEqual(['/x', true]);
});
