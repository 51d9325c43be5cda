/** Where a secret of an egress may go, where it does not although the call may, and what becomes of it without its key. */
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { AuthInput } from '../../src/net/http/options.ts';
import { allowServer, servedEgress, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf } from '../helpers/tcp-server.ts';

const VALUE = 'sk_live_51xyz';
const SENT = `Bearer ${VALUE}`;

test('over http only where the entry says so, whatever the mode', async () => {
  await using server = await startHttp();
  await using made = await testEgress();
  const { egress } = made;
  await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
  await allowServer(egress, server, { httpsOnly: true });
  const net = egress.net({ app: 'a' });
  for (const mode of ['allowlist', 'denylist', 'open', 'report']) {
    await egress.set('mode', mode);
    await net.fetch(server.origin(), { auth: 'KEY' }).catch(() => {});
  }
  expect(JSON.stringify(server.seen)).not.toContain(VALUE);
  await allowServer(egress, server);
  await net.fetch(server.origin(), { auth: 'KEY' });
  expect(server.seen.at(-1)?.headers['authorization']).toBe(SENT);
});

describe('bound to hosts, methods and paths', () => {
  const scopes = { methods: ['GET'], paths: ['/v1/*'] };

  test.each([
    ['GET', '/v1/x', true],
    ['GET', '/v1/a/b?q=1', true],
    ['get', '/v1/x', true],
    ['POST', '/v1/x', false],
    ['HEAD', '/v1/x', false],
    ['GET', '/v2/x', false],
    ['GET', '/v1', false],
    ['GET', '/V1/x', false],
    ['GET', '/v1/../v2', false],
    ['GET', '/v1/%2e%2e/v2', false],
    ['GET', '/v1/..;/v2', false],
    ['GET', '/v1/..%2fv2', false],
    ['GET', '/v1/%252e%252e/v2', false],
    ['GET', '/v1/..\\v2', false],
    ['GET', '//v1/x', false],
  ])('%s %s: %s', async (method, path, allowed) => {
    await using server = await startHttp();
    await using made = await testEgress();
    await allowServer(made.egress, server);
    await made.egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`], ...scopes });
    const asked = made.egress.net({ app: 'a' }).fetch(`${server.origin()}${path}`, { method, auth: 'KEY' });
    if (allowed) await asked;
    else expect(await failureOf(asked)).toMatchObject({ code: 'NET_AUTH' });
    expect(server.seen).toHaveLength(allowed ? 1 : 0);
    expect(server.seen.every(({ headers }) => headers['authorization'] === SENT)).toBe(true);
  });

  test('a host without a port is its usual ports', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    const { egress, lookUps } = made;
    await allowServer(egress, server);
    await egress.secrets.set('KEY', VALUE, { hosts: ['api.test'] });
    expect(await failureOf(egress.net({ app: 'a' }).fetch(server.origin(), { auth: 'KEY' }))).toMatchObject({
      code: 'NET_AUTH',
    });
    expect(lookUps).toEqual([]);
    await egress.secrets.set('KEY', VALUE, { hosts: ['api.test:*'] });
    expect((await egress.net({ app: 'a' }).fetch(server.origin(), { auth: 'KEY' })).status).toBe(200);
  });

  test('a redirect goes on without it where method, path or port are others, and with it where they fit again', async () => {
    await using server = await startHttp((response, { url }) => {
      const to: Readonly<Record<string, string>> = { '/v1/a': '/v2/b', '/v2/b': '/v1/c', '/v1/post': '/v1/c' };
      const location = to[url];
      if (location === undefined) response.end();
      else response.writeHead(303, { location }).end();
    });
    await using made = await testEgress();
    await allowServer(made.egress, server);
    await made.egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`], paths: ['/v1/*'] });
    await made.egress.net({ app: 'a' }).fetch(`${server.origin()}/v1/a`, { auth: 'KEY' });
    expect(server.seen.map(({ headers }) => headers['authorization'] ?? null)).toEqual([SENT, null, SENT]);
  });
});

test.each([
  'header:Host',
  'header:Content-Length',
  'header:Transfer-Encoding',
  'header:Connection',
  'header:Upgrade',
  'header:Proxy-Authorization',
  'header:TE',
  'header:Trailer',
  'header:Keep-Alive',
  'header:Accept-Encoding',
  'header:Cookie',
  'header:Bad Name',
  'header:X\r\nY',
  'header:',
  'query:',
  'query:a&b',
  'query:a=b',
  'cookie',
  'BEARER',
  '',
])('as: %j is none', async (as) => {
  await using made = await testEgress();
  await made.egress.allow('api.test');
  await made.egress.secrets.set('KEY', VALUE, { hosts: ['api.test'] });
  const auth = Object({ secret: 'KEY', as });
  const refused = await failureOf(made.egress.net({ app: 'a' }).fetch('https://api.test/', { auth }));
  expect(refused.code).toBe('ARGUMENT');
  expect(made.lookUps).toEqual([]);
});

