/** Attack: forged senders make of a listening script a way to flood a third party, who never asked for anything. */
import { expect, it } from 'vitest';
import { listenNet } from '../helpers/listener.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, until } from '../helpers/tcp-server.ts';
import { udpPeer } from '../helpers/udp.ts';

it('answers with three times what came at most, for 30 s', async () => {
  const clock = new ManualClock();
  await using victim = await udpPeer();
  await using net = listenNet({ clock }, { allowListen: ['127.0.0.1:0'] });
  await using socket = await net.udpListen('127.0.0.1', 0);
  const answer = (bytes: number) => socket.sendTo(Buffer.alloc(bytes), '127.0.0.1', victim.port);
  await victim.send('0123456789', socket.localPort);
  await socket.recv();
  const together = await Promise.allSettled([answer(20), answer(10), answer(1)]);
  expect(together.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect((await failureOf(answer(0))).name).toBe('HostNotAllowedError');
  await victim.send('0123456789', socket.localPort);
  await socket.recv();
  clock.advance(30_001);
  expect((await failureOf(answer(1))).name).toBe('HostNotAllowedError');
  await victim.send('', socket.localPort);
  await socket.recv();
  expect((await failureOf(answer(0))).name).toBe('HostNotAllowedError');
  await until(() => victim.heard.length === 2);
});

it('is bound by no such measure where the address is granted', async () => {
  await using peer = await udpPeer();
  await using net = listenNet({}, { allowNet: [`127.0.0.1:${peer.port}`], allowListen: true });
  await using socket = await net.udpListen('127.0.0.1', 0);
  await socket.sendTo(Buffer.alloc(5000), '127.0.0.1', peer.port);
  await peer.firstSender();
});

it('never answers where a deny rule forbids it', async () => {
  await using peer = await udpPeer();
  for (const denyNet of [['loopback'], [`127.0.0.1:${peer.port}`], true] as const) {
    await using net = listenNet({}, { allowNet: true, allowListen: true });
    const small = net.narrow(['other.test'], { listen: ['*'], deny: denyNet === true ? ['private'] : [...denyNet] });
    await using socket = await small.udpListen('127.0.0.1', 0);
    await peer.send('question', socket.localPort);
    await socket.recv();
    const failure = await failureOf(socket.sendTo('answer', '127.0.0.1', peer.port));
    expect(['HostNotAllowedError', 'PortNotAllowedError']).toContain(failure.name);
  }
  expect(peer.heard).toEqual([]);
});
