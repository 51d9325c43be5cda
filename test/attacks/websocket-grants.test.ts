/** Attack: use a WebSocket to reach, carry or keep what a capability does not give. */
import { expect, it } from 'vitest';
import type { NarrowOptions } from '../../src/net/grants/grants.ts';
import { failureOf, startTcp, testNet, until } from '../helpers/tcp-server.ts';
import { echo, startSockets } from '../helpers/web-socket-server.ts';

it('is refused before a packet: by host, port, deny rule, address, scheme and method', async () => {
  await using server = await startTcp();
  const url = (host = 'api.test', scheme = 'ws'): string => `${scheme}://${host}:${server.port}/`;
  const open = testNet();
  const narrow = (rules: string[], options?: NarrowOptions) => open.narrow(rules, options).webSocket(url());
  const refused: readonly (readonly [string, Promise<unknown>])[] = [
    ['HostNotAllowedError', testNet({}, { allowNet: ['b.test'] }).webSocket(url())],
    ['PortNotAllowedError', testNet({}, { allowNet: ['api.test:1'] }).webSocket(url())],
    ['HostNotAllowedError', testNet({}, { allowNet: true, denyNet: ['api.test'] }).webSocket(url())],
    ['HostNotAllowedError', testNet({}, { allowNet: true, denyNet: ['loopback'] }).webSocket(url('127.0.0.1'))],
    ['HostNotAllowedError', testNet({}, { allowNet: true, denyNet: ['loopback'] }).webSocket(url('[::ffff:7f00:1]'))],
    ['AddressNotAllowedError', testNet({}, { allowNet: true, denyNet: ['loopback'] }).webSocket(url())],
    ['HostNotAllowedError', narrow(['*'], { httpsOnly: true })],
    ['HostNotAllowedError', narrow(['*'], { methods: ['GET'] })],
    ['HostNotAllowedError', narrow(['*'], { paths: ['/chat/*'] })],
    ['HostNotAllowedError', narrow(['b.test'])],
    ['BudgetExhaustedError', narrow(['*'], { maxRequests: 0 })],
    ['RevokedError', narrow(['*'], { expires: 0 })],
  ];
  for (const [name, asked] of refused) expect((await failureOf(asked)).name).toBe(name);
  expect(server.accepted).toBe(0);
  await open.close();
});

it('counts as a request, and for the rate', async () => {
  await using server = await startSockets(echo);
  await using net = testNet();
  const two = net.narrow(['*'], { maxRequests: 2 });
  for (let turn = 0; turn < 2; turn++) await (await two.webSocket(server.url())).close();
  expect((await failureOf(two.webSocket(server.url()))).name).toBe('BudgetExhaustedError');
  const slow = net.narrow(['*'], { rate: '1/h' });
  await (await slow.webSocket(server.url())).close();
  expect(await failureOf(slow.webSocket(server.url()))).toMatchObject({ name: 'RateLimitedError' });
});

it('is listed as WEBSOCKET, and reported', async () => {
  await using server = await startSockets(echo);
  await using net = testNet();
  const told: unknown[] = [];
  const small = net.narrow(['api.test'], { methods: ['WEBSOCKET'] });
  small.on('decision', (decision) => told.push(decision));
  await (await small.webSocket(server.url())).close();
  expect(told).toEqual([expect.objectContaining({ operation: 'web_socket', method: 'WEBSOCKET', verdict: 'allowed' })]);
});

it('sends no byte over its budget, and takes none', async () => {
  let got = 0;
  await using server = await startSockets((socket) => {
    socket.on('message', (data: Buffer) => {
      got += data.length;
    });
  });
  await using net = testNet();
  const small = net.narrow(['*'], { maxBytes: 50_000 });
  const socket = await small.webSocket(server.url(), { compression: false });
  expect((await failureOf(socket.send(new Uint8Array(4_000_000)))).name).toBe('BudgetExhaustedError');
  expect((await failureOf(socket.recv())).name).toBe('BudgetExhaustedError');
  expect((await failureOf(small.webSocket(server.url()))).name).toBe('BudgetExhaustedError');
  await until(() => server.open === 0);
  expect(got).toBe(0);

  await using talker = await startSockets((peer) => {
    for (let turn = 0; turn < 100; turn++) peer.send(Buffer.alloc(10_000));
  });
  const reader = await net.narrow(['*'], { maxBytes: 200_000 }).webSocket(talker.url(), { compression: false });
  let read = 0;
  const reading = async () => {
    for await (const message of reader) read += message.length;
  };
  expect((await failureOf(reading())).name).toBe('BudgetExhaustedError');
  expect(read).toBeLessThanOrEqual(200_000);
  await until(() => talker.open === 0);
});

it('a message in pieces is one message to the peer', async () => {
  await using server = await startSockets(echo);
  await using net = testNet();
  const metered = net.narrow(['*'], { maxBytes: 10_000_000 });
  await using socket = await metered.webSocket(server.url());
  for (const text of ['', 'ü', 'ü'.repeat(100_000)]) {
    await socket.send(text);
    expect(await socket.recv()).toBe(text);
  }
});

it('ends with its capability, at once, wherever it is', async () => {
  await using server = await startSockets((socket) => {
    socket.send('unread');
  });
  await using net = testNet();
  const small = net.narrow(['*']);
  const deeper = small.narrow(['*']);
  const sockets = await Promise.all([small, deeper, deeper].map((one) => one.webSocket(server.url())));
  const waiting = sockets.map(async (socket) => {
    await socket.recv();
    return await failureOf(socket.recv({ timeout: null }));
  });
  const other = await net.webSocket(server.url());
  await until(() => server.open === 4);
  net.revoke(small);
  for (const failure of await Promise.all(waiting)) expect(failure.name).toBe('RevokedError');
  for (const socket of sockets) {
    expect((await failureOf(socket.recv())).name).toBe('RevokedError');
    expect((await failureOf(socket.send('x'))).name).toBe('RevokedError');
  }
  await until(() => server.open === 1);
  expect(await other.recv()).toBe('unread');
});

it('takes no connection from the pool and gives none back', async () => {
  await using server = await startSockets(echo);
  await using net = testNet();
  await (await net.webSocket(server.url())).close();
  await (await net.webSocket(server.url())).close();
  expect(new Set(server.asked.map(({ socket }) => socket)).size).toBe(2);
});

it('carries what a redirect would have taken elsewhere nowhere', async () => {
  await using elsewhere = await startTcp();
  const location = `http://other.test:${elsewhere.port}/`;
  await using server = await startSockets(echo, {
    verifyClient: (_info, answer) => answer(false, 307, '', { location }),
  });
  await using net = testNet();
  const failure = await failureOf(net.webSocket(server.url(), { auth: { bearer: 't' } }));
  expect(failure).toMatchObject({ name: 'HttpStatusError', status: 307, hint: expect.stringContaining('no redirect') });
  expect(elsewhere.accepted).toBe(0);
});
