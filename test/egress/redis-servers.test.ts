/** Redis servers of every kind: behind TLS, with users, with several databases, and such as answer what nobody would. */
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Link } from '../../src/egress/state/redis/link.ts';
import { type RedisPlace, readRedisUrl } from '../../src/egress/state/redis/place.ts';
import { RedisPolicy } from '../../src/egress/state/redis/policy.ts';
import { connectRedis, type RedisClient } from '../../src/egress/state/redis/redis-client.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { hasRedis, type RedisServer, startRedis, startTlsRedis, WITHOUT_REDIS } from '../helpers/redis.ts';
import { readPage } from '../helpers/spec-page.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, startTcp, until } from '../helpers/tcp-server.ts';
import type { CertificateName } from '../helpers/tls-server.ts';

function pathOf(name: CertificateName): string {
  return fileURLToPath(new URL(`../helpers/certs/${name}.pem`, import.meta.url));
}

function placeOf(url: string): RedisPlace {
  const place = readRedisUrl(url);
  if (place === null) throw new Error(`no URL of Redis: ${url}`);
  return place;
}

async function adminOf(url: string): Promise<RedisClient & Disposable> {
  const client = connectRedis(placeOf(url), () => {});
  await client.ready;
  return { ...client, [Symbol.dispose]: () => client.destroy() };
}

describe.skipIf(!hasRedis)(`over TLS${WITHOUT_REDIS}`, () => {
  test('a server is believed by the authorities that ca names, and serves a whole egress', async () => {
    await using redis = await startTlsRedis(pathOf('good'));
    await using server = await startHttp((response) => response.end('ok'));
    const state = `${redis.url}?ca=${pathOf('ca')}`;
    await using one = await testEgress({ state });
    await using other = await testEgress({ state: state.replace('127.0.0.1', 'localhost') });
    await allowServer(one.egress, server);
    expect(await other.egress.entries()).toHaveLength(1);
    const response = await one.egress.net({ app: 'a' }).fetch(server.origin());
    expect(await response.text()).toBe('ok');
  });

  test.each<readonly [string, CertificateName, string]>([
    ['without ca, one of an authority of its own', 'good', ''],
    ['one of another authority', 'good', `?ca=${pathOf('other-ca')}`],
    ['one for another host', 'wrong-host', `?ca=${pathOf('ca')}`],
    ['one that has expired', 'expired', `?ca=${pathOf('ca')}`],
  ])('%s is refused before the password is sent', async (_, certificate, query) => {
    await using redis = await startTlsRedis(pathOf(certificate), '--requirepass', 'hunter2');
    const state = `${redis.url}${query}`.replace('//', '//:hunter2@');
    const error = await failureOf(testEgress({ state }));
    expect(error).toMatchObject({ code: 'NET_SOCKET', message: expect.stringMatching(/certificate/i) });
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });

  test('a server that wants a certificate of its clients gets the one that cert names', async () => {
    await using redis = await startTlsRedis(
      pathOf('good'),
      '--tls-auth-clients',
      'yes',
      '--tls-ca-cert-file',
      pathOf('ca'),
    );
    const state = `${redis.url}?ca=${pathOf('ca')}`;
    expect(await failureOf(testEgress({ state }))).toMatchObject({ code: 'NET_SOCKET' });
    await using made = await testEgress({ state: `${state}&cert=${pathOf('client')}` });
    expect(await made.egress.entries()).toEqual([]);
  });

  test('a file that is not there is named', async () => {
    const error = await failureOf(testEgress({ state: 'rediss://127.0.0.1:1?ca=/no/such.pem' }));
    expect(error).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining('/no/such.pem') });
  });
});

