/** Every limit of an egress as its callers meet it: the default, a setting, and what a caller can't ask for. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { RequestOptions } from '../../src/net/http/options.ts';
import type { Net } from '../../src/net/net.ts';
import { allowServer, servedEgress, testEgress } from '../helpers/egress.ts';
import { type Answer, type HttpServer, startHttp } from '../helpers/http-server.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, startTcp, until } from '../helpers/tcp-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

const KIB = 1_024;
const MIB = 1_048_576;

function setUp(answer: Answer, { clock = undefined as ManualClock | undefined, ...entry } = {}) {
  return servedEgress(answer, { entry, options: clock === undefined ? {} : { clock } });
}

/** The body's length, or the code of what was raised. */
async function lengthOf(net: Net, url: string, options?: RequestOptions): Promise<number | string> {
  try {
    return (await (await net.fetch(url, options)).bytes()).length;
  } catch (error) {
    return String(Reflect.get(Object(error), 'code'));
  }
}

/** Lets time pass until it is settled. */
async function pump<T>(clock: ManualClock, settling: Promise<T>): Promise<T> {
  let over = false;
  const watched = settling.finally(() => {
    over = true;
  });
  while (!over) {
    await new Promise(setImmediate);
    clock.advance(1);
  }
  return watched;
}

describe('headers', () => {
  const withHeaders: Answer = (response, { url }) =>
    response.writeHead(200, { 'x-long': 'x'.repeat(Number(url.slice(1))) }).end('ok');

  test('of a response: 64 KiB, or what the setting says', async () => {
    await using made = await setUp(withHeaders);
    const { egress, url } = made;
    const net = egress.net({ app: 'a' });
    expect(await lengthOf(net, `${url}/${60 * KIB}`)).toBe(2);
    expect(await lengthOf(net, `${url}/${66 * KIB}`)).toBe('NET_PROTOCOL');
    await egress.set('max_headers', 4 * KIB, { app: 'a' });
    expect(await lengthOf(net, `${url}/${3 * KIB}`)).toBe(2);
    expect(await lengthOf(net, `${url}/${4 * KIB}`)).toBe('NET_PROTOCOL');
    expect(await lengthOf(egress.net({ app: 'b' }), `${url}/${4 * KIB}`)).toBe(2);
    expect(await egress.journal({ limit: 1, status: 'error' })).toMatchObject([{ error: 'NET_PROTOCOL' }]);
  });

  test('of a response over HTTP/2, and of each redirect', async () => {
    await using server = await startHttp2((request, response) => {
      const long = { 'x-long': 'x'.repeat(5 * KIB) };
      if (request.url === '/to') response.writeHead(302, { location: '/end', ...long }).end();
      else response.writeHead(200, request.url === '/end' ? {} : long).end('ok');
    });
    await using made = await testEgress();
    await allowServer(made.egress, server);
    const net = made.egress.net({ app: 'a' });
    const outcomes = () => Promise.all(['/to', '/long', '/end'].map((path) => lengthOf(net, server.origin() + path)));
    expect(await outcomes()).toEqual([2, 2, 2]);
    await made.egress.set('max_headers', 4 * KIB);
    expect(await outcomes()).toEqual(['NET_PROTOCOL', 'NET_PROTOCOL', 2]);
  });

  test('of a request are counted together, before anything is sent', async () => {
    await using made = await setUp((response) => response.end('ok'));
    const { egress, server, url } = made;
    const net = egress.net({ app: 'a' });
    const some = (bytes: number) => ({ 'x-one': 'x'.repeat(bytes / 2), 'x-two': 'x'.repeat(bytes / 2) });
    expect(await lengthOf(net, url, { headers: some(66 * KIB) })).toBe('NET_SIZE');
    await egress.set('max_headers', 4 * KIB);
    expect(await lengthOf(net, url, { headers: some(4 * KIB) })).toBe('NET_SIZE');
    const client = net.http.client.new({ headers: { 'x-client': 'x'.repeat(3 * KIB) } });
    expect(await failureOf(client.get(url, { headers: some(2 * KIB) }))).toMatchObject({ code: 'NET_SIZE' });
    expect(server.connections.accepted).toBe(0);
    expect(await lengthOf(net, url, { headers: some(3 * KIB) })).toBe(2);
    await using sockets = await startSockets(echo);
    await allowServer(egress, sockets);
    const asked = net.webSocket(`ws://api.test:${sockets.port}/`, { headers: some(4 * KIB) });
    expect(await failureOf(asked)).toMatchObject({ code: 'NET_SIZE' });
    expect(sockets.asked).toHaveLength(0);
  });
});

