/** Attack: a name answers with a harmless address for the first datagram and with a denied one for the next. */
import { expect, it } from 'vitest';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { udpPeer } from '../helpers/udp.ts';

it('vets what each datagram is sent to', async () => {
  await using peer = await udpPeer();
  let turn = 0;
  const resolve = () => [turn++ === 0 ? '127.0.0.1' : '127.0.0.2'];
  await using net = testNet({ resolve }, { allowNet: ['api.test'], denyNet: ['127.0.0.2'] });
  await using socket = await net.udp();
  await socket.sendTo('first', 'api.test', peer.port);
  expect((await failureOf(socket.sendTo('second', 'api.test', peer.port))).name).toBe('AddressNotAllowedError');
  expect((await failureOf(socket.sendTo('third', '127.0.0.2', peer.port))).name).toBe('HostNotAllowedError');
  await until(() => peer.heard.length === 1);
  expect(turn).toBe(2);
});
