/** Attack: bytes put into the stream in the clear before STARTTLS, to be taken for the peer's after it (RFC 3207 section 6). */
import { expect, it } from 'vitest';
import { call, listenNet, SERVER_TLS } from '../helpers/listener.ts';
import { failureOf, tcpPair, until } from '../helpers/tcp-server.ts';
import { pemOf, serveTls } from '../helpers/tls-server.ts';

it('refuses the handshake while such bytes lie unread, and closes the connection', async () => {
  await using pair = await tcpPair({ net: { ca: pemOf('ca') } });
  const { socket, peer } = pair;
  await socket.sendAll('STARTTLS\r\n');
  peer.write('220 go ahead\r\n250 injected\r\n');
  await socket.recvLine();
  const failure = await failureOf(socket.starttls());
  expect(failure).toMatchObject({ name: 'TlsError', operation: 'starttls' });
  expect(failure.reason).toContain('in the clear');
  expect((await failureOf(socket.recvLine())).name).toBe('TlsError');
  await until(() => peer.resume().readableEnded || peer.destroyed);
});

it('fails the handshake where they arrive after it has begun', async () => {
  await using pair = await tcpPair({ net: { ca: pemOf('ca') } });
  const { socket, peer } = pair;
  const securing = failureOf(socket.starttls());
  peer.write('250 injected\r\n');
  expect((await securing).name).toBe('TlsError');
});

it('finds them where reading was paused', async () => {
  await using pair = await tcpPair({ net: { ca: pemOf('ca'), limits: { readAhead: 1 } } });
  const { socket, peer } = pair;
  peer.write('x');
  await until(() => socket.bytesReceived === 1);
  await new Promise((resolve) => peer.write('injected', resolve));
  await socket.recvExact(1);
  const securing = failureOf(socket.starttls());
  serveTls(peer);
  expect((await securing).name).toBe('TlsError');
});

it('refuses them as the server of the handshake too, whether they are commands or begin like a record', async () => {
  await using net = listenNet();
  await using listener = await net.tcpListen('127.0.0.1', 0);
  for (const injected of ['RCPT TO:<mallory>\r\n', '\x16\x03\x01RCPT TO:<mallory>\r\n']) {
    await using client = await call(listener.localPort);
    client.socket.write(`STARTTLS\r\n${injected}`);
    const socket = await listener.accept();
    await socket.recvLine();
    await until(() => socket.bytesReceived === 10 + injected.length);
    expect((await failureOf(socket.starttls(SERVER_TLS))).name).toBe('TlsError');
    expect((await failureOf(socket.recvLine())).name).toMatch(/^(Tls|Socket)Error$/);
    await until(() => client.over !== null);
    expect(client.heard).not.toContain('mallory');
  }
});
