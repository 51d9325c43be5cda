/** A guest with `net:`: fetch, streams, WebSocket, EventSource and the blocking net, as far as its grant goes and no further. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../src/net/grants/grants.ts';
import { type Net, openNet } from '../../src/net/net.ts';
import { type HttpServer, startHttp } from '../helpers/http-server.ts';
import { nextSystem, openSandbox } from '../helpers/isolates.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

const sandbox = openSandbox({ cpuMs: 5_000 });
let server: HttpServer;
let net: Net;

beforeAll(async () => {
  server = await startHttp((response, { url, method, headers, body }) => {
    if (url === '/hang') return;
    if (url === '/moved') response.writeHead(302, { location: '/json' }).end();
    else if (url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`id: 1\ndata: one\n\nevent: two\ndata: a\ndata: b\n\n`);
    } else if (url === '/large') response.end(Buffer.alloc(3_000_000, 7));
    else {
      response.setHeader('x-one', 'a');
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ url, method, type: headers['content-type'], own: headers['x-own'], body }));
    }
  });
  net = openNet(Grants.parse({ allowNet: ['127.0.0.1', 'localhost'] }));
});

afterAll(async () => {
  sandbox.shutdown();
  await net.close();
  await server[Symbol.asyncDispose]();
});

async function inGuest(source: string, own: Net = net): Promise<unknown> {
  const guest = await sandbox.createIsolate({ net: own });
  try {
    return await guest.evaluate(`const origin = 'http://127.0.0.1:${server.port}'; ${source}`, { timeout: 15 });
  } finally {
    guest.destroy();
  }
}

describe('fetch', () => {
  it('sends and receives', async () => {
    const got = await inGuest(`
      const r = await fetch(origin + '/users', { method: 'POST', headers: { 'X-Own': 'h' }, body: 'text' });
      ({ ok: r.ok, status: r.status, url: r.url, one: r.headers.get('x-one'), object: r.headers['x-one'], json: await r.json() })`);
    expect(got).toEqual({
      ok: true,
      status: 200,
      url: `${server.origin('127.0.0.1')}/users`,
      one: 'a',
      object: 'a',
      json: { url: '/users', method: 'POST', type: 'text/plain;charset=UTF-8', own: 'h', body: 'text' },
    });
  });

  it('follows redirects, or not', async () => {
    expect(await inGuest(`const r = await fetch(origin + '/moved'); [r.redirected, r.url.endsWith('/json')]`)).toEqual([
      true,
      true,
    ]);
    expect(await inGuest(`(await fetch(origin + '/moved', { redirect: 'manual' })).status`)).toBe(302);
    expect(await inGuest(`await fetch(origin + '/moved', { redirect: 'error' }).catch((e) => e.name)`)).toBe(
      'TypeError',
    );
  });

  it('reads a large body as a stream', async () => {
    const got = await inGuest(`
      let size = 0, pieces = 0;
      for await (const piece of (await fetch(origin + '/large')).body) { size += piece.length; pieces++ }
      [size, pieces > 1]`);
    expect(got).toEqual([3_000_000, true]);
  });

  it('is refused by the grant, with the error as its cause', async () => {
    expect(
      await inGuest(`await fetch('http://example.com/').catch((e) => [e.name, e.cause.code, e.cause.host])`),
    ).toEqual(['TypeError', 'NET_HOST_NOT_ALLOWED', 'example.com']);
  });

  it('is given up by its signal', async () => {
    expect(
      await inGuest(`await fetch(origin + '/hang', { signal: AbortSignal.timeout(50) }).catch((e) => e.name)`),
    ).toBe('TimeoutError');
  });

  it('is answered by a handler of the host where there is one', async () => {
    const guest = await sandbox.createIsolate({ net });
    guest.onRequest('fetch', ({ url, method }) => ({
      ok: true,
      status: 201,
      headers: { a: 'b' },
      body: `${method} ${url}`,
    }));
    expect(
      await guest.evaluate(`const r = await fetch('http://nowhere/x'); [r.status, r.headers.a, await r.text()]`),
    ).toEqual([201, 'b', 'GET http://nowhere/x']);
    guest.destroy();
  });
});

describe('what the network refused', () => {
  const url = 'http://127.0.0.2:1/';
  const known = { code: 'NET_HOST_NOT_ALLOWED', hint: 'run again with --allow-net=127.0.0.2:1', host: '127.0.0.2' };

  it.each([
    ['net', `net.fetch('${url}')`, known],
    ['fetch', `await fetch('${url}')`, { name: 'TypeError', cause: known }],
  ])('reaches the host whole where %s is evaluated', async (_what, source, expected) => {
    const guest = await sandbox.createIsolate({ net });
    await expect(guest.evaluate(source)).rejects.toMatchObject(expected);
    guest.destroy();
  });

  it.each([
    ['net', `net.fetch('${url}')`, known],
    ['fetch', `await fetch('${url}')`, { cause: known }],
    ['net in a timer', `setTimeout(() => net.fetch('${url}'))`, known],
    ['fetch that nobody waits for', `void fetch('${url}')`, { cause: known }],
  ])('reaches the host whole where nobody caught it: %s', async (_what, source, expected) => {
    const guest = await sandbox.createIsolate({ net });
    const told = nextSystem(guest, 'error');
    guest.execute(source);
    expect(await told).toMatchObject({ kind: 'uncaught', error: expected });
    guest.destroy();
  });
});

describe('the blocking net', () => {
  it('fetches', async () => {
    expect(await inGuest(`const r = net.fetch(origin + '/x'); [r.status, r.json().url, r.header('x-one')]`)).toEqual([
      200,
      '/x',
      'a',
    ]);
    expect(await inGuest(`net.fetch(origin + '/large').bytes().length`)).toBe(3_000_000);
    expect(await inGuest(`net.http.client.new({ baseUrl: origin }).post('/p', 'b').json().body`)).toBe('b');
  });

  it('fetches many, denied ones among them', async () => {
    const got = await inGuest(`
      const all = net.fetchAll([...Array.from({ length: 120 }, (_, at) => origin + '/' + at), 'http://elsewhere.test/']);
      [all.length, all.slice(0, 120).every((one, at) => one.json().url === '/' + at), all[120].code]`);
    expect(got).toEqual([121, true, 'NET_HOST_NOT_ALLOWED']);
  });

  it('speaks TCP', async () => {
    const got = await inGuest(`
      const s = net.tcp('127.0.0.1', ${server.port});
      s.sendAll('GET /raw HTTP/1.0\\r\\n\\r\\n');
      const line = new TextDecoder().decode(s.recvLine({ chomp: true }));
      const rest = new TextDecoder().decode(s.recvAll({ max: 100000 }));
      s.close();
      [line, rest.includes('"/raw"'), s.connected]`);
    expect(got).toEqual(['HTTP/1.1 200 OK', true, false]);
  });

  it('raises the errors of the kernel', async () => {
    const source = (call: string) => `let r; try { ${call} } catch (e) { r = [e.name, e.code] } r`;
    expect(await inGuest(source(`net.tcp('example.com', 80)`))).toEqual([
      'HostNotAllowedError',
      'NET_HOST_NOT_ALLOWED',
    ]);
    expect(await inGuest(source(`net.fetch(origin + '/hang', { timeout: 0.05 })`))).toEqual([
      'TimeoutError',
      'NET_TIMEOUT',
    ]);
    expect(await inGuest(source(`net.tcp('127.0.0.1', 'x')`))).toEqual(['ArgumentError', 'ARGUMENT']);
  });

  it('narrows, and revokes what it narrowed', async () => {
    const got = await inGuest(`
      const small = net.narrow(['localhost']);
      const before = [net.allowed('127.0.0.1', 80), small.allowed('127.0.0.1', 80), small.allowed('localhost', 1)];
      net.revoke(small);
      let code; try { small.fetch('http://localhost/') } catch (e) { code = e.code }
      [before, code]`);
    expect(got).toEqual([[true, false, true], 'NET_REVOKED']);
  });

  it('does not count waiting as CPU time, and blocks nobody else', async () => {
    const guest = await sandbox.createIsolate({ net, cpuMs: 300 });
    const other = await sandbox.createIsolate();
    const waits = guest.evaluate(
      `let c; try { net.fetch('http://127.0.0.1:${server.port}/hang', { timeout: 0.8 }) } catch (e) { c = e.code } c`,
    );
    expect(await other.evaluate('1')).toBe(1);
    expect(await waits).toBe('NET_TIMEOUT');
    guest.destroy();
    other.destroy();
  });

  it('is null without net:', async () => {
    const guest = await sandbox.createIsolate();
    expect(await guest.evaluate(`[net, await fetch('http://127.0.0.1/').catch((e) => e.message)]`)).toEqual([
      null,
      'fetch failed: this isolate has no network',
    ]);
    guest.destroy();
  });
});

it('WebSocket speaks with a server', async () => {
  await using sockets = await startSockets(echo);
  const got = await inGuest(`
    const ws = new WebSocket('ws://127.0.0.1:${sockets.port}/');
    ws.binaryType = 'arraybuffer';
    const got = [ws.readyState];
    await new Promise((resolve) => {
      ws.onopen = () => { got.push('open', ws.readyState); ws.send('hé'); ws.send(new Uint8Array([1, 2])) };
      ws.onmessage = ({ data }) => {
        got.push(typeof data === 'string' ? data : [...new Uint8Array(data)]);
        if (typeof data !== 'string') ws.close(3001, 'enough');
      };
      ws.onclose = ({ code, reason, wasClean }) => { got.push([code, reason, wasClean]); resolve() };
    });
    got`);
  expect(got).toEqual([0, 'open', 1, 'hé', [1, 2], [3001, 'enough', true]]);
  expect(
    await inGuest(`await new Promise((r) => { new WebSocket('ws://example.com/').onerror = (e) => r(e.message) })`),
  ).toContain('no grant covers this host');
});

it('EventSource hears events', async () => {
  const got = await inGuest(`
    const source = new EventSource(origin + '/events');
    const got = [];
    await new Promise((resolve) => {
      source.onopen = () => got.push('open');
      source.onmessage = (e) => got.push([e.data, e.lastEventId]);
      source.addEventListener('two', (e) => { got.push(e.data); source.close(); resolve() });
    });
    got`);
  expect(got).toEqual(['open', ['one', '1'], 'a\nb']);
});