describe.skipIf(!hasRedis)(`one server${WITHOUT_REDIS}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis('--databases', '4');
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  test('lets a user of its own do all that an egress needs, and only below its prefix', async () => {
    using admin = await adminOf(redis.url);
    const rules = ['on', '>p@ss/word', '~mine:*', '&mine:*', '+@all', '-@admin', '-@dangerous'];
    await admin.command(['ACL', 'SETUSER', 'egress', ...rules]);
    const state = (prefix: string, password: string): string =>
      `${redis.url}?prefix=${prefix}`.replace('//', `//egress:${encodeURIComponent(password)}@`);
    await using server = await startHttp((response) => response.end('ok'));
    await using made = await testEgress({ state: state('mine', 'p@ss/word') });
    await allowServer(made.egress, server);
    const net = made.egress.net({ app: 'a' });
    for (const _ of [1, 2]) expect(await (await net.fetch(server.origin(), { cache: '5m' })).text()).toBe('ok');
    expect(await made.egress.journal({ limit: 9 })).toMatchObject([{ cached: false }, { cached: true }]);
    expect(await made.egress.clearCache()).toBe(1);
    const wrong = await failureOf(testEgress({ state: state('mine', 'wr0ng-one') }));
    expect(wrong).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining('WRONGPASS') });
    const elsewhere = await failureOf(testEgress({ state: state('theirs', 'p@ss/word') }));
    expect(elsewhere).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining('NOPERM') });
    expect(inspect([wrong, elsewhere], { depth: 9 })).not.toMatch(/wr0ng-one|p@ss|p%40ss/);
  });

  test('takes the user and the URL of the page together', async () => {
    const page = readPage('egress.md');
    const rules = /`ACL SETUSER egress ([^`]*)`/.exec(page)?.[1]?.split(' ') ?? [];
    const query = /rediss:\/\/egress:PASSWORD@[^?]*(\?\S+)/.exec(page)?.[1];
    using admin = await adminOf(redis.url);
    await admin.command(['ACL', 'SETUSER', 'egress', 'reset', ...rules]);
    await using made = await testEgress({ state: redis.url.replace('//', '//egress:PASSWORD@') + query });
    await made.egress.allow('api.test');
    expect(await made.egress.entries()).toMatchObject([{ rule: 'api.test' }]);
  });

  test('has databases that know nothing of each other', async () => {
    await using first = await testEgress({ state: `${redis.url}/1` });
    await using second = await testEgress({ state: `${redis.url}/2` });
    await first.egress.allow('api.test');
    expect(await second.egress.entries()).toEqual([]);
    expect(await failureOf(testEgress({ state: `${redis.url}/4` }))).toMatchObject({
      code: 'NET_SOCKET',
      message: expect.stringContaining('out of range'),
    });
  });

  test('tells of a change at once: nobody waits for the beat', async () => {
    const place = placeOf(`${redis.url}?prefix=notice`);
    // Its beat never comes.
    const deaf = new Link(place, 'one', new ManualClock());
    const other = new Link(place, 'other');
    await deaf.open();
    await other.open();
    const before = deaf.version;
    const app = { app: null, name: 'mode', text: 'open' };
    await new RedisPolicy(other).putSetting(app);
    await until(() => deaf.version > before, 'the change is known');
    expect((await new RedisPolicy(deaf).load()).settings).toEqual([app]);
    await deaf.close();
    await other.close();
  });

  describe('holds what no egress has written there:', () => {
    let prefixes = 0;

    async function setUp(...damage: readonly (readonly string[])[]) {
      const state = `${redis.url}?prefix=odd${++prefixes}`;
      const server = await startHttp((response) => response.end('ok'));
      const made = await testEgress({ state });
      await allowServer(made.egress, server);
      using admin = await adminOf(redis.url);
      for (const [command = '', key, ...rest] of damage) {
        await admin.command(['DEL', `odd${prefixes}:${key}`]);
        await admin.command([command, `odd${prefixes}:${key}`, ...rest]);
      }
      await admin.command(['PUBLISH', `odd${prefixes}:changes`, '99']);
      const end = async (): Promise<void> => {
        await made[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      };
      const fetch = async (): Promise<string> =>
        (await made.egress.net({ app: 'a' }).fetch(server.origin(), { cache: '5m' })).text();
      return { state, server, egress: made.egress, fetch, [Symbol.asyncDispose]: end };
    }

    test.each([
      ['a policy that is no hash', ['SET', 'entries', 'x'], 'WRONGTYPE'],
      ['an entry that is no JSON', ['HSET', 'entries', 'x', '{'], 'JSON'],
      ['an entry that is no record', ['HSET', 'entries', 'x', '7'], 'no record'],
      ['an entry of other fields', ['HSET', 'entries', 'x', '{"kind":"allow"}'], 'without a text'],
      ['secrets that are no hash', ['RPUSH', 'secrets', 'x'], 'WRONGTYPE'],
    ] as const)('%s lets nothing out, and says why', async (_, damage, why) => {
      await using at = await setUp(damage);
      const opening = failureOf(testEgress({ state: at.state }));
      expect(await opening).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining('can not be read') });
      const error = await failureOf(at.egress.settings());
      expect(error).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining('nothing is let out') });
      expect(inspect(error, { depth: 9 })).toContain(why);
      expect(await failureOf(at.fetch())).toMatchObject({ code: 'NET_SOCKET' });
      expect(at.server.seen).toHaveLength(0);
    });

    test('limits, cache and journal that are something else: calls go on under a share, without them', async () => {
      await using at = await setUp(
        ['SET', 'slots', 'x'],
        ['SET', 'slot-owners', 'x'],
        ['RPUSH', 'rate:app:a 100/min', 'x'],
        ['RPUSH', 'cache', 'x'],
        ['SET', 'journal', 'x'],
      );
      expect(await at.fetch()).toBe('ok');
      expect(await at.fetch()).toBe('ok');
      expect(at.server.seen).toHaveLength(2);
      expect(await failureOf(at.egress.journal({ limit: 1 }))).toMatchObject({
        code: 'NET_SOCKET',
        message: expect.stringContaining('WRONGTYPE'),
      });
    });

    test('numbers that are none, and beyond all bounds: an app waits no longer than an empty bucket takes', async () => {
      await using at = await setUp(
        ['SET', 'rate:app:a 100/min', 'much'],
        ['SET', 'rate:all 500/min', '1e308'],
        ['HSET', 'slots:app:a', 'ghost', '1e308'],
      );
      expect(await at.fetch()).toBe('ok');
      expect(await at.egress.journal({ limit: 9, status: 'state' })).toMatchObject([
        { rule: expect.stringContaining('fall back') },
        { rule: expect.stringContaining('shared again') },
      ]);
    });
  });
});

describe('a server that is no Redis', () => {
  test.each([
    ['speaks another protocol', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['answers with bytes of no kind', '\u0000\u0001\u0002\r\n'],
    ['says that a text is longer than memory', '$99999999999\r\nxxx'],
    ['says that a list has no end', '*2000000000\r\n:1\r\n'],
    ['nests lists without end', '*1\r\n'.repeat(50_000)],
    ['says back what it was told', "-ERR unknown command 'HELLO', with args beginning with: 'AUTH' 'hunter2'\r\n"],
  ])('%s is refused, and no error has the password', async (_, answer) => {
    await using server = await startTcp();
    const opening = failureOf(testEgress({ state: `redis://:hunter2@127.0.0.1:${server.port}` }));
    const socket = await server.accept();
    socket.on('data', () => socket.write(answer));
    const error = await opening;
    expect(error).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining(`127.0.0.1:${server.port}`) });
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });
});
