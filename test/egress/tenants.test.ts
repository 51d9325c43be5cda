/** Apps of one egress beside each other: what one of them has, does or breaks is nothing to another. */
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Egress } from '../../src/egress/egress.ts';
import { allowServer, type TestEgress, testEgress } from '../helpers/egress.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { startHttp2 } from '../helpers/http2-server.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

let made: TestEgress;
let egress: Egress;
let server: HttpServer;
let secure: HttpServer;
const held: (() => void)[] = [];
/** For each connection of TLS: whether it took up a session, and whose certificate was shown. */
const shaken: string[] = [];

beforeAll(async () => {
  server = await startHttp((response, { url, headers, connection }) => {
    if (url === '/hold') return void held.push(() => response.end());
    if (url === '/login') response.setHeader('set-cookie', ['session=of-a; Path=/', 'all=x; Path=/; Domain=api.test']);
    if (url === '/big') return void response.end(Buffer.alloc(200_000));
    response.end(`${connection} ${headers.cookie ?? 'none'}`);
  });
  secure = await startHttp((response, { connection }) => {
    const { socket } = response;
    if (socket instanceof TLSSocket && shaken[connection - 1] === undefined) {
      shaken[connection - 1] = `${socket.isSessionReused()} ${socket.getPeerCertificate()?.subject?.CN ?? 'nobody'}`;
    }
    response.end(String(connection));
  }, 'good');
  made = await testEgress();
  egress = made.egress;
  for (const each of [server, secure]) await allowServer(egress, each);
});
afterAll(async () => {
  await made[Symbol.asyncDispose]();
  await Promise.all([server[Symbol.asyncDispose](), secure[Symbol.asyncDispose]()]);
});

const textOf = async (asked: Promise<{ text(): Promise<string> }>): Promise<string> => (await asked).text();

describe('connections', () => {
  test('are each app’s own, also where nothing went over them; runs of one app share them', async () => {
    const connectionOf = async (app: string) =>
      (await textOf(egress.net({ app }).fetch(server.origin()))).split(' ')[0];
    const first = await connectionOf('conn-a');
    expect(await connectionOf('conn-b')).not.toBe(first);
    expect(await connectionOf('conn-a')).toBe(first);
  });

  test('that a login belongs to (as NTLM has it) are not another app’s', async () => {
    const loggedIn = new Set<number>();
    await using bound = await startHttp((response, { headers, connection }) => {
      if (headers['authorization'] !== undefined) loggedIn.add(connection);
      response.end(loggedIn.has(connection) ? 'logged in' : 'a stranger');
    });
    await allowServer(egress, bound);
    await egress.secrets.set('NTLM', 'TlRMTVNTUAAD', { hosts: [`api.test:${bound.port}`] }, 'ntlm-a');
    const own = egress.net({ app: 'ntlm-a' });
    expect(await textOf(own.fetch(bound.origin(), { auth: 'NTLM' }))).toBe('logged in');
    for (const app of ['ntlm-b', 'ntlm-c']) {
      expect(await textOf(egress.net({ app }).fetch(bound.origin()))).toBe('a stranger');
    }
  });

  test('with a certificate are that client’s: not another app’s, not another client’s; no session of TLS is either', async () => {
    const pem = pemOf('client');
    const own = { clientCertPem: pem, clientKeyPem: pem, credentialsFor: [secure.origin()] };
    const a = egress.net({ app: 'tls-a' });
    const withIt = Number(await textOf(a.http.client.new(own).get(secure.origin())));
    const without = Number(await textOf(a.fetch(secure.origin())));
    const b = Number(await textOf(egress.net({ app: 'tls-b' }).fetch(secure.origin())));
    const ownOfB = Number(await textOf(egress.net({ app: 'tls-b' }).http.client.new(own).get(secure.origin())));
    expect(new Set([withIt, without, b, ownOfB]).size).toBe(4);
    expect(shaken[withIt - 1]).toMatch(/^false (?!nobody)/);
    expect([without, b].map((each) => shaken[each - 1])).toEqual(['false nobody', 'false nobody']);
    expect(shaken[ownOfB - 1]).toMatch(/^false (?!nobody)/);
  });

  test('of HTTP/2 are not shared by apps, and outlast a run that ends on them', async () => {
    const waiting: (() => void)[] = [];
    await using http2 = await startHttp2((request, response) => {
      if (request.url === '/hold') waiting.push(() => response.end('held'));
      else response.end('x');
    });
    await allowServer(egress, http2);
    const one = egress.net({ app: 'h2-a' });
    await textOf(one.fetch(http2.origin()));
    const run = egress.net({ app: 'h2-a' });
    const ending = failureOf(run.fetch(`${http2.origin()}/hold`));
    const going = textOf(egress.net({ app: 'h2-a' }).fetch(`${http2.origin()}/hold`));
    await until(() => waiting.length === 2);
    await run.close();
    expect(await ending).toMatchObject({ code: 'NET_REVOKED' });
    for (const end of waiting) end();
    expect(await going).toBe('held');
    expect(http2.connections).toBe(1);
    await textOf(egress.net({ app: 'h2-b' }).fetch(http2.origin()));
    expect(http2.connections).toBe(2);
  });
});

