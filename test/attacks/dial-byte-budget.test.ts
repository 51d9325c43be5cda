/** Attack: move more bytes than a capability has left, in one go, by many sockets, or hidden under TLS. */
import { expect, it } from 'vitest';
import { failureOf, startTcp, testNet, until } from '../helpers/tcp-server.ts';
import { acceptTls, pemOf } from '../helpers/tls-server.ts';

it('ends a socket whose peer sends more than is left', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const small = net.narrow(['*'], { maxBytes: 10_000 });
  const [socket, peer] = await Promise.all([small.tcp('api.test', server.port), server.accept()]);
  peer.write(Buffer.alloc(20_000));
  const failure = await failureOf(socket.recvExact(20_000));
  expect(failure.name).toBe('BudgetExhaustedError');
  expect((await failureOf(socket.recv())).name).toBe('BudgetExhaustedError');
  await until(() => peer.resume().destroyed || peer.readableEnded);
});

it('ends a socket that sends more than is left', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const small = net.narrow(['*'], { maxBytes: 10_000 });
  const [socket] = await Promise.all([small.tcp('api.test', server.port), server.accept()]);
  await socket.sendAll(Buffer.alloc(9000));
  expect((await failureOf(socket.sendAll(Buffer.alloc(2000)))).name).toBe('BudgetExhaustedError');
  expect((await failureOf(socket.sendAll('x'))).name).toBe('BudgetExhaustedError');
});

it('counts all sockets together, of all capabilities below', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const small = net.narrow(['*'], { maxBytes: 10_000 });
  const below = [small, small.narrow(['*']), small.narrow(['*'])];
  const sockets = await Promise.all(below.map((one) => one.tcp('api.test', server.port)));
  const sent = await Promise.allSettled(sockets.map((socket) => socket.sendAll(Buffer.alloc(4000))));
  expect(sent.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
});

it('counts what TLS itself puts on the wire', async () => {
  await using server = await startTcp();
  await using net = testNet({ ca: pemOf('ca') });
  // A handshake is some 1,500 bytes here.
  const tiny = net.narrow(['*'], { maxBytes: 500 });
  const [failure] = await Promise.all([failureOf(tiny.tls('api.test', server.port)), acceptTls(server)]);
  expect(failure.name).toBe('BudgetExhaustedError');
});
