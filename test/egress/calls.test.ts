/** Calls of apps through an egress, against real servers on loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allowServer, LOOPBACK, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

describe('policy', () => {
  test('nothing is let out until an entry allows it, and then at once', async () => {
    await using server = await startHttp((response) => response.end('hello'));
    await using made = await testEgress();
    const { egress, lookUps } = made;
    const net = egress.net({ app: 'a' });
    const refused = await failureOf(net.fetch(server.origin()));
    expect(refused).toMatchObject({
      code: 'NET_HOST_NOT_ALLOWED',
      hint: expect.stringContaining('caspian-net allow add'),
    });
    expect(lookUps).toEqual([]);
    await allowServer(egress, server);
    expect(await (await net.fetch(server.origin())).text()).toBe('hello');
    await egress.remove('allow', `api.test:${server.port}`);
    expect(await failureOf(net.fetch(server.origin()))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect(server.seen).toHaveLength(1);
  });

  test('http goes only where the entry says so, https by default', async () => {
    await using server = await startHttp((response) => response.end('ok'));
    await using secure = await startHttp((response) => response.end('ok'), 'good');
    await using made = await testEgress();
    await allowServer(made.egress, server, { httpsOnly: true });
    await allowServer(made.egress, secure, { httpsOnly: true });
    const net = made.egress.net({ app: 'a' });
    expect(await failureOf(net.fetch(server.origin()))).toMatchObject({
      code: 'NET_HOST_NOT_ALLOWED',
      hint: expect.stringContaining('https'),
    });
    expect((await net.fetch(secure.origin('api.test'))).status).toBe(200);
  });

  test('an address that is not public refuses the name, also beside one that is', async () => {
    await using server = await startHttp();
    let answers = ['127.0.0.1'];
    await using made = await testEgress({ resolve: async () => answers });
    const net = made.egress.net({ app: 'a' });
    await made.egress.allow(`api.test:${server.port}`, { httpsOnly: false });
    for (const list of [
      ['127.0.0.1'],
      ['203.0.113.1', '10.0.0.1'],
      ['2606:4700::1111', '::ffff:169.254.169.254'],
      ['fd00::1'],
    ]) {
      answers = list;
      expect(await failureOf(net.fetch(server.origin()))).toMatchObject({
        code: 'NET_ADDRESS_NOT_ALLOWED',
        message: expect.stringContaining('is not public'),
      });
    }
    expect(server.connections.accepted).toBe(0);
  });

  test('an exception holds for its entry alone', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    await allowServer(made.egress, server);
    await made.egress.allow(`other.test:${server.port}`, { httpsOnly: false });
    const net = made.egress.net({ app: 'a' });
    expect((await net.fetch(server.origin())).status).toBe(200);
    expect(await failureOf(net.fetch(server.origin('other.test')))).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  });

  test('a connection that is open is not used once its address is closed again', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    await allowServer(made.egress, server);
    const net = made.egress.net({ app: 'a' });
    await (await net.fetch(server.origin())).bytes();
    await made.egress.allow(`api.test:${server.port}`, { httpsOnly: false, allowAddresses: [] });
    expect(await failureOf(net.fetch(server.origin()))).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  });

  test('sockets, listeners and look-ups are no part of it', async () => {
    await using made = await testEgress();
    await made.egress.allow('api.test:*');
    const net = made.egress.net({ app: 'a' });
    for (const asked of [
      net.tcp('api.test', 443),
      net.tls('api.test', 443),
      net.udp('api.test', 443),
      net.tcpListen('127.0.0.1', 0),
      net.udpListen('127.0.0.1', 0),
      net.resolve('api.test'),
      net.reverseResolve('127.0.0.1'),
    ]) {
      expect(await failureOf(asked)).toMatchObject({
        code: 'NET_HOST_NOT_ALLOWED',
        message: expect.stringContaining('nothing but HTTP goes out'),
      });
    }
    expect(net.allowed('api.test', 443)).toBe(true);
    expect(net.allowed('other.test', 443)).toBe(false);
    expect(net.listenAllowed('127.0.0.1', 8080)).toBe(false);
    expect(made.lookUps).toEqual([]);
  });

  test('narrowing still narrows', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    await allowServer(made.egress, server);
    const small = made.egress.net({ app: 'a' }).narrow(['other.test']);
    expect(await failureOf(small.fetch(server.origin()))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  });

  test('report mode lets through and says so in the journal', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    const { egress } = made;
    await egress.set('mode', 'report');
    await egress.allow(`api.test:${server.port + 1}`, { httpsOnly: false, allowAddresses: LOOPBACK });
    const net = egress.net({ app: 'a' });
    // No entry covers it, so nothing opens its address either.
    expect(await failureOf(net.fetch(server.origin()))).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
    await egress.allow(`*:${server.port}`, { httpsOnly: false, allowAddresses: LOOPBACK });
    await egress.deny('api.test');
    expect((await net.fetch(server.origin())).status).toBe(200);
    expect(await egress.journal({ limit: 5, status: 'reported' })).toHaveLength(1);
  });
});

describe('redirects', () => {
  test('each hop is decided and charged', async () => {
    await using server = await startHttp((response, { url }) => {
      if (url === '/start') response.writeHead(302, { location: '/end' }).end();
      else response.end('end');
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server, { rate: '3/d' });
    const net = egress.net({ app: 'a' });
    expect((await net.fetch(`${server.origin()}/start`)).redirectChain).toHaveLength(1);
    expect((await net.fetch(`${server.origin()}/end`)).status).toBe(200);
    expect(await failureOf(net.fetch(`${server.origin()}/end`))).toMatchObject({
      code: 'NET_RATE',
      retryAfter: expect.any(Number),
    });
  });

  test('to another host, to http, and a sixth are refused', async () => {
    await using plain = await startHttp((response) => response.end('plain'));
    await using secure = await startHttp((response, { url }) => {
      const step = Number(/^\/(\d+)$/.exec(url)?.[1] ?? -1);
      if (url === '/away') response.writeHead(302, { location: plain.origin('other.test') }).end();
      else if (url === '/down') response.writeHead(302, { location: plain.origin('api.test') }).end();
      else if (step > 0) response.writeHead(302, { location: `/${step - 1}` }).end();
      else response.end('end');
    }, 'good');
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, secure, { httpsOnly: true });
    await allowServer(egress, plain, { httpsOnly: true });
    const net = egress.net({ app: 'a' });
    const origin = secure.origin('api.test');
    expect(await failureOf(net.fetch(`${origin}/away`))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect(await failureOf(net.fetch(`${origin}/down`))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect((await net.fetch(`${origin}/5`)).status).toBe(200);
    expect(await failureOf(net.fetch(`${origin}/6`))).toMatchObject({ code: 'NET_PROTOCOL' });
    expect(plain.connections.accepted).toBe(0);
  });
});

describe('limits', () => {
  test('the rate of an app is its own', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('app_rate', '2/d');
    const [one, other] = [egress.net({ app: 'a' }), egress.net({ app: 'b' })];
    for (const net of [one, one, other, other]) expect((await net.fetch(server.origin())).status).toBe(200);
    for (const net of [one, other]) {
      expect(await failureOf(net.fetch(server.origin()))).toMatchObject({ code: 'NET_RATE', retryable: true });
    }
    await egress.set('app_rate', '1000/d', { app: 'b' });
    expect((await other.fetch(server.origin())).status).toBe(200);
  });

  test('the rate of all apps, and of one host', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await allowServer(egress, server, { host: 'other.test' });
    await egress.set('host_rate', '1/d');
    const net = egress.net({ app: 'a' });
    expect((await net.fetch(server.origin())).status).toBe(200);
    expect(await failureOf(net.fetch(server.origin()))).toMatchObject({
      code: 'NET_RATE',
      message: expect.stringContaining('host_rate'),
    });
    expect((await net.fetch(server.origin('other.test'))).status).toBe(200);
    await egress.set('host_rate', 'none');
    await egress.set('total_rate', '1/d');
    expect((await net.fetch(server.origin())).status).toBe(200);
    expect(await failureOf(egress.net({ app: 'b' }).fetch(server.origin()))).toMatchObject({
      code: 'NET_RATE',
      message: expect.stringContaining('total_rate'),
    });
  });

  test('an app at its cap of calls at once waits; another goes on', async () => {
    const held: (() => void)[] = [];
    await using server = await startHttp((response, { url }) => {
      if (url === '/slow') held.push(() => response.end('slow'));
      else response.end('fast');
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('app_concurrency', 2);
    await egress.set('queue_wait', '20s');
    const net = egress.net({ app: 'a' });
    const slow = [1, 2, 3].map(() => net.fetch(`${server.origin()}/slow`));
    await until(() => held.length === 2);
    expect((await egress.net({ app: 'b' }).fetch(server.origin())).status).toBe(200);
    expect(server.seen.filter(({ url }) => url === '/slow')).toHaveLength(2);
    held[0]?.();
    const first = await Promise.race(slow);
    await first.bytes();
    await until(() => held.length === 3);
    for (const end of held) end();
    await Promise.all(slow.map(async (one) => (await one).bytes().catch(() => {})));
  });

  test('a run makes so many calls and no more', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('calls_per_run', 2);
    const net = egress.net({ app: 'a' });
    await net.fetch(server.origin());
    await net.fetch(server.origin());
    expect(await failureOf(net.fetch(server.origin()))).toMatchObject({ code: 'NET_LIMIT', retryable: false });
    expect((await egress.net({ app: 'a' }).fetch(server.origin())).status).toBe(200);
  });

  test('bodies are capped, decoded ones too, and an entry may say another cap', async () => {
    await using server = await startHttp((response) => response.end('x'.repeat(5_000)));
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('max_response_body', 4_999);
    await egress.set('max_request_body', 10);
    const net = egress.net({ app: 'a' });
    expect(await failureOf((await net.fetch(server.origin())).bytes())).toMatchObject({ code: 'NET_SIZE' });
    expect(await failureOf(net.fetch(server.origin(), { method: 'POST', body: 'x'.repeat(11) }))).toMatchObject({
      code: 'NET_SIZE',
    });
    expect(server.seen).toHaveLength(1);
    await allowServer(egress, server, { maxResponse: 5_000 });
    expect(await (await net.fetch(server.origin())).bytes()).toHaveLength(5_000);
  });

  test('each try of a call is charged, and no more are made than the policy lets', async () => {
    await using server = await startHttp((response) => response.writeHead(503, { 'retry-after': '0' }).end());
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server, { rate: '100/d' });
    const net = egress.net({ app: 'a' });
    await egress.set('retries', 2);
    expect((await net.fetch(server.origin(), { retry: 9 })).status).toBe(503);
    expect(server.seen).toHaveLength(3);
    await allowServer(egress, server, { rate: '2/d' });
    expect(await failureOf(net.fetch(server.origin(), { retry: 2 }))).toMatchObject({ code: 'NET_RATE' });
    expect(server.seen).toHaveLength(5);
    expect(await egress.journal({ limit: 5 })).toMatchObject([{ tries: 3 }, { tries: 2, verdict: 'denied' }]);
  });

  test('a server that does not begin to answer is not waited for as long as the whole call', async () => {
    await using server = await startHttp(() => {});
    await using made = await testEgress();
    await allowServer(made.egress, server);
    await made.egress.set('headers_timeout', '50ms');
    expect(await failureOf(made.egress.net({ app: 'a' }).fetch(server.origin()))).toMatchObject({
      code: 'NET_TIMEOUT',
      phase: 'headers',
    });
  });

  test('an upload of unknown length stops at the cap', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    await allowServer(made.egress, server);
    await made.egress.set('max_request_body', 100);
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(30);
    }
    const sent = made.egress.net({ app: 'a' }).fetch(server.origin(), { method: 'POST', bodyFile: endless() });
    expect(await failureOf(sent)).toMatchObject({ code: 'NET_SIZE' });
  });

  test('a deadline of the host is a budget', async () => {
    const held: (() => void)[] = [];
    await using server = await startHttp((response) => held.push(() => response.end()));
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    expect(await failureOf(egress.net({ app: 'a', deadline: 0.06 }).fetch(server.origin()))).toMatchObject({
      code: 'NET_BUDGET',
      retryable: true,
    });
    expect(
      await failureOf(egress.net({ app: 'a', deadline: 0.3 }).fetch(server.origin(), { timeout: 20 })),
    ).toMatchObject({
      code: 'NET_TIMEOUT',
    });
    for (const end of held) end();
  });
});

describe('secrets', () => {
  const VALUE = 'sk_live_51xyz';

  test('go along by reference, in each way, and only there', async () => {
    await using server = await startHttp((response) => response.end());
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
    await egress.secrets.set('PAIR', `user:${VALUE}`, { hosts: [`api.test:${server.port}`] });
    const net = egress.net({ app: 'a' });
    const url = `${server.origin()}/x?y=1`;
    const answers = [
      await net.fetch(url, { auth: 'KEY' }),
      await net.fetch(url, { auth: { secret: 'PAIR', as: 'basic' } }),
      await net.fetch(url, { auth: { secret: 'KEY', as: 'header:X-Api-Key' }, headers: { 'x-api-key': 'mine' } }),
      await net.fetch(url, { auth: { secret: 'KEY', as: 'query:key' } }),
      await net.fetch(url),
    ];
    const [bearer, basic, header, query, none] = server.seen;
    expect(bearer?.headers['authorization']).toBe(`Bearer ${VALUE}`);
    expect(basic?.headers['authorization']).toBe(`Basic ${Buffer.from(`user:${VALUE}`).toString('base64')}`);
    expect(header?.headers['x-api-key']).toBe(VALUE);
    expect(query?.url).toBe(`/x?y=1&key=${VALUE}`);
    expect(JSON.stringify(none)).not.toContain(VALUE);
    for (const response of answers) expect(response.url).toBe(url);
  });

  test('unknown, another app’s, or for another host: refused before any connection', async () => {
    await using server = await startHttp();
    await using made = await testEgress();
    const { egress, lookUps } = made;
    await allowServer(egress, server);
    await egress.secrets.set('OTHERS', VALUE, { hosts: [`api.test:${server.port}`] }, 'b');
    await egress.secrets.set('ELSEWHERE', VALUE, { hosts: ['elsewhere.test'] });
    const net = egress.net({ app: 'a' });
    for (const auth of ['OTHERS', 'ELSEWHERE', 'NOBODYS']) {
      expect(await failureOf(net.fetch(server.origin(), { auth }))).toMatchObject({ code: 'NET_AUTH' });
    }
    expect(lookUps).toEqual([]);
  });

  test('do not follow a redirect to where they are not for', async () => {
    await using server = await startHttp((response, { headers, url }) => {
      const host = headers.host ?? '';
      if (url === '/away') response.writeHead(302, { location: `http://other.test:${host.split(':')[1]}/end` }).end();
      else if (url === '/back') response.writeHead(302, { location: '/end' }).end();
      else response.end();
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await allowServer(egress, server, { host: 'other.test' });
    await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
    const net = egress.net({ app: 'a' });
    await net.fetch(`${server.origin()}/away`, { auth: 'KEY' });
    await net.fetch(`${server.origin()}/back`, { auth: 'KEY' });
    expect(server.seen.map(({ headers }) => headers['authorization'] ?? null)).toEqual([
      `Bearer ${VALUE}`,
      null,
      `Bearer ${VALUE}`,
      `Bearer ${VALUE}`,
    ]);
  });

  test('are masked where a server’s headers echo them', async () => {
    await using server = await startHttp((response, { headers }) => {
      const sent = headers['authorization'] ?? '';
      response.writeHead(200, { 'x-echo': sent, 'set-cookie': [`a=${sent.slice(7)}`, 'b=1'] }).end();
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.secrets.set('KEY', VALUE, { hosts: [`api.test:${server.port}`] });
    const response = await egress.net({ app: 'a' }).fetch(server.origin(), { auth: 'KEY' });
    expect(response.header('x-echo')).toBe('Bearer ***');
    expect(response.headerAll('set-cookie')).toEqual(['a=***', 'b=1']);
  });

  test('after a rotation the old value is tried where the new one is not taken yet', async () => {
    let taken = 'old-value';
    await using server = await startHttp((response, { headers }) => {
      response.writeHead(headers['authorization'] === `Bearer ${taken}` ? 200 : 401).end();
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.secrets.set('KEY', 'old-value', { hosts: [`api.test:${server.port}`] });
    await egress.secrets.rotate('KEY', 'new-value', 60);
    const net = egress.net({ app: 'a' });
    expect((await net.fetch(server.origin(), { auth: 'KEY' })).status).toBe(200);
    taken = 'new-value';
    expect((await net.fetch(server.origin(), { auth: 'KEY' })).status).toBe(200);
    taken = 'neither';
    expect((await net.fetch(server.origin(), { auth: 'KEY' })).status).toBe(401);
    expect(server.seen).toHaveLength(5);
    const rows = await egress.journal({ limit: 3 });
    expect(rows.map(({ status, tries }) => [status, tries]).sort()).toEqual([
      [200, 1],
      [200, 2],
      [401, 2],
    ]);
  });

  test('the slot of a call is held while the old value is tried', async () => {
    await using server = await startHttp((response, { headers }) => {
      response.writeHead(headers['authorization'] === 'Bearer old-value' ? 200 : 401).end();
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.set('app_concurrency', 1, { app: 'a' });
    await egress.secrets.set('KEY', 'old-value', { hosts: [`api.test:${server.port}`] });
    await egress.secrets.rotate('KEY', 'new-value', 60);
    const net = egress.net({ app: 'a' });
    const [one, two] = await Promise.all([1, 2].map(() => net.fetch(server.origin(), { auth: 'KEY' })));
    expect([one?.status, two?.status]).toEqual([200, 200]);
    // With one slot, no call of the other comes in between.
    const values = server.seen.map(({ headers }) => headers['authorization']);
    expect(values).toEqual(['Bearer new-value', 'Bearer old-value', 'Bearer new-value', 'Bearer old-value']);
  });
});

describe('the journal', () => {
  test('has one row a call, in metadata alone', async () => {
    await using server = await startHttp((response, { url }) => {
      if (url.startsWith('/redirect')) response.writeHead(302, { location: '/end' }).end();
      else response.writeHead(url === '/gone' ? 410 : 200).end('body');
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    const net = egress.net({ app: 'a' });
    await (await net.fetch(`${server.origin()}/x?token=abc`, { method: 'POST', body: 'hello' })).bytes();
    await (await net.fetch(`${server.origin()}/redirect`)).bytes();
    await (await net.fetch(`${server.origin()}/gone`)).bytes();
    await failureOf(net.fetch('https://denied.test/y?z=secret'));
    const rows = await egress.journal({ limit: 10 });
    expect(rows).toMatchObject([
      {
        app: 'a',
        method: 'POST',
        host: 'api.test',
        path: '/x',
        status: 200,
        error: null,
        address: '127.0.0.1',
        bytesIn: 4,
        bytesOut: 5,
        tries: 1,
        verdict: 'ok',
      },
      { path: '/redirect', status: 200, tries: 2, verdict: 'ok', rule: `allow api.test:${server.port}` },
      { path: '/gone', status: 410, verdict: 'ok' },
      {
        host: 'denied.test',
        path: '/y',
        status: null,
        error: 'NET_HOST_NOT_ALLOWED',
        address: null,
        tries: 0,
        verdict: 'denied',
      },
    ]);
    expect(JSON.stringify(rows)).not.toMatch(/token|abc|secret/);
  });

  test('counts what was sent of bodies, over redirects, tries and failures', async () => {
    let busy = 2;
    await using server = await startHttp((response, { url, headers }) => {
      if (url === '/redirect') response.writeHead(303, { location: '/end' });
      else if (url === '/cut') response.destroy();
      else if (url === '/busy' && busy > 0) response.writeHead(503);
      else if (url === '/older' && headers['authorization'] !== 'Bearer old-value') response.writeHead(401);
      if (url === '/busy') busy -= 1;
      response.end();
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    await egress.secrets.set('KEY', 'old-value', { hosts: [`api.test:${server.port}`] });
    await egress.secrets.rotate('KEY', 'new-value', 60_000);
    const net = egress.net({ app: 'a' });
    const url = server.origin();
    async function* pieces() {
      yield Buffer.alloc(1_000);
      yield Buffer.alloc(2_000);
    }
    const body = new Uint8Array(100_000);
    await (await net.fetch(`${url}/redirect`, { method: 'POST', body })).bytes();
    await failureOf(net.fetch(`${url}/cut`, { method: 'POST', body }));
    await (await net.fetch(`${url}/busy`, { method: 'PUT', body, retry: 2 })).bytes();
    await (await net.fetch(`${url}/stream`, { method: 'POST', bodyFile: pieces() })).bytes();
    await (await net.fetch(`${url}/older`, { method: 'POST', body: 'short', auth: 'KEY' })).bytes();
    expect((await egress.journal({ limit: 10 })).map(({ path, bytesOut }) => [path, bytesOut])).toEqual([
      ['/redirect', 100_000],
      ['/cut', 100_000],
      ['/busy', 300_000],
      ['/stream', 3_000],
      ['/older', 10],
    ]);
  });

  test('tells what broke on the way', async () => {
    await using server = await startHttp((response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half');
      setImmediate(() => response.destroy());
    });
    await using made = await testEgress();
    const { egress } = made;
    await allowServer(egress, server);
    const net = egress.net({ app: 'a' });
    await failureOf(net.fetch(server.origin()).then((response) => response.bytes()));
    expect(await egress.journal({ limit: 1 })).toMatchObject([{ verdict: 'error', error: 'NET_RESET' }]);
  });
});

test('explain says which rule decides, and touches nothing', async () => {
  await using made = await testEgress();
  const { egress } = made;
  await egress.allow('api.test', { rate: '5/min' });
  expect(await egress.explain('https://api.test/x', { app: 'a' })).toMatchObject({
    allowed: true,
    rule: 'allow api.test',
    mode: 'allowlist',
    bounds: { entry_rate: '5/min', timeout: '30s' },
  });
  expect(await egress.explain('https://other.test/x', { app: 'a' })).toMatchObject({ allowed: false, rule: null });
  expect(await egress.explain('http://api.test/x', { app: 'a' })).toMatchObject({
    allowed: false,
    rule: 'allow api.test',
  });
  expect(made.lookUps).toEqual([]);
});

test('closing ends what is under way', async () => {
  await using server = await startHttp(() => {});
  const { egress } = await testEgress();
  await allowServer(egress, server);
  const net = egress.net({ app: 'a' });
  const pending = failureOf(net.fetch(server.origin()));
  await until(() => server.seen.length === 1);
  await egress.close();
  await egress.close();
  expect(await pending).toMatchObject({ code: 'NET_REVOKED' });
  expect(() => egress.net({ app: 'a' })).toThrow(expect.objectContaining({ code: 'NET_REVOKED' }));
});

test('closing writes the rows of the calls that it ends', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'egress-close-'));
  await using server = await startHttp(() => {});
  const state = `sqlite:${join(folder, 'egress.db')}`;
  const made = await testEgress({ state });
  await allowServer(made.egress, server);
  await made.egress.set('app_concurrency', 2);
  const net = made.egress.net({ app: 'a' });
  // The third waits for a slot.
  const calls = ['/1', '/2', '/3'].map((path) => failureOf(net.fetch(server.origin() + path)));
  await until(() => server.seen.length === 2);
  await made.egress.close();
  const revoked = { code: 'NET_REVOKED', message: expect.stringContaining('the egress is closed') };
  expect(await Promise.all(calls)).toMatchObject([revoked, revoked, revoked]);
  expect(await failureOf(net.fetch(server.origin()))).toMatchObject(revoked);
  await using again = await testEgress({ state });
  const rows = await again.egress.journal({ limit: 9 });
  expect(rows.map(({ path, error }) => [path, error]).sort()).toEqual([
    ['/1', 'NET_REVOKED'],
    ['/2', 'NET_REVOKED'],
    ['/3', 'NET_REVOKED'],
  ]);
  rmSync(folder, { recursive: true });
});

test('the row of a redirect that is refused names the rule that refuses it', async () => {
  await using server = await startHttp((response) =>
    response.writeHead(302, { location: `http://evil.test:${server.port}/` }).end(),
  );
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.deny('evil.test:*');
  await failureOf(egress.net({ app: 'a' }).fetch(server.origin()));
  expect(await egress.journal({ limit: 9 })).toMatchObject([
    {
      host: 'api.test',
      verdict: 'denied',
      error: 'NET_HOST_NOT_ALLOWED',
      rule: expect.stringContaining('deny evil.test'),
    },
  ]);
});

test('rows and the cache have hosts as rules compare them, however they are written', async () => {
  await using server = await startHttp((response) => response.end('ok'));
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server, { cacheTtl: '1h' });
  const net = egress.net({ app: 'a' });
  await (await net.fetch(server.origin('api.test.'))).bytes();
  await (await net.fetch(server.origin('API.test'))).bytes();
  await failureOf(net.fetch('https://[::ffff:127.0.0.1]/'));
  const rows = await egress.journal({ limit: 9 });
  expect(rows.map(({ host }) => host)).toEqual(['api.test', 'api.test', '127.0.0.1']);
  expect(await egress.clearCache({ host: 'API.test.' })).toBe(2);
});

test('no socket is bound by a script under an egress', async () => {
  await using made = await testEgress();
  expect(await failureOf(made.egress.net({ app: 'a' }).udp())).toMatchObject({
    code: 'NET_HOST_NOT_ALLOWED',
    message: expect.stringContaining('under an egress nothing but HTTP goes out'),
  });
});

test('hints lead the operator to an entry that lets the call through', async () => {
  await using server = await startHttp((response) => response.end('ok'));
  await using made = await testEgress();
  const { egress } = made;
  const net = egress.net({ app: 'a' });
  const hint = async () => (await failureOf(net.fetch(server.origin()))).hint;
  const command = `caspian-net allow add api.test:${server.port}`;
  expect(await hint()).toBe(`the operator allows it with: ${command} --http --app a`);
  await egress.allow(`api.test:${server.port}`, { app: 'a' });
  expect(await hint()).toContain(`${command} --http --app a (and the entry's other options again)`);
  await egress.allow(`api.test:${server.port}`, { app: 'a', httpsOnly: false });
  expect(await hint()).toContain(`${command} --http --allow-address 127.0.0.1 --app a (and`);
  expect(await egress.explain(server.origin(), { app: 'a' })).toMatchObject({
    allowed: true,
    bounds: { addresses: 'public ones' },
  });
  await egress.allow(`api.test:${server.port}`, { app: 'a', httpsOnly: false, allowAddresses: LOOPBACK });
  expect(await (await net.fetch(server.origin())).text()).toBe('ok');
  expect(await egress.explain(server.origin(), { app: 'a' })).toMatchObject({
    bounds: { addresses: 'public ones, 127.0.0.1' },
  });
});

test('a misspelt option of a net is refused; a journal has a limit of its own', async () => {
  await using made = await testEgress();
  const options = { app: 'a', dedline: 5 };
  expect(() => made.egress.net(options)).toThrow('net: there is no option "dedline"');
  await failureOf(made.egress.net({ app: 'a' }).fetch('https://x.test/'));
  expect(await made.egress.journal()).toHaveLength(1);
});
