/** Attack: someone who was never sent to slips datagrams into a socket, before the true answer comes. */
import { expect, it } from 'vitest';
import { asText, testNet, until } from '../helpers/tcp-server.ts';
import { udpPeer } from '../helpers/udp.ts';

it('is not heard, nor from another port of the same address', async () => {
  await using peer = await udpPeer();
  await using stranger = await udpPeer();
  await using net = testNet();
  await using socket = await net.udp();
  await stranger.send('early', socket.localPort);
  await socket.sendTo('question', 'api.test', peer.port);
  await stranger.send('forged', socket.localPort);
  await peer.firstSender();
  await peer.send('true', socket.localPort);
  expect(asText(await socket.recv())).toBe('true');
});

it('is not heard by a socket with a peer', async () => {
  await using peer = await udpPeer();
  await using stranger = await udpPeer();
  await using net = testNet();
  await using socket = await net.udp('api.test', peer.port);
  await stranger.send('forged', socket.localPort).catch(() => {});
  await peer.send('true', socket.localPort);
  expect(asText(await socket.recv())).toBe('true');
  let turns = 0;
  await until(() => ++turns > 20);
});
