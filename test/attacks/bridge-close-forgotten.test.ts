/** Attack: make the kernel give up the handle of a socket that it does not close, so that no table holds it any more. */
import { expect, it } from 'vitest';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it('does not forget a socket over a time-out that can not be used', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net, { maxHandles: 1 });
  const socket = await link.handle('net.tcp', 0, 'a.test', server.port, {}, USER);
  for (const timeout of [0, 1e12]) {
    expect(await link.ask('socket.close', socket, timeout)).toMatchObject({ kind: 'error', name: 'ArgumentError' });
    expect(await link.ask('net.tcp', 0, 'a.test', server.port, {}, USER)).toMatchObject({ name: 'LimitReachedError' });
  }
  expect((await link.ask('socket.state', socket)).kind).toBe('value');
});

it('does not wait for a peer that takes nothing once the script is gone', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const link = new ServedLink(net);
  const before = openSockets();
  const socket = await link.handle('net.tcp', 0, 'a.test', server.port, { timeout: null }, USER);
  const peer = (await server.accept()).pause();
  const sent = await link.ask('socket.sendAll', socket, new Uint8Array(16_000_000), 0.2);
  expect(sent).toMatchObject({ kind: 'error', name: 'TimeoutError' });
  const closing = link.ask('socket.close', socket, null);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  link.link.close();
  expect(await closing).toEqual({ kind: 'ended' });
  let reset = false;
  peer
    .on('error', () => {})
    .on('close', () => {
      reset = true;
    });
  peer.resume();
  await until(() => reset && openSockets() <= before, 'the connection is gone');
});
