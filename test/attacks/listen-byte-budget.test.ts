/** Attack: take in by a listener the bytes that a capability may no longer send or receive. */
import { expect, it } from 'vitest';
import { call, listenNet } from '../helpers/listener.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

it('counts the bytes of accepted peers, over all of them', async () => {
  await using net = listenNet();
  const small = net.narrow([], { listen: ['*'], maxBytes: 1000 });
  await using listener = await small.tcpListen('127.0.0.1', 0);
  await using one = await call(listener.localPort);
  one.socket.write(Buffer.alloc(600));
  const first = await listener.accept();
  await first.recvExact(600);
  await using two = await call(listener.localPort);
  two.socket.write(Buffer.alloc(600));
  const second = await listener.accept();
  expect((await failureOf(second.recvExact(600))).name).toBe('BudgetExhaustedError');
  await until(() => two.over !== null);
  expect((await failureOf(first.sendAll('x'))).name).toBe('BudgetExhaustedError');
});
