/** Egresses on one real Redis server: what they share, and what each does when the server is away, deaf or full. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Egress } from '../../src/egress/egress.ts';
import { type RedisPlace, readRedisUrl } from '../../src/egress/state/redis/place.ts';
import { openRedis } from '../../src/egress/state/redis/redis.ts';
import { connectRedis } from '../../src/egress/state/redis/redis-client.ts';
import { caspian } from '../helpers/cli.ts';
import { allowServer, type TestEgress, testEgress } from '../helpers/egress.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { hasRedis, type RedisServer, startRedis, WITHOUT_REDIS } from '../helpers/redis.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

const PATIENCE_MS = 30_000;

function placeOf(url: string): RedisPlace {
  const place = readRedisUrl(url);
  if (place === null) throw new Error(`no URL of Redis: ${url}`);
  return place;
}

/** `ok`, or the code of what was raised. */
async function outcome(egress: Egress, url: string, app = 'a'): Promise<string> {
  try {
    return await (await egress.net({ app }).fetch(url)).text();
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'));
  }
}

/** Asks until the outcome is this; every other one on the way must be among `before`. */
async function untilOutcome(egress: Egress, url: string, wanted: string, before: readonly string[]): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await outcome(egress, url);
    if (found === wanted) return;
    if (!before.includes(found) || performance.now() > end) throw new Error(`${found} before ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe.skipIf(!hasRedis)(`two egresses on one server${WITHOUT_REDIS}`, () => {
  let redis: RedisServer;
  let prefixes = 0;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  function freshUrl(): string {
    prefixes += 1;
    return `${redis.url}?prefix=p${prefixes}`;
  }

  async function pair(): Promise<readonly [TestEgress, TestEgress]> {
    const state = freshUrl();
    return [await testEgress({ state }), await testEgress({ state })];
  }

  test('share one rate', async () => {
    await using server = await startHttp((response) => response.end('ok'));
    const [first, second] = await pair();
    await using one = first;
    await using other = second;
    await allowServer(one.egress, server);
    await one.egress.set('app_rate', '10/h');
    await untilOutcome(other.egress, server.origin(), 'ok', ['NET_HOST_NOT_ALLOWED']);
    const outcomes: string[] = [];
    for (let round = 0; round < 8; round++) {
      outcomes.push(await outcome(one.egress, server.origin()), await outcome(other.egress, server.origin()));
    }
    expect(outcomes.filter((each) => each === 'ok')).toHaveLength(9);
    expect(outcomes.filter((each) => each === 'NET_RATE')).toHaveLength(7);
    expect(server.seen).toHaveLength(10);
  });

  test('share one cap of calls at once', async () => {
    const held: (() => void)[] = [];
    await using server = await startHttp((response) => {
      held.push(() => response.end('ok'));
    });
    const [first, second] = await pair();
    await using one = first;
    await using other = second;
    await allowServer(one.egress, server);
    await one.egress.set('queue_wait', '10ms');
    await one.egress.set('app_concurrency', 2);
    const calls = [outcome(one.egress, server.origin()), outcome(one.egress, server.origin())];
    await until(() => held.length === 2);
    await untilOutcome(other.egress, server.origin(), 'NET_LIMIT', ['NET_HOST_NOT_ALLOWED']);
    for (const release of held) release();
    expect(await Promise.all(calls)).toEqual(['ok', 'ok']);
    await one.egress.set('queue_wait', '20s');
    const late = outcome(other.egress, server.origin());
    await until(() => held.length === 3);
    held[2]?.();
    expect(await late).toBe('ok');
  });

  test('share one policy: a change of one holds for calls of the other', async () => {
    await using server = await startHttp((response) => response.end('ok'));
    const [first, second] = await pair();
    await using one = first;
    await using other = second;
    expect(await outcome(other.egress, server.origin())).toBe('NET_HOST_NOT_ALLOWED');
    await allowServer(one.egress, server);
    await untilOutcome(other.egress, server.origin(), 'ok', ['NET_HOST_NOT_ALLOWED']);
    await other.egress.deny('api.test:*');
    expect(await outcome(other.egress, server.origin())).toBe('NET_HOST_NOT_ALLOWED');
    await untilOutcome(one.egress, server.origin(), 'NET_HOST_NOT_ALLOWED', ['ok']);
  });

  test('share the journal, and what is kept of responses', async () => {
    let asked = 0;
    await using server = await startHttp((response) => {
      asked += 1;
      response.end('ok');
    });
    const [first, second] = await pair();
    await using one = first;
    await using other = second;
    await allowServer(one.egress, server);
    await (await one.egress.net({ app: 'a' }).fetch(server.origin(), { cache: '5m' })).text();
    await untilOutcome(other.egress, `${server.origin()}/other`, 'ok', ['NET_HOST_NOT_ALLOWED']);
    expect((await other.egress.net({ app: 'a' }).fetch(server.origin(), { cache: '5m' })).fromCache).toBe(true);
    expect((await other.egress.net({ app: 'b' }).fetch(server.origin(), { cache: '5m' })).fromCache).toBe(false);
    expect(asked).toBe(3);
    await one.egress.journal({ limit: 1 });
    expect((await other.egress.journal({ limit: 9, app: 'a', status: 'ok' })).map(({ cached }) => cached)).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('a process that is killed gives its slots back when its lease has run out', async () => {
    await using server = await startHttp(() => {});
    const state = freshUrl();
    await using made = await testEgress({ state });
    await allowServer(made.egress, server);
    await made.egress.set('app_concurrency', 2);
    const program = `
      import { openEgress } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)};
      const egress = await openEgress({ state: ${JSON.stringify(state)}, resolve: async () => ['127.0.0.1'] });
      for (let call = 0; call < 2; call++) egress.net({ app: 'a' }).fetch('${server.origin()}');
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'ignore' });
    await until(() => server.seen.length === 2);
    const watcher = await openRedis(placeOf(state));
    const lease = (later: number) => watcher.slots.lease('app:a', 'watcher', 2, 2, watcher.now() + later, 1_000);
    expect((await watcher.slots.held(watcher.now())).get('app:a')).toBe(2);
    expect(await lease(0)).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await lease(30_000)).toBe(2);
    await watcher.close();
  });

  test('the launcher and caspian-net take the server as they take a file', async () => {
    await using server = await startHttp((response) => response.end('ok'));
    const state = freshUrl();
    await using made = await testEgress({ state });
    await made.egress.allow(`localhost:${server.port}`, { httpsOnly: false, allowAddresses: ['127.0.0.1', '::1'] });
    const code = `puts %net.fetch("http://localhost:${server.port}/").text`;
    expect(await caspian([`--egress=${state}`, '--app=a', '-e', code])).toMatchObject({ code: 0, stdout: 'ok\n' });
    expect(await made.egress.journal({ limit: 9 })).toMatchObject([{ app: 'a', verdict: 'ok' }]);
    const bin = fileURLToPath(new URL('../../bin/caspian-net.cjs', import.meta.url));
    const operator = spawn(process.execPath, [bin, 'allow', 'list', `--state=${state}`]);
    let listed = '';
    operator.stdout.on('data', (piece: Buffer) => {
      listed += piece.toString();
    });
    expect(await once(operator, 'close')).toEqual([0, null]);
    expect(listed).toContain(`localhost:${server.port}`);
  });

  test('secrets need a key that other machines have', async () => {
    await using made = await testEgress({ state: freshUrl() });
    expect(await failureOf(made.egress.secrets.set('KEY', 'value', { hosts: ['x.test'] }))).toMatchObject({
      code: 'ARGUMENT',
      message: expect.stringContaining('CASPIAN_EGRESS_KEY'),
    });
  });
});

