/** Attack: a server that answers a TLS handshake in the clear, or with rubbish, or hangs up. */
import { expect, it } from 'vitest';
import { failureOf, openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it.each([
  ['HTTP/1.1 400 Bad Request\r\n\r\n', 'the peer does not speak TLS on this port'],
  ['220 mail.test ESMTP\r\n', 'the peer does not speak TLS on this port'],
  [Buffer.alloc(5000, 0), ''],
  [Buffer.from('1603030002', 'hex'), ''],
  ['', 'the peer ended the connection during the handshake'],
])('is a TlsError that says so: %j', async (answer, reason) => {
  await using server = await startTcp();
  await using net = testNet();
  const dialling = failureOf(net.tls('api.test', server.port));
  const peer = await server.accept();
  peer.end(answer);
  const failure = await dialling;
  expect(failure).toMatchObject({ name: 'TlsError', host: 'api.test', port: server.port, operation: 'connect' });
  expect(failure.reason).not.toBe('');
  expect(failure.reason).toContain(reason);
  peer.destroy();
  await until(() => openSockets() === 0);
});

it('is a TlsError where the peer resets', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const dialling = failureOf(net.tls('api.test', server.port));
  const peer = await server.accept();
  await new Promise((resolve) => peer.once('readable', resolve));
  peer.resetAndDestroy();
  expect((await dialling).reason).toBe('the peer ended the connection during the handshake');
});
