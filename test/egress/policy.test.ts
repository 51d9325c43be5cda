/** What an entry says, for whom, and from when: through calls, and between two processes on one file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Egress } from '../../src/egress/egress.ts';
import type { EntryOptions } from '../../src/egress/policy/entry.ts';
import type { RequestOptions } from '../../src/net/http/options.ts';
import { allowServer, LOOPBACK, type TestEgress, testEgress } from '../helpers/egress.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

let server: HttpServer;
beforeAll(async () => {
  server = await startHttp((response, { url, headers }) => {
    if (url === '/slow') return;
    response.setHeader('cache-control', 'max-age=600');
    response.end(headers['authorization'] ?? 'x'.repeat(100));
  });
});
afterAll(() => server[Symbol.asyncDispose]());

/** The status, `kept` for what came from the cache, or the code of what was raised. */
async function outcome(egress: Egress, app: string, path = '/', options: RequestOptions = {}): Promise<string> {
  try {
    const response = await egress.net({ app }).fetch(`${server.origin()}${path}`, options);
    await response.bytes();
    return response.fromCache ? 'kept' : String(response.status);
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'));
  }
}

describe('two processes on one file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-two-'));
  let [one, two]: (TestEgress | null)[] = [];
  beforeAll(async () => {
    const state = `sqlite:${join(folder, 'egress.db')}`;
    [one, two] = [await testEgress({ state }), await testEgress({ state })];
  });
  afterAll(async () => {
    await one?.[Symbol.asyncDispose]();
    await two?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  test('each change of one holds for the next call of the other', async () => {
    const [here, there] = [one?.egress, two?.egress];
    if (here === undefined || there === undefined) throw new Error('not open');
    const rule = `api.test:${server.port}`;
    const next = (options?: RequestOptions) => outcome(there, 'a', '/', options);
    const steps: readonly (readonly [() => Promise<unknown>, string, RequestOptions?])[] = [
      [async () => {}, 'NET_HOST_NOT_ALLOWED'],
      [() => allowServer(here, server), '200'],
      [() => here.deny(rule), 'NET_HOST_NOT_ALLOWED'],
      [() => here.set('mode', 'report'), '200'],
      [() => here.set('mode', 'allowlist'), 'NET_HOST_NOT_ALLOWED'],
      [() => here.remove('deny', rule), '200'],
      [() => here.allow(rule, { httpsOnly: false }), 'NET_ADDRESS_NOT_ALLOWED'],
      [() => here.allow(rule, { httpsOnly: true, allowAddresses: LOOPBACK }), 'NET_HOST_NOT_ALLOWED'],
      [() => allowServer(here, server, { maxResponse: 99 }), 'NET_SIZE'],
      [() => allowServer(here, server, { app: 'a' }), '200'],
      [() => here.set('max_response_body', 99, { app: 'a' }), 'NET_SIZE'],
      [() => here.set('max_response_body', 5_000, { app: 'a' }), '200'],
      [() => here.set('app_rate', '1/d', { app: 'a' }), '200'],
      [async () => {}, 'NET_RATE'],
      [() => here.set('app_rate', '1000/d', { app: 'a' }), '200'],
      [async () => {}, 'NET_AUTH', { auth: 'KEY' }],
      [() => here.secrets.set('KEY', 'v', { hosts: [rule] }), '200', { auth: 'KEY' }],
      [() => here.secrets.set('KEY', 'v', { hosts: ['other.test'] }), 'NET_AUTH', { auth: 'KEY' }],
      [() => here.secrets.remove('KEY'), 'NET_AUTH', { auth: 'KEY' }],
      [async () => outcome(here, 'a', '/', { cache: '5m' }), 'kept', { cache: '5m' }],
      [() => here.clearCache(), '200', { cache: '5m' }],
      [() => here.remove('allow', rule, { app: 'a' }), 'NET_SIZE'],
      [() => here.remove('allow', rule), 'NET_HOST_NOT_ALLOWED'],
    ];
    for (const [at, [change, after, options]] of steps.entries()) {
      await change();
      // What is known may be a millisecond old.
      const changed = performance.now();
      await until(() => performance.now() - changed > 2);
      expect([at, await next(options)]).toEqual([at, after]);
    }
  });
});

