/** Each verb of `caspian-net` in one process: what it does to the egress, prints for people and for programs, and returns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { operate } from '../../src/cli/operator/operator.ts';
import { Egress, openEgress } from '../../src/egress/egress.ts';
import { SocketError } from '../../src/errors/classes.ts';
import { allowServer } from '../helpers/egress.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'operator-'));
const state = `sqlite:${join(folder, 'egress.db')}`;
let egress: Egress;
let server: HttpServer;
beforeAll(async () => {
  server = await startHttp((response, { url, headers }) => {
    response.writeHead(url === '/gone' ? 410 : 200).end(String(headers['authorization'] ?? 'body'));
  });
  // Another process's, as far as the command can tell: every change must hold here at once.
  egress = await openEgress({ state, resolve: async () => ['127.0.0.1'] });
});
afterAll(async () => {
  await egress.close();
  await server[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
afterEach(() => vi.restoreAllMocks());

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a stream does once it has written: it tells the caller. */
function written(rest: readonly unknown[]): true {
  const done = rest.at(-1);
  if (typeof done === 'function') done();
  return true;
}

/** Runs one line; `stdin` is what it may read. */
async function run(line: string, stdin: string | Buffer = ''): Promise<Said> {
  const said = { out: '', err: '' };
  const into =
    (key: 'out' | 'err') =>
    (text: unknown, ...rest: unknown[]) => {
      said[key] += typeof text === 'string' ? text : Buffer.from(Object(text)).toString();
      return written(rest);
    };
  vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  const input = Object.assign(Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]), { isTTY: false });
  vi.spyOn(process, 'stdin', 'get').mockReturnValue(Object(input));
  try {
    return { code: await operate([...line.split(' '), '--state', state], '0'), ...said };
  } finally {
    vi.restoreAllMocks();
  }
}

async function json(line: string, stdin = ''): Promise<readonly unknown[]> {
  const { code, out } = await run(`${line} --json`, stdin);
  expect(code).toBeLessThan(2);
  return out
    .split('\n')
    .filter((each) => each !== '')
    .map((each): unknown => JSON.parse(each));
}

const outcome = async (app: string, url: string): Promise<string> => {
  try {
    return String((await egress.net({ app }).fetch(url)).status);
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'));
  }
};

describe('allow and deny', () => {
  test('add, list, replace and remove; each change holds in a process that runs', async () => {
    const rule = `api.test:${server.port}`;
    const url = server.origin();
    expect(await outcome('a', url)).toBe('NET_HOST_NOT_ALLOWED');
    expect(await run(`allow add ${rule} --http --allow-address 127.0.0.0/8 --app a`)).toMatchObject({
      code: 0,
      err: '',
    });
    expect([await outcome('a', url), await outcome('b', url)]).toEqual(['200', 'NET_HOST_NOT_ALLOWED']);
    expect(await json('allow list')).toEqual([
      { rule, app: 'a', options: { httpsOnly: false, allowAddresses: ['127.0.0.0/8'] } },
    ]);
    await run(`deny add ${rule}`);
    expect(await outcome('a', url)).toBe('NET_HOST_NOT_ALLOWED');
    expect(await json('deny list')).toMatchObject([{ rule, app: null }]);
    expect(await run(`deny remove ${rule}`)).toMatchObject({ code: 0 });
    expect(await run(`deny remove ${rule}`)).toMatchObject({ code: 1 });
    expect(await outcome('a', url)).toBe('200');
    const all = '--rate 60/min --burst 5 --max-response 1000 --timeout 10s --cache-ttl 5m --shared --app a';
    expect(await run(`allow add ${rule} ${all}`)).toMatchObject({
      code: 0,
      out: `replaced: ${rule} (app a); before: --http --allow-address 127.0.0.0/8\n`,
    });
    expect((await run('allow list')).out).toMatch(
      / {2}--rate 60\/min --burst 5 --max-response 1000 --timeout 10s --cache-ttl 5m --shared$/m,
    );
    const [entry] = await egress.entries();
    expect(entry).toMatchObject({
      options: { rate: '60/min', burst: 5, maxResponse: 1_000, timeout: '10s', cacheTtl: '5m', shared: true },
    });
    // Replaced, so that what was said before holds no more: http is refused again.
    expect(await outcome('a', url)).toBe('NET_HOST_NOT_ALLOWED');
    expect(await egress.entries()).toHaveLength(1);
    expect(await run(`allow remove ${rule}`)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('there is no'),
    });
    expect(await run(`allow remove ${rule} --app a`)).toMatchObject({ code: 0 });
    expect(await run('allow list')).toMatchObject({ out: 'no entry: nothing is let out\n' });
    expect(await run('deny list')).toMatchObject({ out: 'no entry: nothing is denied\n' });
  });
});