describe.skipIf(!hasRedis)(`a server that${WITHOUT_REDIS}`, () => {
  async function setUp(...options: readonly string[]) {
    const redis = await startRedis(...options);
    const server: HttpServer = await startHttp((response) => response.end('ok'));
    const made = await testEgress({ state: redis.url });
    await allowServer(made.egress, server);
    await made.egress.set('app_rate', '100000/s');
    await made.egress.set('total_rate', '100000/s');
    const url = server.origin();
    expect(await outcome(made.egress, url)).toBe('ok');
    const end = async (): Promise<void> => {
      await made[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await redis[Symbol.asyncDispose]();
    };
    return { redis, server, egress: made.egress, url, [Symbol.asyncDispose]: end };
  }

  test(
    'stops under load: nothing goes out, and everything does again when it is back',
    async () => {
      await using at = await setUp('--appendonly', 'yes', '--appendfsync', 'always');
      const { redis, egress, url, server } = at;
      let going = true;
      const outcomes = new Set<string>();
      const load = Array.from({ length: 4 }, async () => {
        while (going) {
          outcomes.add(await outcome(egress, url));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
      await redis.stop();
      await untilOutcome(egress, url, 'NET_SOCKET', ['ok']);
      const before = server.seen.length;
      for (let call = 0; call < 20; call++) expect(await outcome(egress, url)).toBe('NET_SOCKET');
      expect(server.seen.length - before).toBeLessThanOrEqual(load.length);
      expect(await failureOf(egress.net({ app: 'a' }).fetch(url))).toMatchObject({ retryable: true });
      await redis.start();
      await untilOutcome(egress, url, 'ok', ['NET_SOCKET']);
      going = false;
      await Promise.all(load);
      expect([...outcomes].sort()).toEqual(['NET_SOCKET', 'ok']);
      // It has a connection of its own, which comes back by itself.
      const failed = async (): Promise<number> => (await egress.journal({ limit: 1_000, status: 'error' })).length;
      await expect.poll(failed, { timeout: PATIENCE_MS }).toBeGreaterThan(0);
    },
    PATIENCE_MS,
  );

  test(
    'comes back empty allows nothing, though its version is the same',
    async () => {
      await using at = await setUp();
      const { redis, egress, url, server } = at;
      const admin = () => connectRedis(placeOf(redis.url), () => {});
      const before = admin();
      await before.ready;
      const version = await before.command(['GET', 'caspian-net:version']);
      await redis.stop();
      await redis.start();
      const after = admin();
      await after.ready;
      await after.command(['SET', 'caspian-net:version', String(version)]);
      after.destroy();
      await untilOutcome(egress, url, 'NET_HOST_NOT_ALLOWED', ['NET_SOCKET', 'ok']);
      await allowServer(egress, server);
      expect(await outcome(egress, url)).toBe('ok');
    },
    PATIENCE_MS,
  );

  test(
    'is emptied while it runs allows nothing',
    async () => {
      await using at = await setUp();
      const { redis, egress, url } = at;
      const admin = connectRedis(placeOf(redis.url), () => {});
      await admin.ready;
      await admin.command(['FLUSHALL']);
      await untilOutcome(egress, url, 'NET_HOST_NOT_ALLOWED', ['ok']);
      admin.destroy();
    },
    PATIENCE_MS,
  );

  test(
    'keeps its connections and answers nothing is as good as none',
    async () => {
      await using at = await setUp();
      const { redis, egress, url } = at;
      redis.pause();
      await untilOutcome(egress, url, 'NET_SOCKET', ['ok']);
      redis.resume();
      await untilOutcome(egress, url, 'ok', ['NET_SOCKET']);
    },
    PATIENCE_MS,
  );

  test(
    'is full: calls go on under a share of the limits, and the journal says so',
    async () => {
      await using at = await setUp('--maxmemory-policy', 'noeviction');
      const { redis, egress, url } = at;
      await egress.set('app_rate', '6/h');
      const admin = connectRedis(placeOf(redis.url), () => {});
      await admin.ready;
      await admin.command(['CONFIG', 'SET', 'maxmemory', '1']);
      const first = await egress.net({ app: 'b' }).fetch(url, { cache: '5m' });
      expect([first.fromCache, await first.text()]).toEqual([false, 'ok']);
      for (let call = 0; call < 5; call++) expect(await outcome(egress, url, 'b')).toBe('ok');
      expect(await outcome(egress, url, 'b')).toBe('NET_RATE');
      await admin.command(['CONFIG', 'SET', 'maxmemory', '0']);
      expect(await outcome(egress, url, 'c')).toBe('ok');
      const said = await egress.journal({ limit: 9, status: 'state' });
      expect(said.map(({ rule }) => rule)).toEqual([
        expect.stringContaining('fall back to a local share'),
        expect.stringContaining('shared again'),
      ]);
      expect(await egress.journal({ limit: 99, app: 'b' })).toHaveLength(7);
      admin.destroy();
    },
    PATIENCE_MS,
  );

  test('is not there refuses to open, and no error has the password', async () => {
    const redis = await startRedis();
    await redis[Symbol.asyncDispose]();
    const state = redis.url.replace('//', '//admin:hunter2@');
    const error = await failureOf(testEgress({ state }));
    expect(error).toMatchObject({ code: 'NET_SOCKET', message: expect.stringContaining(redis.url) });
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });

  test('wants a password gets it, and refuses another', async () => {
    await using redis = await startRedis('--requirepass', 'right');
    await using made = await testEgress({ state: redis.url.replace('//', '//:right@') });
    expect(await made.egress.entries()).toEqual([]);
    const error = await failureOf(testEgress({ state: redis.url.replace('//', '//:wrong@') }));
    expect(error).toMatchObject({ code: 'NET_SOCKET' });
  });
});