describe('bodies', () => {
  test('of a request: 10 MiB; of a response: 5 MiB; an entry says another', async () => {
    await using made = await setUp((response, { body, url }) =>
      response.end(body === '' ? Buffer.alloc(5 * MIB + Number(url.slice(1))) : 'ok'),
    );
    const { egress, server, url } = made;
    const net = egress.net({ app: 'a' });
    const post = (more: number) => ({ method: 'POST', body: new Uint8Array(10 * MIB + more) });
    expect(await lengthOf(net, url, post(0))).toBe(2);
    expect(await lengthOf(net, url, post(1))).toBe('NET_SIZE');
    expect(await lengthOf(net, `${url}/0`)).toBe(5 * MIB);
    expect(await lengthOf(net, `${url}/1`)).toBe('NET_SIZE');
    // A caller may ask for less, not for more.
    expect(await lengthOf(net, `${url}/1`, { maxBody: 6 * MIB })).toBe('NET_SIZE');
    expect(await lengthOf(net, `${url}/0`, { maxBody: 100 })).toBe('NET_SIZE');
    await allowServer(egress, server, { maxResponse: 5 * MIB + 1 });
    expect(await lengthOf(net, `${url}/1`)).toBe(5 * MIB + 1);
    await allowServer(egress, server, { maxResponse: 100 });
    expect(await lengthOf(net, `${url}/0`)).toBe('NET_SIZE');
  });

  const zeros = Buffer.alloc(6 * MIB);
  test.each([
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
  ] as const)('decoded bytes count: a bomb in %s', async (coding, bytes) => {
    await using made = await setUp((response) => response.writeHead(200, { 'content-encoding': coding }).end(bytes));
    const net = made.egress.net({ app: 'a' });
    expect(bytes.length).toBeLessThan(64 * KIB);
    expect(await lengthOf(net, made.url)).toBe('NET_SIZE');
    expect(await lengthOf(net, made.url, { cache: '5m' })).toBe('NET_SIZE');
  });
});

describe('retries', () => {
  const statuses: Answer = (response, { url }) =>
    response.writeHead(Number(url.slice(1)), { 'retry-after': '0' }).end();

  test.each([
    ['GET', {}, [429, 502, 503, 504], 4],
    ['HEAD', {}, [503], 4],
    ['PUT', {}, [503], 4],
    ['DELETE', {}, [503], 4],
    ['POST', {}, [429, 503], 1],
    ['PATCH', {}, [503], 1],
    ['POST', { retryUnsafe: true }, [429, 503], 4],
    ['GET', {}, [200, 400, 401, 404, 408, 500, 501], 1],
  ] as const)('%s %j of %j: %i requests', async (method, more, codes, requests) => {
    const clock = new ManualClock();
    await using made = await setUp(statuses, { clock });
    const net = made.egress.net({ app: 'a' });
    for (const status of codes) {
      const before = made.server.seen.length;
      const response = await pump(clock, net.fetch(`${made.url}/${status}`, { method, retry: 3, ...more }));
      expect(response.status).toBe(status);
      expect(made.server.seen.length - before).toBe(requests);
    }
  });

  test('none unless asked for; of what failed on the way as well', async () => {
    const clock = new ManualClock();
    await using made = await setUp(statuses, { clock });
    const net = made.egress.net({ app: 'a' });
    await net.fetch(`${made.url}/503`);
    expect(made.server.seen).toHaveLength(1);
    const gone = await startTcp();
    await gone[Symbol.asyncDispose]();
    await allowServer(made.egress, gone);
    const refused = failureOf(net.fetch(`http://api.test:${gone.port}/`, { retry: 2 }));
    expect(await pump(clock, refused)).toMatchObject({ code: 'NET_REFUSED' });
    expect(await made.egress.journal({ limit: 1 })).toMatchObject([{ tries: 3, error: 'NET_REFUSED' }]);
  });

  test('wait as long as the server says, and not at all where that is too long', async () => {
    const clock = new ManualClock();
    const answer: Answer = (response, { url }) => response.writeHead(503, { 'retry-after': url.slice(1) }).end();
    await using made = await setUp(answer, { clock });
    const net = made.egress.net({ app: 'a' });
    expect((await net.fetch(`${made.url}/100000000`, { retry: 3 })).status).toBe(503);
    expect(made.server.seen).toHaveLength(1);
    const waiting = net.fetch(`${made.url}/7`, { retry: 1 });
    await until(() => made.server.seen.length === 2);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    clock.advance(6_990);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(made.server.seen).toHaveLength(2);
    clock.advance(20);
    expect((await waiting).status).toBe(503);
    expect(made.server.seen).toHaveLength(3);
  });
});