test('each change is one value of JSON that says what was done', async () => {
  const rule = { rule: 'json.test', app: 'a' };
  const entry = { allowed: 'json.test', app: 'a', options: { rate: '5/min', burst: 2 } };
  expect(await json('allow add json.test --app a --rate 5/min --burst 2')).toEqual([{ ...entry, replaced: null }]);
  expect(await json('allow add json.test --app a')).toEqual([
    { allowed: 'json.test', app: 'a', options: {}, replaced: { rule: rule.rule, options: entry.options } },
  ]);
  expect(await json('allow remove json.test --app a')).toEqual([{ removed: 'json.test', kind: 'allow', app: 'a' }]);
  expect(await json('deny add json.test')).toEqual([{ denied: 'json.test', app: null, options: {}, replaced: null }]);
  expect(await json('deny remove json.test')).toEqual([{ removed: 'json.test', kind: 'deny', app: null }]);
  expect(await json('limits set retries 2 --app a')).toEqual([{ set: 'retries', value: 2, app: 'a' }]);
  expect(await json('limits set timeout 10')).toEqual([{ set: 'timeout', value: '10s', app: null }]);
  expect(await json('limits reset timeout')).toEqual([{ reset: 'timeout', value: '30s', app: null }]);
  expect(await json('limits reset retries --app a')).toEqual([{ reset: 'retries', value: 3, app: 'a' }]);
  const scope = { hosts: ['a.test', 'b.test'], methods: ['GET'], paths: null };
  expect(await json('secrets set K --host a.test,b.test --method GET', 'v')).toEqual([
    { kept: 'K', app: null, ...scope },
  ]);
  expect(await json('secrets list')).toMatchObject([{ name: 'K', app: null, ...scope }]);
  expect((await run('secrets list')).out).toMatch(/^K +- +a\.test b\.test +GET +-/m);
  expect(await json('secrets rotate K --overlap 10', 'w')).toEqual([{ rotated: 'K', app: null, overlap: 10 }]);
  expect(await json('secrets remove K')).toEqual([{ removed: 'K', app: null }]);
  expect(await json('cache clear --host API.test')).toEqual([{ cleared: 0, host: 'api.test' }]);
  await run('allow add json.test --max-response 7 --cache-ttl 60');
  const holds = { appRate: '100/min', timeout: '30s', maxResponseBody: 7, cacheTtl: '1m' };
  expect(await json('explain https://json.test/')).toMatchObject([{ allowed: true, app: 'operator', ...holds }]);
  await run('allow remove json.test');
});

test('limits shows every setting, and set changes one, for all or for an app', async () => {
  expect(await run('limits set app_rate 7/h --app a')).toMatchObject({ code: 0 });
  expect(await run('limits set timeout 9s')).toMatchObject({ code: 0 });
  expect((await egress.settings({ app: 'a' }))['app_rate']).toBe('7/h');
  expect((await egress.settings())['app_rate']).toBe('100/min');
  const rows = await json('limits --app a');
  expect(rows).toHaveLength(Object.keys(await egress.settings()).length);
  const row = (found: object) => expect(rows).toContainEqual(expect.objectContaining(found));
  row({ limit: 'app_rate', value: '7/h', from: 'app', default: '100/min', perApp: true });
  row({ limit: 'timeout', value: '9s', from: 'all', default: '30s' });
  row({ limit: 'retries', value: 3, from: 'default', leased: null });
  expect((await run('limits')).out).toMatch(/^LIMIT +VALUE +FROM +DEFAULT +LEASED +PER APP/);
  expect(await run('limits reset app_rate --app a')).toMatchObject({ out: 'app_rate is 100/min again (app a)\n' });
  expect(await run('limits reset app_rate --app a')).toMatchObject({ code: 1, out: '' });
  expect(await run('limits reset total_rate --app a')).toMatchObject({ code: 2 });
  expect(await egress.ownSettings()).toEqual({ timeout: '9s' });
  expect(await egress.reset('timeout')).toBe(true);
  expect(await egress.reset('timeout')).toBe(false);
  expect((await egress.settings())['timeout']).toBe('30s');
  await expect(egress.reset('timeuot')).rejects.toThrow('there is no setting');
});

test('limits shows the slots that are leased', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  await using slow = await startHttp((response) => void promise.then(() => response.end('x')));
  await allowServer(egress, slow);
  const call = egress.net({ app: 'slow' }).fetch(slow.origin());
  await until(() => slow.seen.length === 1);
  const rows = await json('limits --app slow');
  for (const limit of ['app_concurrency', 'total_concurrency']) {
    expect(rows).toContainEqual(expect.objectContaining({ limit, leased: expect.toSatisfy((held) => held > 0) }));
  }
  resolve();
  await (await call).bytes();
});