describe('an app’s own entry', () => {
  test.each([
    ['https_only', { httpsOnly: true }, '/', {}, 'NET_HOST_NOT_ALLOWED'],
    ['max_response, less', { maxResponse: 10 }, '/', {}, 'NET_SIZE'],
    ['timeout', { timeout: '50ms' }, '/slow', {}, 'NET_TIMEOUT'],
    ['allow_addresses', { allowAddresses: [] }, '/', {}, 'NET_ADDRESS_NOT_ALLOWED'],
    ['allow_addresses, others', { allowAddresses: ['127.0.0.2', '10.0.0.0/8'] }, '/', {}, 'NET_ADDRESS_NOT_ALLOWED'],
    ['allow_addresses, a network', { allowAddresses: ['127.0.0.0/8'] }, '/', {}, '200'],
  ] satisfies [string, EntryOptions, string, RequestOptions, string][])(
    'stands in place of the one for all: %s',
    async (_what, own, path, options, after) => {
      await using made = await testEgress();
      const { egress } = made;
      await allowServer(egress, server);
      await allowServer(egress, server, { ...own, app: 'a' });
      expect(await outcome(egress, 'a', path, options)).toBe(after);
      expect(await outcome(egress, 'b')).toBe('200');
    },
  );

  test('has a rate and a burst of its own; those of one for all are one bucket', async () => {
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server, { rate: '3/d' });
    await allowServer(egress, server, { rate: '100/d', burst: 2, app: 'own' });
    const go = (app: string) => outcome(egress, app);
    expect([await go('a'), await go('b'), await go('a'), await go('b')]).toEqual(['200', '200', '200', 'NET_RATE']);
    expect([await go('own'), await go('own'), await go('own')]).toEqual(['200', '200', 'NET_RATE']);
    // The same entry with the same rate again is the same bucket; with another it is another.
    await allowServer(egress, server, { rate: '3/d' });
    expect(await go('c')).toBe('NET_RATE');
    await allowServer(egress, server, { rate: '4/d' });
    expect(await go('c')).toBe('200');
  });

  test('is kept for as long as it says, where the caller does not', async () => {
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server, { cacheTtl: '5m', app: 'a' });
    await allowServer(egress, server);
    for (const [app, ...outcomes] of [
      ['a', '200', 'kept'],
      ['b', '200', '200'],
    ] as const) {
      expect([await outcome(egress, app), await outcome(egress, app)]).toEqual(outcomes);
    }
    expect(await outcome(egress, 'a', '/', { cache: false })).toBe('200');
  });
});

test('where several rules cover a host the closest says what holds', async () => {
  await using made = await testEgress();
  const { egress } = made;
  const { port } = server;
  const open = { httpsOnly: false, allowAddresses: LOOPBACK };
  await egress.allow(`*:${port}`, { ...open, maxResponse: 1 });
  expect(await outcome(egress, 'a')).toBe('NET_SIZE');
  await egress.allow(`*.test:${port}`, { ...open, maxResponse: 200 });
  expect(await outcome(egress, 'a')).toBe('200');
  await egress.allow(`api.test:${port}`, { ...open, maxResponse: 2 });
  expect(await outcome(egress, 'a')).toBe('NET_SIZE');
  await egress.allow('*.test:*', { ...open, app: 'a' });
  expect(await outcome(egress, 'a')).toBe('200');
  expect(await egress.journal({ limit: 1 })).toMatchObject([{ rule: 'allow *.test:* (app a)' }]);
});

test('without a port an entry is for its scheme’s own: 443, and 80 with http', async () => {
  await using made = await testEgress();
  const { egress } = made;
  const decide = async (url: string) => (await egress.explain(url, { app: 'a' })).allowed;
  const urls = ['https://x.test/', 'https://x.test:8443/', 'http://x.test/', 'http://x.test:8080/', 'wss://x.test/'];
  await egress.allow('x.test');
  expect(await Promise.all(urls.slice(0, 4).map(decide))).toEqual([true, false, false, false]);
  await egress.allow('x.test', { httpsOnly: false });
  expect(await Promise.all(urls.slice(0, 4).map(decide))).toEqual([true, false, true, false]);
  await egress.allow('x.test:*', { httpsOnly: false });
  expect(await Promise.all(urls.slice(0, 4).map(decide))).toEqual([true, true, true, true]);
});

