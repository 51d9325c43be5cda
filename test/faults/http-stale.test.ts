/** Connections that the server closes while they wait: a request over one is not lost, and not made twice unasked. */
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type RawServer, startRaw } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Answers the first request of each connection; does `then` to the second. */
function startForgetful(then: (socket: Socket) => void): Promise<RawServer> {
  const asked = new WeakMap<Socket, number>();
  return startRaw((socket) => {
    const count = (asked.get(socket) ?? 0) + 1;
    asked.set(socket, count);
    if (count === 1) socket.write(OK);
    else then(socket);
  });
}

const ENDS: Readonly<Record<string, (socket: Socket) => void>> = {
  'a reset': (socket) => void socket.resetAndDestroy(),
  'an end': (socket) => void socket.end(),
};

describe.each(Object.entries(ENDS))('%s in place of the second response', (_what, end) => {
  it.each(['GET', 'HEAD', 'OPTIONS'])('%s is sent again over another connection', async (method) => {
    await using server = await startForgetful(end);
    await using net = testNet();
    await (await net.fetch(server.origin())).bytes();
    expect((await net.fetch(server.origin(), { method })).status).toBe(200);
    expect(server.connections.accepted).toBe(2);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s is not', async (method) => {
    await using server = await startForgetful(end);
    await using net = testNet();
    await (await net.fetch(server.origin())).bytes();
    const failure = await failureOf(net.fetch(server.origin(), { method, body: 'x' }));
    expect([failure.name, failure.retryable]).toEqual(['ConnectionResetError', true]);
    expect(server.connections.accepted).toBe(1);
  });

  it('a second try counts as a request', async () => {
    await using server = await startForgetful(end);
    await using net = testNet();
    const small = net.narrow(['*'], { maxRequests: 3 });
    await (await small.fetch(server.origin())).bytes();
    await (await small.fetch(server.origin())).bytes();
    expect((await failureOf(small.fetch(server.origin()))).name).toBe('BudgetExhaustedError');
  });

  it('a second try that there is no budget for is not made', async () => {
    await using server = await startForgetful(end);
    await using net = testNet();
    const two = net.narrow(['*'], { maxRequests: 2 });
    await (await two.fetch(server.origin())).bytes();
    expect((await failureOf(two.fetch(server.origin()))).name).toBe('ConnectionResetError');
  });
});

it('a fresh connection that is reset is not tried again', async () => {
  await using server = await startRaw((socket) => void socket.resetAndDestroy());
  await using net = testNet();
  expect((await failureOf(net.fetch(server.origin()))).name).toBe('ConnectionResetError');
  expect(server.connections.accepted).toBe(1);
});

it('a response that has begun is not asked for again', async () => {
  await using server = await startForgetful((socket) => void socket.end('HTTP/1.1 200'));
  await using net = testNet();
  await (await net.fetch(server.origin())).bytes();
  expect((await failureOf(net.fetch(server.origin()))).name).toBe('ConnectionResetError');
  expect(server.connections.accepted).toBe(1);
});

it('a connection that the server has closed is not used, whatever the method', async () => {
  const sockets: Socket[] = [];
  await using server = await startRaw((socket) => {
    sockets.push(socket);
    socket.write(OK);
  });
  await using net = testNet();
  await (await net.fetch(server.origin())).bytes();
  sockets[0]?.end();
  await until(() => server.connections.open === 0);
  expect((await net.fetch(server.origin(), { method: 'POST', body: 'x' })).status).toBe(200);
  expect(server.connections.accepted).toBe(2);
});

it('a connection is not kept that the server says it will close', async () => {
  await using server = await startRaw((socket) => {
    socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
  });
  await using net = testNet();
  for (let turn = 0; turn < 2; turn++) expect(await (await net.fetch(server.origin())).text()).toBe('ok');
  expect(server.connections.accepted).toBe(2);
});