test('cookies are a client’s: not another app’s, not another client’s, not a net’s', async () => {
  const a = egress.net({ app: 'cookie-a' });
  const jar = a.http.client.new({ cookies: true });
  await textOf(jar.get(`${server.origin()}/login`));
  const cookiesOf = async (asked: Promise<{ text(): Promise<string> }>) => (await textOf(asked)).replace(/^\d+ /, '');
  expect(await cookiesOf(jar.get(server.origin()))).toBe('session=of-a; all=x');
  const b = egress.net({ app: 'cookie-b' });
  for (const asked of [
    a.fetch(server.origin()),
    a.http.client.new({ cookies: true }).get(server.origin()),
    b.http.client.new({ cookies: true }).get(server.origin()),
    b.fetch(server.origin()),
    jar.get(server.origin(), { cookies: false }),
  ]) {
    expect(await cookiesOf(asked)).toBe('none');
  }
});

describe('secrets', () => {
  test('of another app are as those that nobody has, in every way to ask', async () => {
    await using sockets = await startSockets(echo);
    await allowServer(egress, sockets);
    const hosts = [`api.test:${server.port}`, `api.test:${sockets.port}`];
    await egress.secrets.set('ITS_OWN', 'sk_live_a', { hosts }, 'secret-a');
    const net = egress.net({ app: 'secret-b' });
    const url = server.origin();
    const ways = (auth: string) => [
      net.fetch(url, { auth }),
      net.fetch(url, { auth: { secret: auth, as: 'header:X-Key' } }),
      net.fetch(url, { auth, cache: '5m' }),
      net.http.client.new({ auth, baseUrl: url }).get('/'),
      net.http.client.jail('api.test').fetch(url, { auth }),
      net.webSocket(`ws://api.test:${sockets.port}/`, { auth }),
      net.eventSource(url, { auth }),
    ];
    const told = async (auth: string) =>
      (await Promise.all(ways(auth).map(failureOf))).map(({ code, message, hint }) =>
        JSON.stringify([code, message, hint]).replaceAll(auth, 'NAME'),
      );
    const its = await told('ITS_OWN');
    expect(its).toEqual(await told('NO_BODYS'));
    expect(its.every((text) => text.includes('NET_AUTH'))).toBe(true);
    expect(server.seen.some(({ rawHeaders }) => rawHeaders.join().includes('sk_live_a'))).toBe(false);
  });

  test('of the same name are each app’s own', async () => {
    const hosts = [`api.test:${server.port}`];
    await egress.secrets.set('SAME', 'of-all', { hosts });
    await egress.secrets.set('SAME', 'of-same-a', { hosts }, 'same-a');
    for (const [app, value] of [
      ['same-a', 'of-same-a'],
      ['same-b', 'of-all'],
    ] as const) {
      await textOf(egress.net({ app }).fetch(server.origin(), { auth: 'SAME' }));
      expect(server.seen.at(-1)?.headers['authorization']).toBe(`Bearer ${value}`);
    }
    // One that is for other hosts stands before one for all that would fit: no app falls back to what was not meant for it.
    await egress.secrets.set('SAME', 'of-same-a', { hosts: ['elsewhere.test'] }, 'same-a');
    const asked = egress.net({ app: 'same-a' }).fetch(server.origin(), { auth: 'SAME' });
    expect(await failureOf(asked)).toMatchObject({ code: 'NET_AUTH' });
  });
});

test('decisions are told to the run that they are of', async () => {
  const [one, again, other] = ['told-a', 'told-a', 'told-b'].map((app) => egress.net({ app }));
  const told: string[] = [];
  one?.on('decision', ({ host }) => told.push(`one ${host}`));
  again?.on('decision', ({ host }) => told.push(`again ${host}`));
  await failureOf(other?.fetch('https://secret-name.test/') ?? Promise.reject());
  await textOf(other?.fetch(server.origin(), { headers: { 'x-a': '1' } }) ?? Promise.reject());
  expect(told).toEqual([]);
  await failureOf(again?.fetch('https://mine.test/') ?? Promise.reject());
  expect(told).toEqual(['again mine.test']);
});