test('settings and entries of the wrong kind are refused, and nothing is changed', async () => {
  await using made = await testEgress();
  const { egress } = made;
  for (const wrong of [
    () => egress.allow('10.0.0.1'),
    () => egress.allow('https://x.test'),
    () => egress.allow('x.test', Object({ httpOnly: false })),
    () => egress.allow('x.test', { rate: '0/min' }),
    () => egress.allow('x.test', { timeout: 'soon' }),
    () => egress.allow('x.test', { allowAddresses: ['inside.test'] }),
    () => egress.allow('x.test', { app: 'a/b' }),
    () => egress.set('app_rate', '100'),
    () => egress.set('calls_per_run', 0),
    () => egress.set('mode', 'permissive'),
    () => egress.set('total_rate', '1/s', { app: 'a' }),
    () => egress.set('no_such', 1),
    () => egress.set('__proto__', 1),
    () => egress.secrets.set('KEY', 'v', { hosts: [] }),
    () => egress.secrets.set('KEY', 'v', { hosts: ['a.test,b.test'] }),
    () => egress.secrets.set('KEY', 'v', { hosts: ['https://x.test'] }),
    () => egress.secrets.rotate('NO_SUCH', 'v', 0),
    async () => egress.net({ app: '' }),
    async () => egress.net({ app: 'a', deadline: -1 }),
    async () => egress.net({ app: 'a', deadline: Number.NaN }),
  ]) {
    await expect(wrong(), String(wrong)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:ARGUMENT|GRANT_SYNTAX)$/),
    });
  }
  expect(await egress.entries()).toEqual([]);
  expect(await egress.secrets.list()).toEqual([]);
});

test('a sample of the journal leaves out what went well, and nothing that was refused or failed', async () => {
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.set('journal_sample', 0, { app: 'a' });
  for (const app of ['a', 'b']) await outcome(egress, app);
  await outcome(egress, 'a', '/slow', { timeout: 0.05 });
  await failureOf(egress.net({ app: 'a' }).fetch('https://elsewhere.test/'));
  expect(await egress.journal({ limit: 9 })).toMatchObject([
    { app: 'b', verdict: 'ok' },
    { app: 'a', verdict: 'error', error: 'NET_TIMEOUT' },
    { app: 'a', verdict: 'denied' },
  ]);
});

test('a URL with a user in it is no way to say credentials', async () => {
  await using made = await testEgress();
  await allowServer(made.egress, server);
  const net = made.egress.net({ app: 'a' });
  for (const user of ['user:password', 'user', ':password']) {
    const asked = net.fetch(`http://${user}@api.test:${server.port}/`, { cache: '5m' });
    expect(await failureOf(asked)).toMatchObject({ code: 'ARGUMENT' });
  }
});

test('a host is one host however it is spelled: for its entry, its rates, and what denies it', async () => {
  await using made = await testEgress();
  const { egress } = made;
  const spelt = ['api.test', 'API.test', 'api.test.', 'ａｐｉ.test', 'api。test', 'a\u00adpi.test', 'ap%69.test'];
  const go = async (host: string) => {
    try {
      return String((await egress.net({ app: 'a' }).fetch(`http://${host}:${server.port}/`)).status);
    } catch (error) {
      return String(Reflect.get(Object(error), 'code'));
    }
  };
  await egress.set('host_rate', '1/d');
  for (const [at, host] of spelt.entries()) {
    await allowServer(egress, server, { rate: `${at + 1}/d` });
    if (at === 0) expect(await go(host)).toBe('200');
    else expect([host, await go(host)]).toEqual([host, expect.stringMatching(/^(?:NET_RATE|ARGUMENT)$/)]);
  }
  await egress.deny('Api.Test.');
  for (const host of spelt) {
    expect([host, await go(host)]).toEqual([host, expect.stringMatching(/^(?:NET_HOST_NOT_ALLOWED|ARGUMENT)$/)]);
  }
});