test('explain says which rule decides, and returns what the answer is', async () => {
  await run('allow add api.example.test --rate 5/min');
  expect(await run('explain https://api.example.test/x')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/allowed +yes[\s\S]*allow api\.example\.test[\s\S]*5\/min/),
  });
  for (const [line, reason] of [
    ['explain http://api.example.test/', 'http'],
    ['explain https://api.example.test:8443/', 'port'],
    ['explain https://10.0.0.1/', 'address'],
    ['explain https://elsewhere.test/', 'no entry'],
  ] as const) {
    const [said] = await json(line);
    expect(said).toMatchObject({ allowed: false, reason: expect.stringContaining(reason) });
    expect(await run(line)).toMatchObject({ code: 1 });
  }
  await run('allow remove api.example.test');
});

describe('secrets', () => {
  const VALUE = 'sk_live_0123456789';

  test('set, list, rotate and remove, of all and of an app; a value is read, never shown', async () => {
    await allowServer(egress, server);
    const host = `--host api.test:${server.port}`;
    const said = [await run(`secrets set KEY ${host} --method GET --path /v1/*`, `${VALUE}\n`)];
    said.push(await run(`secrets set KEY ${host} --app a`, VALUE));
    expect(await json('secrets list')).toMatchObject([
      { name: 'KEY', app: null, hosts: [`api.test:${server.port}`], methods: ['GET'], paths: ['/v1/*'], overlap: null },
      { name: 'KEY', app: 'a', methods: null, paths: null },
    ]);
    const sent = async (app: string) =>
      (await egress.net({ app }).fetch(`${server.origin()}/v1/x`, { auth: 'KEY' })).text();
    expect([await sent('a'), await sent('b')]).toEqual([`Bearer ${VALUE}`, `Bearer ${VALUE}`]);
    said.push(await run('secrets rotate KEY --overlap 10m --app a', 'sk_next_1\n'));
    expect([await sent('a'), await sent('b')]).toEqual(['Bearer sk_next_1', `Bearer ${VALUE}`]);
    expect(await json('secrets list')).toContainEqual(
      expect.objectContaining({ app: 'a', overlap: expect.any(String) }),
    );
    said.push(await run('secrets list'), await run('secrets remove KEY --app a'));
    expect(await sent('a')).toBe(`Bearer ${VALUE}`);
    said.push(await run('secrets remove KEY'));
    expect(await failureOf(sent('a'))).toMatchObject({ code: 'NET_AUTH' });
    expect(said.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(JSON.stringify(said)).not.toMatch(/sk_live|sk_next/);
  });

  test.each([
    `secrets set KEY ${VALUE} --host x.test`,
    `secrets set ${VALUE}! --host x.test`,
    `secrets set KEY --value ${VALUE} --host x.test`,
    `secrets set KEY --value=${VALUE} --host x.test`,
    `secrets rotate KEY ${VALUE}`,
  ])('%s takes no value, and repeats none', async (line) => {
    const { code, out, err } = await run(line, `${VALUE}-2`);
    expect(code).toBe(2);
    expect(out + err).not.toContain(VALUE);
    expect(await egress.secrets.list()).toEqual([]);
  });

  test('bytes that are no UTF-8 are no value', async () => {
    const { code, out, err } = await run('secrets set KEY --host x.test', Buffer.from(`${VALUE}\xff`, 'latin1'));
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('the value is no UTF-8');
    expect(err).not.toContain(VALUE);
    expect(await egress.secrets.list()).toEqual([]);
  });
});

describe('logs, cache and fetch', () => {
  test('a call of the operator’s is one of an app, and prints the body', async () => {
    const port = `localhost:${server.port}`;
    await run(`allow add ${port} --http --allow-address 127.0.0.1 --allow-address ::1`);
    const url = `http://${port}`;
    expect(await run(`fetch ${url}/x`)).toEqual({ code: 0, out: 'body', err: '200 OK\n' });
    expect(await run(`fetch ${url}/gone --app a`)).toMatchObject({ code: 1, out: 'body' });
    await run(`secrets set OWN --host ${port} --app a`, 'v1\n');
    expect(await run(`fetch ${url}/x --app a --auth OWN`)).toMatchObject({ code: 0, out: 'Bearer v1' });
    expect(await run(`fetch ${url}/x --auth OWN`)).toMatchObject({
      code: 1,
      err: expect.stringContaining('no secret'),
    });
    expect(await run('fetch https://elsewhere.test/')).toMatchObject({ code: 1, out: '' });
    expect(await run('fetch nonsense')).toMatchObject({ code: 2, out: '' });
    expect(await json(`fetch ${url}/gone --app a`)).toMatchObject([
      { status: 410, reason: 'Gone', headers: { connection: expect.any(String) }, body: 'body', encoding: 'utf8' },
    ]);
    expect(await json('logs --app operator --host LOCALHOST --limit 2')).toMatchObject([
      { path: '/x', status: 200 },
      { path: '/x', status: 'NET_AUTH', verdict: 'denied' },
    ]);
  });

  test('logs find rows by time, app, host and status', async () => {
    expect(await json('logs --status 410')).toMatchObject([{ app: 'a', path: '/gone' }, { path: '/gone' }]);
    expect((await json('logs --status error')).length).toBeGreaterThan(2);
    expect((await json('logs --status denied')).length).toBeGreaterThan(1);
    expect((await json('logs --since 1h')).length).toBe((await json('logs --limit 1000')).length);
    expect(await json('logs --since 0s')).toEqual([]);
    expect(await json('logs --app nobody')).toEqual([]);
    expect((await run('logs --app nobody')).out).toBe('no call\n');
    expect((await run('logs --limit 1')).out).toMatch(/^TIME +APP +METHOD/);
    for (const line of ['logs --limit 0', 'logs --limit 100001', 'logs --since soon']) {
      expect(await run(line)).toMatchObject({ code: 2 });
    }
  });

  test('a long path is cut in the table, and whole in JSON', async () => {
    const path = `/${'x'.repeat(1_000)}`;
    await outcome('long', `https://elsewhere.test${path}`);
    const { out } = await run('logs --app long');
    expect(out).toContain(`/${'x'.repeat(58)}… `);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThan(300);
    expect(await json('logs --app long')).toMatchObject([{ path }]);
  });

  test('logs follow what comes, until they are ended', async () => {
    let out = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
      out += String(text);
      return written(rest);
    });
    const following = operate(['logs', '--follow', '--json', '--limit', '1', '--state', state], '0');
    await until(() => out.split('\n').length === 2);
    await outcome('follower', 'https://elsewhere.test/followed');
    await until(() => out.includes('/followed'));
    process.emit('SIGINT');
    expect(await following).toBe(0);
    expect(out.match(/followed/g)).toHaveLength(1);
  });

  test('logs that follow have one heading, as wide as it gets, and go on when the state was away', async () => {
    let [out, err] = ['', ''];
    vi.spyOn(process.stdout, 'write').mockImplementation((text, ...rest) => {
      out += String(text);
      return written(rest);
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += String(text);
      return true;
    });
    const following = operate(['logs', '--follow', '--app', 'wide', '--state', state], '0');
    await outcome('wide', 'https://elsewhere.test/1');
    await until(() => out.includes('/1 '));
    const away = new SocketError('the state can not be read', { operation: 'journal', retryable: true });
    vi.spyOn(Egress.prototype, 'journal').mockRejectedValueOnce(away).mockRejectedValueOnce(away);
    await until(() => err.includes('again'));
    await outcome('wide', `https://a-much-longer-name.elsewhere.test/${'2'.repeat(70)}`);
    await until(() => out.includes('/222'));
    process.emit('SIGINT');
    expect(await following).toBe(0);
    expect(err).toBe(
      'caspian-net: the state can not be read; it is tried again\ncaspian-net: the journal can be read again\n',
    );
    const [heading = '', ...rows] = out.trimEnd().split('\n');
    expect(rows).toHaveLength(2);
    for (const column of ['denied', 'NET_HOST_NOT_ALLOWED']) {
      expect(new Set(rows.map((row) => row.indexOf(column)))).toEqual(
        new Set([heading.indexOf(column === 'denied' ? 'VERDICT' : 'STATUS')]),
      );
    }
  });

  test('cache stats and clear, of one host or all', async () => {
    await allowServer(egress, server);
    await egress.set('app_rate', '1000/d', { app: 'a' });
    for (const path of ['/1', '/2']) {
      await (await egress.net({ app: 'a' }).fetch(`${server.origin()}${path}`, { cache: '5m' })).bytes();
    }
    expect(await json('cache stats')).toMatchObject([{ entries: 2 }]);
    expect((await run('cache clear --host other.test')).out).toBe('0 entries are gone\n');
    expect((await run('cache clear --host api.test')).out).toBe('2 entries are gone\n');
    const again = await egress.net({ app: 'a' }).fetch(`${server.origin()}/1`, { cache: '5m' });
    expect(again.fromCache).toBe(false);
    await again.bytes();
    expect((await run('cache clear')).out).toBe('1 entry is gone\n');
    expect(await json('cache stats')).toEqual([{ entries: 0, bytes: 0 }]);
  });
});