test('the calls of a run are counted over every way to make one, denied ones as well', async () => {
  await using server = await startHttp((response) =>
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: x\n\n'),
  );
  await using sockets = await startSockets(echo);
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await allowServer(egress, sockets);
  const url = server.origin();
  const ways: Readonly<Record<string, (net: Net) => Promise<unknown>>> = {
    fetch: (net) => net.fetch(url),
    client: (net) => net.http.client.new().get(url),
    jail: (net) => net.http.client.jail('api.test').fetch(url),
    narrowed: (net) => net.narrow(['api.test']).fetch(url),
    fetchAll: async (net) => {
      for (const one of await net.fetchAll([url])) if (one instanceof Error) throw one;
    },
    webSocket: async (net) => (await net.webSocket(`ws://api.test:${sockets.port}/`)).close(),
    eventSource: async (net) => (await net.eventSource(url)).close(),
    denied: (net) => net.fetch('https://elsewhere.test/'),
  };
  for (const [name, way] of Object.entries(ways)) {
    const net = egress.net({ app: 'a' });
    await egress.set('calls_per_run', 2);
    await net.fetch(url);
    await (name === 'denied' ? failureOf(way(net)) : way(net));
    for (const other of [way, ways['fetch'] ?? way]) {
      const refused = await failureOf(other(net));
      if (other === way && name === 'denied') continue;
      expect([name, refused.code, refused.retryable]).toEqual([name, 'NET_LIMIT', false]);
    }
  }
  expect((await egress.settings())['calls_per_run']).toBe('2');
});

test('who finds no free slot waits a second, and is told so', async () => {
  const clock = new ManualClock();
  await using made = await setUp(() => {}, { clock });
  const { egress, server, url } = made;
  const seen = async (count: number) => until(() => server.seen.length === count);
  const calls = Array.from({ length: 10 }, () => failureOf(egress.net({ app: 'a' }).fetch(url)));
  await seen(10);
  const eleventh = failureOf(egress.net({ app: 'a' }).fetch(url));
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  clock.advance(990);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  expect(await Promise.race([eleventh, Promise.resolve(null)])).toBeNull();
  clock.advance(20);
  expect(await eleventh).toMatchObject({ code: 'NET_LIMIT', retryable: true, retryAfter: 1 });
  expect(server.seen).toHaveLength(10);
  await egress.close();
  await Promise.all(calls);
});

test('100 requests a minute for an app, 500 for all', async () => {
  await using made = await setUp((response: Parameters<Answer>[0]) => response.end());
  const { egress, url }: { egress: typeof made.egress; url: string; server: HttpServer } = made;
  await egress.set('calls_per_run', 1_000);
  await egress.set('queue_wait', 0);
  const outcomes = new Map<string, number>();
  for (const app of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const net = egress.net({ app });
    let went = 0;
    while ((await lengthOf(net, url)) === 0) went += 1;
    outcomes.set(app, went);
  }
  // A bucket fills while the test runs, by 1.7 and 8.3 a second.
  expect(outcomes.get('a')).toBeGreaterThanOrEqual(100);
  expect(outcomes.get('a')).toBeLessThan(150);
  expect([...outcomes.values()].reduce((sum, each) => sum + each)).toBeLessThan(600);
  expect(outcomes.get('f')).toBeLessThan(100);
});

test('calls of all apps at once are bounded as well', async () => {
  await using made = await setUp(() => {});
  const { egress, server, url } = made;
  await egress.set('total_concurrency', 2);
  await egress.set('queue_wait', '10ms');
  const held = ['a', 'b'].map((app) => failureOf(egress.net({ app }).fetch(url)));
  await until(() => server.seen.length === 2);
  expect(await failureOf(egress.net({ app: 'c' }).fetch(url))).toMatchObject({ code: 'NET_LIMIT', retryable: true });
  await egress.close();
  await Promise.all(held);
});
