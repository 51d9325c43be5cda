/** Attack: peers that connect to a TLS listener and never shake hands fill its queue, so that nobody else gets in. */
import { expect, it } from 'vitest';
import { type Caller, call, callTls, listenNet, SERVER_TLS } from '../helpers/listener.ts';
import { until } from '../helpers/tcp-server.ts';

it('gives their places to those who come later, the oldest first', async () => {
  await using net = listenNet();
  await using listener = await net.tcpListen('127.0.0.1', 0, { tls: SERVER_TLS, backlog: 3, handshakeTimeout: null });
  const stalled: Caller[] = [];
  for (let count = 0; count < 3; count++) stalled.push(await call(listener.localPort));
  await using one = await callTls(listener.localPort);
  await using two = await callTls(listener.localPort);
  await until(() => stalled[0]?.over !== null && stalled[1]?.over !== null);
  expect(stalled[2]?.over).toBeNull();
  expect((await listener.accept()).port).toBe(one.socket.localPort);
  expect((await listener.accept()).port).toBe(two.socket.localPort);
  for (const { socket } of stalled) socket.destroy();
});

it('never takes the place of one that has shaken hands', async () => {
  await using net = listenNet();
  await using listener = await net.tcpListen('127.0.0.1', 0, { tls: SERVER_TLS, backlog: 1, handshakeTimeout: null });
  await using first = await callTls(listener.localPort);
  first.socket.write('x');
  await using late = await call(listener.localPort);
  late.socket.write('x');
  await until(() => late.over !== null);
  expect((await listener.accept()).port).toBe(first.socket.localPort);
});
