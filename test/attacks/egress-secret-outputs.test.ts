/**
 * Everything that an egress says, writes or keeps while calls with a secret go well, fail and are led astray: none of it
 * holds the value, as it is or in another alphabet.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { operate } from '../../src/cli/operator/operator.ts';
import { openDashboard } from '../../src/egress/dashboard/server.ts';
import type { Egress } from '../../src/egress/egress.ts';
import { readRedisUrl } from '../../src/egress/state/redis/place.ts';
import { connectRedis } from '../../src/egress/state/redis/redis-client.ts';
import type { AuthInput, RequestOptions } from '../../src/net/http/options.ts';
import type { Net } from '../../src/net/net.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { type Answer, startHttp } from '../helpers/http-server.ts';
import { hasRedis, startRedis, WITHOUT_REDIS } from '../helpers/redis.ts';
import { startTcp, until } from '../helpers/tcp-server.ts';
import { registerTelemetry } from '../helpers/telemetry.ts';
import { startSockets } from '../helpers/web-socket-server.ts';

/** Two values, since a rotation keeps the older one. */
const VALUES = ['new', 'old'].map((age) => `user-${age}:sk/live+${age}~ü`);

/** What a search for it would look for, in any case. */
const TRACES = VALUES.flatMap((value) => [value, value.split(':')[1] ?? value]).flatMap((value) => {
  const bytes = Buffer.from(value);
  return [
    value,
    bytes.toString('latin1'),
    encodeURIComponent(value),
    new URLSearchParams([['', value]]).toString().slice(1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
    // In the middle of a longer text of base64, whatever stands before it.
    ...[1, 2].map((before) =>
      Buffer.concat([Buffer.alloc(before), bytes])
        .toString('base64')
        .slice(4)
        .replace(/..?=*$/, ''),
    ),
  ];
});

function tracesIn(said: Buffer | string): readonly string[] {
  const text = Buffer.from(said).toString('latin1').toLowerCase();
  return TRACES.filter((each) => text.includes(Buffer.from(each).toString('latin1').toLowerCase()));
}

const WAYS: readonly AuthInput[] = [
  'KEY',
  { secret: 'KEY', as: 'basic' },
  { secret: 'KEY', as: 'header:X-Key' },
  { secret: 'KEY', as: 'query:key' },
];

/** Says back what it was sent, and ends in the way that the path names. */
const hostile: Answer = (response, { url, headers }) => {
  const sent = String(headers['authorization'] ?? headers['x-key'] ?? url);
  const echo = { 'x-echo': sent, 'set-cookie': `k=${encodeURIComponent(sent)}`, 'content-type': sent };
  const [, kind = ''] = /^\/(\w*)/.exec(url) ?? [];
  if (kind === 'reset') response.destroy();
  else if (kind === 'cut') response.writeHead(200, { ...echo, 'content-length': '9' }).write('x');
  else if (kind === 'coding') response.writeHead(200, { ...echo, 'content-encoding': sent }).end('x');
  else if (kind === 'gzip') response.writeHead(200, { ...echo, 'content-encoding': 'gzip' }).end('x');
  else if (kind === 'away') response.writeHead(302, { ...echo, location: `http://${encodeURIComponent(sent)}/` }).end();
  else if (kind === 'file') response.writeHead(302, { ...echo, location: `file:///${encodeURIComponent(sent)}` }).end();
  else if (kind === 'large') response.writeHead(200, echo).end(Buffer.alloc(200_000));
  else if (kind === 'old') response.writeHead(401, { ...echo, 'www-authenticate': sent }).end();
  else if (kind === 'busy') response.writeHead(429, { ...echo, 'retry-after': sent }).end();
  else response.writeHead(200, echo).end('fine');
  if (kind === 'cut') setImmediate(() => response.destroy());
};

const PATHS = ['fine', 'reset', 'cut', 'coding', 'gzip', 'away', 'file', 'large', 'old', 'busy'];

const { spans, measured, reader } = registerTelemetry();
const folder = mkdtempSync(join(tmpdir(), 'egress-outputs-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => vi.restoreAllMocks());

/** A response or an error as everything that can be made of it, cause and stack included. */
async function everythingOf(asked: Promise<unknown>): Promise<string> {
  const told: unknown[] = [];
  try {
    const response = await asked;
    told.push(response, Object(response).headers, Object(response).url, Object(response).redirectChain);
    told.push(Object(response).reason, await Object(response).text?.());
  } catch (error) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      told.push(at, at.stack, { ...at }, JSON.stringify(at), String(at));
    }
  }
  return told.map((each) => inspect(each, { depth: 8, showHidden: true, maxStringLength: null })).join('\n');
}

async function* calls(
  net: Net,
  { origin, ports }: { origin: string; ports: readonly number[] },
): AsyncGenerator<string> {
  const [closed = 0, silent = 0, sockets = 0] = ports;
  for (const auth of WAYS) {
    for (const path of PATHS) {
      const options: RequestOptions = { auth, maxBody: 100_000, cache: '5m', retry: path === 'busy' ? 1 : 0 };
      yield await everythingOf(net.fetch(`${origin}/${path}`, options));
    }
    yield await everythingOf(net.fetch(`http://api.test:${closed}/`, { auth }));
    if (auth === 'KEY') yield await everythingOf(net.fetch(`https://api.test:${silent}/`, { auth, timeout: 0.1 }));
    yield await everythingOf(net.fetch('https://elsewhere.test/', { auth }));
    yield await everythingOf(net.fetch('http://api.test:1/', { auth }));
    yield await everythingOf(net.webSocket(`ws://api.test:${sockets}/`, { auth }));
    yield await everythingOf(net.eventSource(`${origin}/fine`, { auth }));
    yield await everythingOf(net.http.client.new({ auth, baseUrl: origin, cookies: true }).get('/fine'));
  }
}

/** What the dashboard shows to who has its link: the rows, and the stream of events up to that of a call that `again` makes. */
async function dashboardOf(egress: Egress, again: () => Promise<unknown>): Promise<string> {
  await using dashboard = await openDashboard(egress, { port: 0 });
  const ask = (path: string, cookie = '') =>
    new Promise<{ text: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
      const sent = request(new URL(path, dashboard.link), { headers: cookie === '' ? {} : { cookie } }, (response) => {
        let text = '';
        response.on('data', (piece: Buffer) => {
          if (path.endsWith('events') && text === '') void again();
          text += piece.toString();
          if (text.includes('event: rows')) sent.destroy();
        });
        response.on('close', () => resolve({ text, headers: response.headers }));
      });
      sent.on('error', reject);
      sent.end();
    });
  const { headers } = await ask(dashboard.link);
  const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
  const home = String(headers['location']);
  const [rows, events] = [await ask(`${home}rows`, cookie), await ask(`${home}events`, cookie)];
  expect(rows.text).toContain('api.test');
  return rows.text + events.text;
}

