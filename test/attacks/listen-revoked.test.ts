/** Attack: go on serving after the capability was revoked, by the listener, by a peer in its queue, or by one taken. */
import { expect, it } from 'vitest';
import { call, listenNet } from '../helpers/listener.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';

it('ends the listener, those who wait, those in the queue and those accepted', async () => {
  await using net = listenNet();
  const small = net.narrow([], { listen: ['*'] });
  const below = small.narrow([], { listen: ['*'] });
  const listener = await below.tcpListen('127.0.0.1', 0);
  await using taken = await call(listener.localPort);
  const socket = await listener.accept();
  await using queued = await call(listener.localPort);
  queued.socket.write('x');
  const other = await below.tcpListen('127.0.0.1', 0);
  const waiting = failureOf(other.accept());
  const reading = failureOf(socket.recv());
  net.revoke(small);
  const failures = [await waiting, await reading, await failureOf(listener.accept())];
  failures.push(await failureOf(below.tcpListen('127.0.0.1', 0)));
  expect(failures.map(({ name }) => name)).toEqual(failures.map(() => 'RevokedError'));
  await until(() => taken.over !== null && queued.over !== null);
  for (const { localPort } of [listener, other]) expect((await call(localPort)).over).toBe('ECONNREFUSED');
});

it('hands out no peer that came in the moment of the revocation', async () => {
  await using net = listenNet();
  const small = net.narrow([], { listen: ['*'] });
  const listener = await small.tcpListen('127.0.0.1', 0);
  await using caller = await call(listener.localPort);
  caller.socket.write('x');
  const accepting = listener.accept();
  net.revoke(small);
  expect((await failureOf(accepting)).name).toBe('RevokedError');
  await until(() => caller.over !== null);
});
