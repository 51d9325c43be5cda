/** Each verb of `caspian-net` in one process: what it does to the egress, prints for people and for programs, and returns. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { operate } from '../../src/cli/operator/operator.ts';
import { type Egress, openEgress } from '../../src/egress/egress.ts';
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

/** Runs one line; `stdin` is what it may read. */
async function run(line: string, stdin: string | Buffer = ''): Promise<Said> {
  const said = { out: '', err: '' };
  const into = (key: 'out' | 'err') => (text: unknown) => {
    said[key] += typeof text === 'string' ? text : Buffer.from(Object(text)).toString();
    return true;
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

async function json(line: string): Promise<readonly unknown[]> {
  const { code, out } = await run(`${line} --json`);
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
    await run(`allow add ${rule} ${all}`);
    const [entry] = await egress.entries();
    expect(entry).toMatchObject({
      options: { rate: '60/min', burst: 5, maxResponse: 1_000, timeout: '10s', cacheTtl: '5m', shared: true },
    });
    // Replaced, so that what was said before holds no more: http is refused again.
    expect(await outcome('a', url)).toBe('NET_HOST_NOT_ALLOWED');
    expect(await egress.entries()).toHaveLength(1);
    expect(await run(`allow remove ${rule}`)).toMatchObject({ code: 1 });
    expect(await run(`allow remove ${rule} --app a`)).toMatchObject({ code: 0 });
    expect(await run('allow list')).toMatchObject({ out: 'no entry: nothing is let out\n' });
    expect(await run('deny list')).toMatchObject({ out: 'no entry: nothing is denied\n' });
  });
});

test('limits shows every setting, and set changes one, for all or for an app', async () => {
  expect(await run('limits set app_rate 7/h --app a')).toMatchObject({ code: 0 });
  expect(await run('limits set timeout 9s')).toMatchObject({ code: 0 });
  expect((await egress.settings({ app: 'a' }))['app_rate']).toBe('7/h');
  expect((await egress.settings())['app_rate']).toBe('100/min');
  const rows = await json('limits --app a');
  expect(rows).toHaveLength(Object.keys(await egress.settings()).length);
  expect(rows).toContainEqual(expect.objectContaining({ limit: 'app_rate', value: '7/h', default: '100/min' }));
  expect(rows).toContainEqual(expect.objectContaining({ limit: 'timeout', value: '9s', default: '30s' }));
  expect((await run('limits')).out).toMatch(/^LIMIT +VALUE/);
  await egress.set('timeout', '30s');
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
      { name: 'KEY', app: null, hosts: `api.test:${server.port}`, methods: 'GET', paths: '/v1/*', overlap: null },
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
    expect(await json('logs --app operator --host LOCALHOST --limit 2')).toMatchObject([
      { path: '/x', status: 200 },
      { path: '/x', status: 'NET_AUTH', verdict: 'denied' },
    ]);
  });

  test('logs find rows by time, app, host and status', async () => {
    expect(await json('logs --status 410')).toMatchObject([{ app: 'a', path: '/gone' }]);
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

  test('logs follow what comes, until they are ended', async () => {
    let out = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    const following = operate(['logs', '--follow', '--json', '--limit', '1', '--state', state], '0');
    await until(() => out.split('\n').length === 2);
    await outcome('follower', 'https://elsewhere.test/followed');
    await until(() => out.includes('/followed'));
    process.emit('SIGINT');
    expect(await following).toBe(0);
    expect(out.match(/followed/g)).toHaveLength(1);
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
    expect((await run('cache clear')).out).toBe('1 entries are gone\n');
    expect(await json('cache stats')).toEqual([{ entries: 0, bytes: 0 }]);
  });
});
