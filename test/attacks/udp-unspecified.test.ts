/** Attack: send to 0.0.0.0 or ::, which the system delivers to loopback, where a deny rule names loopback alone. */
import { expect, it } from 'vitest';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { udpPeer } from '../helpers/udp.ts';

it('vets loopback in their place', async () => {
  await using peer = await udpPeer();
  await using net = testNet({ resolve: () => ['0.0.0.0'] }, { allowNet: true, denyNet: ['127.0.0.1', '::1'] });
  await using socket = await net.udp();
  for (const host of ['0.0.0.0', '::', 'api.test']) {
    expect((await failureOf(socket.sendTo('x', host, peer.port))).name).toBe('AddressNotAllowedError');
    expect((await failureOf(net.udp(host, peer.port))).name).toBe('AddressNotAllowedError');
  }
  expect(peer.heard).toEqual([]);
});

it('sends there where nothing denies it', async () => {
  await using peer = await udpPeer();
  await using net = testNet();
  await using socket = await net.udp('0.0.0.0', peer.port);
  await socket.send('here');
  await until(() => peer.heard.length === 1);
});