test('credentials of the caller’s own give way to it, and none go along to another origin', async () => {
  await using server = await startHttp((response, { url, headers }) => {
    if (url === '/x')
      response.writeHead(307, { location: `http://other.test:${String(headers.host).split(':')[1]}/y` }).end();
    else response.end();
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await allowServer(egress, server, { host: 'other.test' });
  await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
  await egress.net({ app: 'a' }).fetch(`${server.origin()}/x`, {
    auth: 'KEY',
    headers: { authorization: 'mine', cookie: 'a=1', 'x-plain': 'p' },
  });
  expect(server.seen.map(({ headers: { authorization, cookie } }) => [authorization, cookie])).toEqual([
    [SENT, 'a=1'],
    [undefined, undefined],
  ]);
  expect(server.seen[1]?.headers['x-plain']).toBe('p');
});

test('a value that no header can carry is refused, and not told', async () => {
  await using server = await startHttp();
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  for (const bad of ['a\r\nb', 'a\0b', '', 'x'.repeat(16_385)]) {
    await expect(egress.secrets.set('KEY', bad, { hosts: ['api.test'] })).rejects.toMatchObject({ code: 'ARGUMENT' });
  }
});

describe('a value that its place can’t carry is an error that says so, and not the value', () => {
  const header = 'the secret "KEY" has characters that no header can carry';
  test.each<[string, string, string | null]>([
    ['ключ', 'bearer', header],
    ['ключ', 'header:X-Key', header],
    ['a\u0100', 'bearer', header],
    ['a\ufffd', 'bearer', header],
    ['a\u00ff', 'bearer', null],
    ['a~ \u0080', 'header:X-Key', null],
    ['ключ', 'query:k', null],
    ['ключ:ключ', 'basic', null],
    ['ключ', 'basic', "the secret \"KEY\" has no ':', and as 'basic' it must be user:password"],
  ])('%j as %s', async (value, as, message) => {
    await using made = await servedEgress();
    const { egress, server, url } = made;
    await egress.secrets.set('KEY', value, { hosts: [`api.test:${server.port}`] });
    const auth: AuthInput = Object({ secret: 'KEY', as });
    const asked = egress.net({ app: 'a' }).fetch(url, { auth });
    if (message === null) {
      expect((await asked).status).toBe(200);
      const sent = server.seen.map(({ url: path, headers }) => `${path} ${Object.values(headers).join(' ')}`).join('');
      const spellings = [value, encodeURIComponent(value), Buffer.from(value).toString('base64')];
      expect(spellings.some((each) => sent.includes(each))).toBe(true);
      return;
    }
    const error = await failureOf(asked);
    expect(error).toMatchObject({ code: 'ARGUMENT', message });
    expect(inspect(error)).not.toContain(value);
    expect(server.seen).toEqual([]);
    expect(await egress.journal({ limit: 9 })).toMatchObject([{ verdict: 'error', error: 'ARGUMENT' }]);
  });
});

test('a key file that is missing is named, and no other is made while it is needed', async () => {
  await using server = await startHttp();
  const folder = mkdtempSync(join(tmpdir(), 'egress-key-'));
  const state = `sqlite:${join(folder, 'egress.db')}`;
  const [file, saved] = [join(folder, 'egress.db.key'), join(folder, 'saved')];
  const scope = { hosts: [`api.test:${server.port}`] };
  {
    await using made = await testEgress({ state });
    await allowServer(made.egress, server);
    await made.egress.secrets.set('KEY', VALUE, scope);
  }
  renameSync(file, saved);
  await using made = await testEgress({ state });
  const { egress } = made;
  const net = egress.net({ app: 'a' });
  const missing = { code: 'ARGUMENT', message: expect.stringContaining(`the key file ${file} is missing`) };
  const unusable = { code: 'NET_AUTH', message: expect.stringContaining('key that the secrets were sealed with') };
  expect(await failureOf(net.fetch(server.origin(), { auth: 'KEY' }))).toMatchObject(unusable);
  expect(await failureOf(egress.secrets.set('OTHER', VALUE, scope))).toMatchObject(missing);
  expect(await failureOf(egress.secrets.rotate('KEY', 'new', 0))).toMatchObject(missing);
  expect([existsSync(file), server.seen]).toEqual([false, []]);
  renameSync(saved, file);
  expect((await net.fetch(server.origin(), { auth: 'KEY' })).status).toBe(200);
  expect(server.seen.at(-1)?.headers['authorization']).toBe(SENT);
  rmSync(file);
  {
    await using other = await testEgress({ state });
    await other.egress.secrets.remove('KEY');
    await other.egress.secrets.set('KEY', VALUE, scope);
    expect(existsSync(file)).toBe(true);
  }
  rmSync(folder, { recursive: true });
});
