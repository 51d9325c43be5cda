/** Attack: hold more than the kernel should keep for one script by accepting, listening and opening datagram sockets. */
import { expect, it } from 'vitest';
import { call, listenNet } from '../helpers/listener.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { until } from '../helpers/tcp-server.ts';

const REFUSED = { kind: 'error', name: 'LimitReachedError' };

it('accepts nobody that there is no room for, and loses nobody by it', async () => {
  await using net = listenNet();
  using link = new ServedLink(net, { maxHandles: 2 });
  const listener = await link.ask('net.tcpListen', 0, '127.0.0.1', 0, {}, USER);
  if (listener.kind !== 'value') expect.unreachable(JSON.stringify(listener));
  const { handle, localPort } = Object(listener.value);
  await using one = await call(localPort);
  await using two = await call(localPort);
  const first = await link.handle('listener.accept', handle, 5);
  expect(await link.ask('listener.accept', handle, 5)).toMatchObject(REFUSED);
  expect(await link.ask('net.tcpListen', 0, '127.0.0.1', 0, {}, USER)).toMatchObject(REFUSED);
  expect(await link.ask('net.udp', 0, null, null, {}, USER)).toMatchObject(REFUSED);
  expect(await link.ask('net.udpListen', 0, '127.0.0.1', 0, {}, USER)).toMatchObject(REFUSED);
  expect([one.over, two.over]).toEqual([null, null]);
  await link.ask('socket.close', first, null);
  const second = await link.handle('listener.accept', handle, 5);
  await link.ask('socket.sendAll', second, Buffer.from('welcome'), 5);
  await until(() => two.heard === 'welcome', 'the second is served');
});

it('closes the peer that comes to a script that has just ended', async () => {
  await using net = listenNet();
  for (let turn = 0; turn < 20; turn++) {
    const link = new ServedLink(net);
    const listener = await link.ask('net.tcpListen', 0, '127.0.0.1', 0, {}, USER);
    if (listener.kind !== 'value') expect.unreachable(JSON.stringify(listener));
    const { handle, localPort } = Object(listener.value);
    const accepting = link.ask('listener.accept', handle, null);
    const calling = call(localPort);
    // Sooner or later in the course of the call.
    for (let wait = 0; wait < turn; wait++) await new Promise((resolve) => setImmediate(resolve));
    link.link.close();
    await accepting;
    await using caller = await calling;
    await until(() => caller.over !== null, 'nobody holds it');
  }
});