test('no net leads to the egress, its journal or its policy', () => {
  const net = egress.net({ app: 'look' });
  const names = new Set<string>();
  for (let at: object | null = net; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  for (const name of ['journal', 'entries', 'settings', 'secrets', 'limits', 'explain', 'state', 'egress', 'app']) {
    expect(names.has(name)).toBe(false);
  }
  expect(JSON.stringify(net.grants)).not.toMatch(/api\.test|look/);
});

describe('runs', () => {
  test('count their calls apart, and end apart', async () => {
    await egress.set('calls_per_run', 1, { app: 'run-a' });
    const [one, two] = [egress.net({ app: 'run-a' }), egress.net({ app: 'run-a' })];
    await textOf(one.fetch(server.origin()));
    expect(await failureOf(one.fetch(server.origin()))).toMatchObject({ code: 'NET_LIMIT' });
    await textOf(two.fetch(server.origin()));
    const ended = egress.net({ app: 'run-a' });
    await ended.close();
    expect(await failureOf(ended.fetch(server.origin()))).toMatchObject({ code: 'NET_REVOKED' });
    const three = egress.net({ app: 'run-a', deadline: 20 });
    await textOf(three.fetch(server.origin()));
  });

  test('can’t end one another’s nets', async () => {
    const [a, b] = [egress.net({ app: 'end-a' }), egress.net({ app: 'end-b' })];
    for (const other of [b, b.narrow(['*']), egress.net({ app: 'end-a' })]) {
      expect(() => a.revoke(other)).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
    }
    await textOf(b.fetch(server.origin()));
  });

  test('of scripts have handles of their own: a number of another’s link is none here', async () => {
    await egress.set('calls_per_run', 1_000);
    using a = new ServedLink(egress.net({ app: 'link-a' }));
    const client = await a.handle('net.client', 0, { headers: { 'x-owner': 'link-a' } });
    const body = await a.handle('net.fetch', 0, `${server.origin()}/big`, {}, USER);
    const before = server.seen.length;
    for (const [operation, handle, ...rest] of [
      ['client.fetch', client, server.origin(), {}, USER],
      ['body.read', body, 100],
    ] as const) {
      using b = new ServedLink(egress.net({ app: 'link-b' }));
      expect((await b.ask(operation, handle, ...rest)).kind).toBe('ended');
    }
    expect(server.seen).toHaveLength(before);
  });
});

test('apps and secrets that are called as what every object has are apps and secrets as any other', async () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '..', '-'];
  for (const app of names) {
    expect(await failureOf(egress.net({ app }).fetch('https://x.test/', { auth: '__proto__' }))).toMatchObject({
      code: 'NET_HOST_NOT_ALLOWED',
    });
    await egress.set('app_rate', '1/d', { app });
    await egress.secrets.set('__proto__', `of ${app}`, { hosts: [`api.test:${server.port}`] }, app);
    await textOf(egress.net({ app }).fetch(server.origin(), { auth: '__proto__' }));
    expect(server.seen.at(-1)?.headers['authorization']).toBe(`Bearer of ${app}`);
    expect(await failureOf(egress.net({ app }).fetch(server.origin()))).toMatchObject({ code: 'NET_RATE' });
    expect((await egress.journal({ limit: 9, app })).every((row) => row.app === app)).toBe(true);
  }
  expect((await egress.settings({ app: 'any' }))['app_rate']).toBe('100/min');
  const used = await egress.limits({ apps: names });
  expect(used.filter(({ app }) => names.includes(app ?? '')).map(({ rate }) => rate)).toEqual(names.map(() => '1/d'));
});

test('an app at its cap, or at its rate, is alone with it', async () => {
  await egress.set('queue_wait', '10ms');
  await egress.set('app_concurrency', 1, { app: 'cap-a' });
  await egress.set('app_rate', '3/d', { app: 'cap-a' });
  const [a, b] = [egress.net({ app: 'cap-a' }), egress.net({ app: 'cap-b' })];
  const holding = textOf(a.fetch(`${server.origin()}/hold`));
  await until(() => held.length === 1);
  expect(await failureOf(a.fetch(server.origin()))).toMatchObject({ code: 'NET_LIMIT' });
  for (let each = 0; each < 5; each++) await textOf(b.fetch(server.origin()));
  held[0]?.();
  await holding;
  await textOf(a.fetch(server.origin()));
  await textOf(a.fetch(server.origin()));
  expect(await failureOf(a.fetch(server.origin()))).toMatchObject({ code: 'NET_RATE' });
  await textOf(b.fetch(server.origin()));
});
