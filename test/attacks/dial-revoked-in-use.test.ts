/** Attack: go on using a socket, or what has been read ahead into it, after the capability was revoked. */
import { expect, it } from 'vitest';
import { failureOf, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it('closes the socket at once; operations under way and later ones raise RevokedError', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const small = net.narrow(['api.test']);
  const below = small.narrow(['*']);
  const [socket, peer] = await Promise.all([below.tcp('api.test', server.port), server.accept()]);
  peer.write('secret');
  peer.pause();
  await until(() => socket.bytesReceived === 6);
  const reading = failureOf(socket.recvExact(100));
  const sending = failureOf(socket.sendAll(Buffer.alloc(32_000_000)));
  net.revoke(small);
  const later = [socket.recv(), socket.recv(0), socket.recvLine(), socket.send('x'), socket.starttls()];
  const failures = await Promise.all([reading, sending, ...later.map(failureOf)]);
  expect(failures.map(({ name }) => name)).toEqual(failures.map(() => 'RevokedError'));
  expect(socket.connected).toBe(false);
  await socket.close();
  peer.resume();
  await until(() => peer.destroyed || peer.readableEnded);
});

it('closes the socket when the net is closed', async () => {
  await using server = await startTcp();
  const net = testNet();
  const [socket] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
  await net.close();
  expect((await failureOf(socket.recv())).name).toBe('RevokedError');
  expect((await failureOf(net.tcp('api.test', server.port))).name).toBe('RevokedError');
});

it('leaves the sockets of others alone', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const [one, other] = [net.narrow(['*']), net.narrow(['*'])];
  const [socket] = await Promise.all([other.tcp('api.test', server.port), server.accept()]);
  net.revoke(one);
  expect(socket.connected).toBe(true);
  expect(() => one.revoke(other)).toThrow('narrowed from this one');
  expect(() => one.revoke(net)).toThrow('narrowed from this one');
});
