/** The contract of an egress, called from inside of guests: what it lets out, refuses, charges, keeps and writes down. */
import { afterAll, describe, expect, test } from 'vitest';
import type { Egress } from '../../src/egress/egress.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { CALLERS, type Outcome } from '../helpers/egress-callers.ts';
import { startHttp } from '../helpers/http-server.ts';
import { openSandbox } from '../helpers/isolates.ts';
import { until } from '../helpers/tcp-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

const sandbox = openSandbox();
afterAll(() => sandbox.shutdown());

const SECRET = 'sk_live_51xyz';

/** What a call was refused with. */
async function failureOf(promise: Promise<Outcome>): Promise<unknown> {
  const failure: unknown = await promise.then(
    ({ status }) => `it went well: ${status}`,
    (error: unknown) => error,
  );
  return failure;
}

describe.each(CALLERS)('$name', ({ open }) => {
  const caller = (egress: Egress, options: { readonly app?: string; readonly deadline?: number } = {}) =>
    open(egress.net({ app: 'a', ...options }), sandbox);

  test('nothing is let out until an entry allows it, and then at once', async () => {
    await using server = await startHttp((response) => response.end('hello'));
    await using made = await testEgress();
    const { egress, lookUps } = made;
    using by = await caller(egress);
    expect(await failureOf(by.fetch(server.origin()))).toMatchObject({
      code: 'NET_HOST_NOT_ALLOWED',
      host: 'api.test',
      hint: expect.stringContaining('caspian-net allow add'),
    });
    expect(lookUps).toEqual([]);
    await allowServer(egress, server);
    expect((await by.fetch(server.origin())).body).toBe('hello');
    await egress.remove('allow', `api.test:${server.port}`);
    expect(await failureOf(by.fetch(server.origin()))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect(server.seen).toHaveLength(1);
  });

  test('http goes only where the entry says so, https by default', async () => {
    await using server = await startHttp((response) => response.end('ok'));
    await using secure = await startHttp((response) => response.end('ok'), 'good');
    await using made = await testEgress();
    await allowServer(made.egress, server, { httpsOnly: true });
    await allowServer(made.egress, secure, { httpsOnly: true });
    using by = await caller(made.egress);
    expect(await failureOf(by.fetch(server.origin()))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect((await by.fetch(secure.origin('api.test'))).status).toBe(200);
  });

  test.each([
    ['127.0.0.1'],
    ['169.254.169.254'],
    ['203.0.113.1', '10.0.0.1'],
    ['2606:4700::1111', '::ffff:169.254.169.254'],
    ['fd00::1'],
  ])('a name behind which is %s %s is refused', async (...answers) => {
    await using made = await testEgress({ resolve: async () => answers.filter((one) => one !== undefined) });
    await made.egress.allow('api.test:80', { httpsOnly: false });
    using by = await caller(made.egress);
    expect(await failureOf(by.fetch('http://api.test/'))).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
    expect(
      await failureOf(by.fetch(`http://${answers[0]?.includes(':') ? `[${answers[0]}]` : answers[0]}/`)),
    ).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  });

  test('redirects: each hop is decided and charged, to another host or to http is refused, and so is a sixth', async () => {
    await using plain = await startHttp();
    await using secure = await startHttp((response, { url }) => {
      const step = Number(/^\/(\d+)$/.exec(url)?.[1] ?? -1);
      if (url === '/away') response.writeHead(302, { location: plain.origin('other.test') }).end();
      else if (url === '/down') response.writeHead(302, { location: plain.origin('api.test') }).end();
      else if (step > 0) response.writeHead(302, { location: `/${step - 1}` }).end();
      else response.end('end');
    }, 'good');
    await using made = await testEgress();
    await allowServer(made.egress, secure, { httpsOnly: true, rate: '16/d' });
    await allowServer(made.egress, plain, { httpsOnly: true });
    using by = await caller(made.egress);
    const origin = secure.origin('api.test');
    expect(await failureOf(by.fetch(`${origin}/away`))).toMatchObject({
      code: 'NET_HOST_NOT_ALLOWED',
      host: 'other.test',
    });
    expect(await failureOf(by.fetch(`${origin}/down`))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect(await by.fetch(`${origin}/5`)).toMatchObject({ body: 'end', redirected: true, url: `${origin}/0` });
    expect(await failureOf(by.fetch(`${origin}/6`))).toMatchObject({ code: 'NET_PROTOCOL' });
    expect((await by.fetch(`${origin}/1`, { followRedirects: false })).status).toBe(302);
    expect(await failureOf(by.fetch(`${origin}/1`))).toMatchObject({
      code: 'NET_RATE',
      retryAfter: expect.any(Number),
    });
    expect(plain.connections.accepted).toBe(0);
  });

  test('secrets go along by reference, and only where they are for', async () => {
    await using server = await startHttp((response, { headers, url }) => {
      const port = (headers.host ?? '').split(':')[1];
      if (url === '/away') response.writeHead(302, { location: `http://other.test:${port}/end` }).end();
      else response.writeHead(200, { 'x-echo': headers['authorization'] ?? 'none' }).end();
    });
    await using made = await testEgress();
    const { egress, lookUps } = made;
    await allowServer(egress, server);
    await allowServer(egress, server, { host: 'other.test' });
    await egress.secrets.set('KEY', SECRET, { hosts: [`api.test:${server.port}`] });
    await egress.secrets.set('OTHERS', SECRET, { hosts: [`api.test:${server.port}`] }, 'b');
    using by = await caller(egress);
    for (const auth of ['OTHERS', 'NOBODYS', { secret: 'NOBODYS' }]) {
      expect(await failureOf(by.fetch(server.origin(), { auth }))).toMatchObject({
        code: 'NET_AUTH',
        retryable: false,
      });
    }
    expect(await failureOf(by.fetch(server.origin('other.test'), { auth: 'KEY' }))).toMatchObject({ code: 'NET_AUTH' });
    expect(lookUps).toEqual([]);
    const answers = [
      await by.fetch(server.origin(), { auth: 'KEY' }),
      await by.fetch(`${server.origin()}/?y=1`, { auth: { secret: 'KEY', as: 'query:key' } }),
      await by.fetch(server.origin(), { auth: { secret: 'KEY', as: 'header:X-Api-Key' } }),
      await by.fetch(`${server.origin()}/away`, { auth: 'KEY' }),
    ];
    expect(JSON.stringify(answers)).not.toContain(SECRET);
    expect(answers[0]?.headers['x-echo']).toBe('Bearer ***');
    expect(
      server.seen.map(({ url, headers }) => [url, headers['authorization'] ?? headers['x-api-key'] ?? null]),
    ).toEqual([
      ['/', `Bearer ${SECRET}`],
      [`/?y=1&key=${SECRET}`, null],
      ['/', SECRET],
      ['/away', `Bearer ${SECRET}`],
      ['/end', null],
    ]);
  });

  test('a response is kept for as long as was asked, and never one that a secret went for', async () => {
    await using server = await startHttp((response) => response.end('body'));
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.secrets.set('KEY', SECRET, { hosts: [`api.test:${server.port}`] });
    using by = await caller(egress);
    using other = await caller(egress, { app: 'b' });
    for (const one of [by, by, other]) await one.fetch(server.origin(), { cache: '5m' });
    expect(server.seen).toHaveLength(2);
    await by.fetch(server.origin(), { cache: '5m', cacheRefresh: true });
    for (const path of ['/1', '/2']) await by.fetch(`${server.origin()}${path}`, { cache: '5m', cacheKey: 'one' });
    for (let turn = 0; turn < 2; turn++) await by.fetch(`${server.origin()}/s`, { cache: '5m', auth: 'KEY' });
    expect(server.seen.map(({ url }) => url)).toEqual(['/', '/', '/', '/1', '/s', '/s']);
  });

  test('limits: rates, calls of a run, bodies both ways, tries', async () => {
    await using server = await startHttp((response, { url }) =>
      url === '/busy' ? response.writeHead(503, { 'retry-after': '0' }).end() : response.end('x'.repeat(100)),
    );
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('app_rate', '6/d');
    using by = await caller(egress);
    expect((await by.fetch(`${server.origin()}/busy`, { retry: 2 })).status).toBe(503);
    expect(server.seen).toHaveLength(3);
    await egress.set('max_response_body', 99);
    await egress.set('max_request_body', 10);
    expect(await failureOf(by.fetch(server.origin()))).toMatchObject({ code: 'NET_SIZE' });
    expect(await failureOf(by.fetch(server.origin(), { method: 'POST', body: 'x'.repeat(11) }))).toMatchObject({
      code: 'NET_SIZE',
    });
    await egress.set('max_response_body', 100);
    for (let turn = 0; turn < 2; turn++) expect((await by.fetch(server.origin())).status).toBe(200);
    expect(await failureOf(by.fetch(server.origin()))).toMatchObject({
      code: 'NET_RATE',
      retryable: true,
      retryAfter: expect.any(Number),
    });
    await egress.set('app_rate', '100/d');
    await egress.set('calls_per_run', 1);
    using run = await caller(egress);
    await run.fetch(server.origin());
    expect(await failureOf(run.fetch(server.origin()))).toMatchObject({ code: 'NET_LIMIT', retryable: false });
  });

  test('an app at its cap of calls at once waits, and then is refused; another goes on', async () => {
    const held: (() => void)[] = [];
    await using server = await startHttp((response, { url }) => {
      if (url === '/slow') held.push(() => response.end('slow'));
      else response.end('fast');
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('app_concurrency', 1);
    await egress.set('queue_wait', '10ms');
    using by = await caller(egress);
    using same = await caller(egress);
    using other = await caller(egress, { app: 'b' });
    const slow = by.fetch(`${server.origin()}/slow`);
    await until(() => held.length === 1);
    expect(await failureOf(same.fetch(server.origin()))).toMatchObject({ code: 'NET_LIMIT', retryable: true });
    expect((await other.fetch(server.origin())).body).toBe('fast');
    for (const end of held) end();
    expect((await slow).body).toBe('slow');
  });

  test('a deadline of the host is a budget, and a call has time-outs of its own', async () => {
    await using server = await startHttp(() => {});
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    using late = await caller(egress, { deadline: 0.06 });
    expect(await failureOf(late.fetch(server.origin()))).toMatchObject({ code: 'NET_BUDGET', retryable: true });
    using by = await caller(egress);
    expect(await failureOf(by.fetch(server.origin(), { timeout: 0.05 }))).toMatchObject({ code: 'NET_TIMEOUT' });
    await egress.set('headers_timeout', '50ms');
    expect(await failureOf(by.fetch(server.origin()))).toMatchObject({ code: 'NET_TIMEOUT', phase: 'headers' });
  });

  test('the journal has one row a call, in metadata alone', async () => {
    await using server = await startHttp((response) => response.end('body'));
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    using by = await caller(egress);
    await by.fetch(`${server.origin()}/x?token=abc`, { method: 'POST', body: 'hello' });
    await failureOf(by.fetch('https://denied.test/y?z=secret'));
    const rows = await egress.journal({ limit: 10 });
    expect(rows).toMatchObject([
      { app: 'a', method: 'POST', path: '/x', status: 200, bytesIn: 4, bytesOut: 5, verdict: 'ok' },
      { host: 'denied.test', path: '/y', status: null, error: 'NET_HOST_NOT_ALLOWED', verdict: 'denied' },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/token|abc|secret/);
  });

  test('closing the egress ends what is under way', async () => {
    await using server = await startHttp(() => {});
    const { egress } = await testEgress();
    await allowServer(egress, server);
    using by = await caller(egress);
    const pending = failureOf(by.fetch(server.origin()));
    await until(() => server.seen.length === 1);
    await egress.close();
    expect(await pending).toMatchObject({ code: 'NET_REVOKED' });
  });
});

/** Runs a source in a guest of app `a`. */
async function inGuest(egress: Egress, source: string, deadline?: number): Promise<unknown> {
  const guest = await sandbox.createIsolate({
    net: egress.net({ app: 'a', ...(deadline === undefined ? {} : { deadline }) }),
  });
  try {
    return await guest.evaluate(source, { timeout: 15 });
  } finally {
    guest.destroy();
  }
}

const CODE = `const code = (act) => { try { act(); return 'went well' } catch (e) { return e.code } };`;

test('sockets, listeners and look-ups are no part of it', async () => {
  await using made = await testEgress();
  await made.egress.allow('api.test:*');
  const codes = await inGuest(
    made.egress,
    `${CODE} [
      () => net.tcp('api.test', 443), () => net.tls('api.test', 443), () => net.udp('api.test', 443),
      () => net.tcpListen('127.0.0.1', 0), () => net.udpListen('127.0.0.1', 0),
      () => net.resolve('api.test'), () => net.reverseResolve('127.0.0.1'),
    ].map(code)`,
  );
  expect(codes).toEqual(Array(7).fill('NET_HOST_NOT_ALLOWED'));
  expect(made.lookUps).toEqual([]);
});

describe('a WebSocket', () => {
  test('of the blocking net goes where the policy lets it, with a secret, and has a row', async () => {
    await using server = await startSockets(echo);
    await using made = await testEgress();
    const { egress, lookUps } = made;
    const url = `ws://api.test:${server.port}/chat`;
    const open = (options: string) => `${CODE} code(() => net.webSocket('${url}', ${options}))`;
    expect(await inGuest(egress, open('{}'))).toBe('NET_HOST_NOT_ALLOWED');
    await allowServer(egress, server, { httpsOnly: true });
    expect(await inGuest(egress, open('{}'))).toBe('NET_HOST_NOT_ALLOWED');
    expect(lookUps).toEqual([]);
    await allowServer(egress, server);
    expect(await inGuest(egress, open(`{ auth: 'KEY' }`))).toBe('NET_AUTH');
    await egress.secrets.set('KEY', SECRET, { hosts: [`api.test:${server.port}`] });
    expect(
      await inGuest(
        egress,
        `const s = net.webSocket('${url}', { auth: 'KEY' }); s.send('hello'); const r = s.recv(); s.close(); r`,
      ),
    ).toBe('hello');
    expect(server.asked.at(-1)?.headers['authorization']).toBe(`Bearer ${SECRET}`);
    const rows = await egress.journal({ limit: 9 });
    expect(rows.at(-1)).toMatchObject({ method: 'WEBSOCKET', path: '/chat', status: 101, verdict: 'ok' });
    expect(rows.filter(({ verdict }) => verdict === 'denied')).toHaveLength(3);
  });

  const BY_EVENTS = (url: string) => `await new Promise((resolve) => {
    const ws = new WebSocket('${url}');
    ws.onopen = () => ws.send('hello');
    ws.onmessage = ({ data }) => { resolve(data); ws.close(); };
    ws.onerror = ({ error }) => resolve(error.code);
  })`;

  test('of the web is under the same policy, and its error has the code', async () => {
    await using server = await startSockets(echo);
    await using made = await testEgress();
    const { egress } = made;
    const url = `ws://api.test:${server.port}/chat`;
    expect(await inGuest(egress, BY_EVENTS(url))).toBe('NET_HOST_NOT_ALLOWED');
    await egress.allow(`api.test:${server.port}`, { httpsOnly: false });
    expect(await inGuest(egress, BY_EVENTS(url))).toBe('NET_ADDRESS_NOT_ALLOWED');
    await allowServer(egress, server);
    expect(await inGuest(egress, BY_EVENTS(url))).toBe('hello');
    await expect
      .poll(async () => (await egress.journal({ limit: 9 })).map(({ verdict }) => verdict))
      .toEqual(['denied', 'denied', 'ok']);
  });

  test('holds a slot while it is open, and ends with its run', async () => {
    await using server = await startSockets(echo);
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('app_concurrency', 1);
    await egress.set('queue_wait', '10ms');
    const url = `ws://api.test:${server.port}/`;
    const holder = await sandbox.createIsolate({ net: egress.net({ app: 'a' }) });
    await holder.evaluate(`globalThis.s = net.webSocket('${url}'); 0`);
    expect(await inGuest(egress, BY_EVENTS(url))).toBe('NET_LIMIT');
    holder.destroy();
    await until(() => server.open === 0);
    const told = await inGuest(egress, `${CODE} const s = net.webSocket('${url}'); code(() => s.recv())`, 0.3);
    expect(told).toBe('NET_BUDGET');
  });
});

describe('an event stream', () => {
  test.each([
    [
      'of the blocking net',
      `${CODE} const s = net.eventSource(url); [s.next().data, s.next().data, code(() => s.next())]`,
    ],
    [
      'of the web',
      `const got = []; await new Promise((resolve) => {
        const s = new EventSource(url);
        s.onmessage = ({ data }) => got.push(data);
        s.onerror = ({ error }) => { if (error !== undefined) { got.push(error.code); s.close(); resolve() } };
      }); got`,
    ],
  ])('%s: each connection is a call', async (_name, source) => {
    let connections = 0;
    await using server = await startHttp((response) => {
      connections += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`retry: 50\nid: ${connections}\ndata: event ${connections}\n\n`);
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server, { rate: '2/d' });
    const told = await inGuest(egress, `const url = '${server.origin()}/events'; ${source}`);
    expect(told).toEqual(['event 1', 'event 2', 'NET_RATE']);
    expect(await egress.journal({ limit: 9 })).toMatchObject([
      { status: 200 },
      { status: 200 },
      { verdict: 'denied', error: 'NET_RATE' },
    ]);
  });
});
