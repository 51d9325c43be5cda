/** WebSockets and event streams under an egress: they count as http(s), and a policy holds for them as for any call. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Egress, EgressNetOptions } from '../../src/egress/egress.ts';
import { allowServer, testEgress } from '../helpers/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';
import { startSockets } from '../helpers/web-socket-server.ts';

test('a WebSocket goes where the policy lets it, with a secret, and has a row', async () => {
  await using server = await startSockets((socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await using made = await testEgress();
  const { egress, lookUps } = made;
  const net = egress.net({ app: 'a' });
  const url = `ws://api.test:${server.port}/chat`;
  expect(await failureOf(net.webSocket(url))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
  await allowServer(egress, server, { httpsOnly: true });
  expect(await failureOf(net.webSocket(url))).toMatchObject({
    code: 'NET_HOST_NOT_ALLOWED',
    message: expect.stringContaining('https'),
  });
  expect(lookUps).toEqual([]);
  await allowServer(egress, server);
  expect(await failureOf(net.webSocket(url, { auth: 'KEY' }))).toMatchObject({ code: 'NET_AUTH' });
  await egress.secrets.set('KEY', 'sk_live_1', { hosts: [`api.test:${server.port}`] });
  const socket = await net.webSocket(url, { auth: 'KEY' });
  await socket.send('hello');
  expect(await socket.recv()).toBe('hello');
  await socket.close();
  expect(server.asked.at(-1)?.headers['authorization']).toBe('Bearer sk_live_1');
  expect(socket.url).toBe(url);
  const rows = await egress.journal({ limit: 9 });
  expect(rows.at(-1)).toMatchObject({
    method: 'WEBSOCKET',
    path: '/chat',
    status: 101,
    verdict: 'ok',
    address: '127.0.0.1',
  });
  expect(rows.filter(({ verdict }) => verdict === 'denied')).toHaveLength(3);
});

test('an address that is not public is not dialled for a WebSocket either', async () => {
  await using server = await startSockets((socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await using made = await testEgress();
  await made.egress.allow(`api.test:${server.port}`, { httpsOnly: false });
  expect(await failureOf(made.egress.net({ app: 'a' }).webSocket(`ws://api.test:${server.port}/`))).toMatchObject({
    code: 'NET_ADDRESS_NOT_ALLOWED',
  });
});

test('a WebSocket holds a slot while it is open, and ends with its run', async () => {
  await using server = await startSockets((socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server);
  await egress.set('app_concurrency', 1);
  await egress.set('queue_wait', '10ms');
  const url = `ws://api.test:${server.port}/`;
  const first = await egress.net({ app: 'a' }).webSocket(url);
  expect(await failureOf(egress.net({ app: 'a' }).webSocket(url))).toMatchObject({ code: 'NET_LIMIT' });
  await first.close();
  const second = await egress.net({ app: 'a', deadline: 0.2 }).webSocket(url);
  expect(await failureOf(second.recv())).toMatchObject({ code: 'NET_BUDGET' });
});

test('what refuses a WebSocket calls it one', async () => {
  await using made = await testEgress();
  const { egress } = made;
  await egress.allow('api.test', { httpsOnly: false });
  await egress.secrets.set('ELSEWHERE', 'value', { hosts: ['other.test'] });
  const url = 'wss://api.test/';
  const refused = (options: EgressNetOptions, ask = {}) => failureOf(egress.net(options).webSocket(url, ask));
  expect(await refused({ app: 'secrets' }, { auth: 'ELSEWHERE' })).toMatchObject({
    code: 'NET_AUTH',
    operation: 'web_socket',
  });
  expect(await refused({ app: 'late', deadline: 0.01 })).toMatchObject({ code: 'NET_BUDGET', operation: 'web_socket' });
  await egress.set('calls_per_run', 1, { app: 'calls' });
  const calling = egress.net({ app: 'calls' });
  await failureOf(calling.webSocket(url));
  expect(await failureOf(calling.webSocket(url))).toMatchObject({ code: 'NET_LIMIT', operation: 'web_socket' });
  await egress.set('app_rate', '1/h', { app: 'rates' });
  await refused({ app: 'rates' });
  expect(await refused({ app: 'rates' })).toMatchObject({ code: 'NET_RATE', operation: 'web_socket' });
});

test('the row of a call that is denied names the entry that denies it', async () => {
  await using made = await testEgress();
  const { egress } = made;
  await egress.allow('api.test');
  await egress.deny('api.test');
  const net = egress.net({ app: 'a' });
  await failureOf(net.webSocket('wss://api.test/'));
  await failureOf(net.fetch('https://api.test/'));
  const row = { verdict: 'denied', rule: 'deny api.test' };
  expect(await egress.journal({ limit: 9 })).toMatchObject([row, row]);
});

describe('an open WebSocket, when the policy changes', () => {
  async function opened({ egress, port }: { readonly egress: Egress; readonly port: number }) {
    await allowServer(egress, { port });
    return egress.net({ app: 'a' }).webSocket(`ws://api.test:${port}/`);
  }

  test('ends where its host is denied, and has a row that says so', async () => {
    await using server = await startSockets(() => {});
    await using made = await testEgress();
    const { egress } = made;
    await egress.set('app_concurrency', 1);
    const socket = await opened({ egress, port: server.port });
    const received = failureOf(socket.recv());
    await egress.deny('api.test');
    expect(await received).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    expect(await failureOf(socket.send('more'))).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    await egress.remove('deny', 'api.test');
    const next = await egress.net({ app: 'a' }).webSocket(`ws://api.test:${server.port}/`);
    // Its slot came back with its row.
    expect(await egress.journal({ limit: 9 })).toMatchObject([
      { status: 101, verdict: 'denied', error: 'NET_HOST_NOT_ALLOWED', rule: 'deny api.test' },
    ]);
    await next.close();
  });

  test('ends where its address is not let any more', async () => {
    await using server = await startSockets(() => {});
    await using made = await testEgress();
    const socket = await opened({ egress: made.egress, port: server.port });
    await made.egress.allow(`api.test:${server.port}`, { httpsOnly: false });
    expect(await failureOf(socket.recv())).toMatchObject({ code: 'NET_ADDRESS_NOT_ALLOWED' });
  });

  test('goes on where the change is not for it', async () => {
    await using server = await startSockets((peer) => peer.on('message', (data) => peer.send(data, { binary: true })));
    await using made = await testEgress();
    const socket = await opened({ egress: made.egress, port: server.port });
    await made.egress.deny('api.test', { app: 'b' });
    await made.egress.remove('allow', 'other.test');
    await socket.send('still');
    expect(await socket.recv()).toEqual(new TextEncoder().encode('still'));
    await socket.close();
  });

  test('ends within a second where another process has changed it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'egress-sockets-'));
    const state = `sqlite:${join(folder, 'egress.db')}`;
    const clock = new ManualClock();
    await using server = await startSockets(() => {});
    {
      await using made = await testEgress({ state, clock });
      await using other = await testEgress({ state });
      const socket = await opened({ egress: made.egress, port: server.port });
      const received = failureOf(socket.recv());
      await other.egress.remove('allow', `api.test:${server.port}`);
      clock.advance(1_000);
      expect(await received).toMatchObject({ code: 'NET_HOST_NOT_ALLOWED' });
    }
    rmSync(folder, { recursive: true });
  });
});

test('each connection of an event stream is a call', async () => {
  let connections = 0;
  await using server = await startHttp((response) => {
    connections += 1;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`retry: 100\nid: ${connections}\ndata: event ${connections}\n\n`);
  });
  await using made = await testEgress();
  const { egress } = made;
  await allowServer(egress, server, { rate: '2/d' });
  const stream = await egress.net({ app: 'a' }).eventSource(`${server.origin()}/events`);
  expect(await stream.next()).toMatchObject({ data: 'event 1' });
  expect(await stream.next()).toMatchObject({ data: 'event 2' });
  expect(await failureOf(stream.next())).toMatchObject({ code: 'NET_RATE' });
  await until(() => connections === 2);
  expect(await egress.journal({ limit: 9 })).toMatchObject([
    { status: 200 },
    { status: 200 },
    { verdict: 'denied', error: 'NET_RATE' },
  ]);
});

test('streams that their owner ends, or that end with it, have rows of calls that went well', async () => {
  await using server = await startHttp((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
  });
  await using sockets = await startSockets(() => {});
  const folder = mkdtempSync(join(tmpdir(), 'egress-ends-'));
  const state = `sqlite:${join(folder, 'egress.db')}`;
  const { egress } = await testEgress({ state });
  // An endless response is not waited for, to be kept.
  await allowServer(egress, server, { cacheTtl: '1h' });
  await allowServer(egress, sockets);
  const net = egress.net({ app: 'a' });
  const closed = await net.eventSource(server.origin());
  expect(await closed.next()).toMatchObject({ data: '1' });
  await closed.close();
  const session = new AbortController();
  const ended = await net.eventSource(server.origin(), undefined, { signal: session.signal });
  expect(await ended.next()).toMatchObject({ data: '1' });
  const next = ended.next().catch((error: unknown) => error);
  session.abort(new Error('the script has ended'));
  expect(await next).toEqual(new Error('the script has ended'));
  const socket = await net.webSocket(`ws://api.test:${sockets.port}/`);
  const goodbye = socket.close();
  await egress.close();
  await goodbye;
  await using again = await testEgress({ state });
  const rows = await again.egress.journal({ limit: 9 });
  expect(rows.map(({ method, verdict, error }) => [method, verdict, error])).toEqual([
    ['GET', 'ok', null],
    ['GET', 'ok', null],
    ['WEBSOCKET', 'ok', null],
  ]);
  rmSync(folder, { recursive: true });
});