/** What `caspian-net` prints, either way. */
async function operatorSays(state: string): Promise<string> {
  let printed = '';
  const keep = (text: unknown, ...rest: readonly unknown[]): boolean => {
    printed += Buffer.from(Object(text)).toString('latin1');
    const written = rest.at(-1);
    if (typeof written === 'function') written();
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(keep);
  vi.spyOn(process.stderr, 'write').mockImplementation(keep);
  for (const line of [
    'secrets list',
    'logs --limit 1000',
    'explain https://api.test/x --app a',
    'limits --app a',
    'cache stats',
    'allow list',
    'secrets remove NO_SUCH',
  ]) {
    for (const json of [[], ['--json']]) await operate([...line.split(' '), ...json, '--state', state], '0');
  }
  vi.restoreAllMocks();
  expect(printed).toContain('KEY');
  expect(printed).toContain('NET_RESET');
  return printed;
}

async function leavesNoTrace(
  state: string,
  keyFile: string,
  kept: () => Promise<readonly (readonly [string, Buffer])[]>,
) {
  let logged = '';
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    vi.spyOn(console, name).mockImplementation((...said) => {
      logged += inspect(said);
    });
  }
  await using server = await startHttp(hostile);
  await using silent = await startTcp();
  await using sockets = await startSockets(() => {});
  const gone = await startTcp();
  await gone[Symbol.asyncDispose]();
  await using made = await testEgress({ state, keyFile });
  const { egress } = made;
  const places = [server, gone, silent, sockets];
  for (const each of places) await allowServer(egress, each);
  await egress.set('calls_per_run', 1_000);
  await egress.set('app_rate', '10000/min');
  await egress.set('total_rate', '10000/min');
  const [newest = '', oldest = ''] = VALUES;
  await egress.secrets.set('KEY', oldest, { hosts: places.map(({ port }) => `api.test:${port}`) });
  await egress.secrets.rotate('KEY', newest, '10m');
  const net = egress.net({ app: 'a' });
  const told: unknown[] = [];
  net.on('decision', (decision) => told.push(decision));
  const ports = [gone.port, silent.port, sockets.port];
  for await (const said of calls(net, { origin: server.origin(), ports })) expect(tracesIn(said)).toEqual([]);
  // It did go along, both values of it.
  const sent = JSON.stringify(server.seen);
  for (const value of VALUES) expect(sent).toContain(Buffer.from(value).toString('base64'));

  const rows = await egress.journal({ limit: 1_000 });
  expect(rows.length).toBeGreaterThan(50);
  for (const [name, said] of [
    ['decisions', inspect(told, { depth: 9 })],
    ['the journal', JSON.stringify(rows)],
    ['secrets.list', inspect(await egress.secrets.list(), { depth: 9 })],
    ['entries', JSON.stringify(await egress.entries())],
    ['the egress itself', inspect(egress, { depth: 9, showHidden: true })],
    ['the net itself', inspect(net, { depth: 9, showHidden: true })],
    [
      'the dashboard',
      await dashboardOf(egress, () => everythingOf(net.fetch(`${server.origin()}/reset`, { auth: 'KEY' }))),
    ],
  ] as const) {
    expect([name, tracesIn(said)]).toEqual([name, []]);
  }
  await reader.forceFlush();
  const exported = inspect([spans.getFinishedSpans(), measured.getMetrics()], { depth: 12, maxArrayLength: null });
  expect(exported).toContain('api.test');
  expect(tracesIn(exported)).toEqual([]);
  // While it is open, and once it is closed.
  for (const [name, bytes] of await kept()) expect([name, tracesIn(bytes)]).toEqual([name, []]);
  await egress.close();
  for (const [name, bytes] of await kept()) expect([name, tracesIn(bytes)]).toEqual([name, []]);
  expect(tracesIn(logged)).toEqual([]);
}

test('with a state in SQLite: the file, what is written ahead, and all that is said', async () => {
  const path = join(folder, 'egress.db');
  const files = async () => readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
  await leavesNoTrace(`sqlite:${path}`, `${path}.key`, files);
  expect((await files()).map(([name]) => name)).toContain('egress.db');
  expect(tracesIn(await operatorSays(`sqlite:${path}`))).toEqual([]);
});

test.skipIf(!hasRedis)(`with a state in Redis: its dump, and all that is said${WITHOUT_REDIS}`, async () => {
  await using redis = await startRedis('--rdbcompression', 'no', '--dir', folder);
  const place = readRedisUrl(redis.url);
  if (place === null) throw new Error('the server has no URL');
  const client = connectRedis(place, () => {});
  await client.ready;
  const dump = async () => {
    await client.command(['SAVE']);
    return [['dump.rdb', readFileSync(join(folder, 'dump.rdb'))] as const];
  };
  await leavesNoTrace(redis.url, join(folder, 'redis.key'), dump);
  expect((await dump())[0]?.[1].includes('api.test')).toBe(true);
  client.destroy();
  await until(() => client.isLost);
});
