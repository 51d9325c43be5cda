/** Attack: come to a TLS listener that asks for certificates with none, or with one of somebody else's authority, time or purpose. */
import { afterEach, expect, it, vi } from 'vitest';
import { callTls, listenNet, SERVER_TLS } from '../helpers/listener.ts';
import { until } from '../helpers/tcp-server.ts';
import { type CertificateName, pemOf } from '../helpers/tls-server.ts';

afterEach(() => vi.useRealTimers());

const REFUSED: readonly CertificateName[] = ['client-elsewhere', 'client-expired', 'good', 'self-signed'];

it.each(['TLSv1.2', 'TLSv1.3'] as const)('never shows such a peer, over %s', async (version) => {
  await using net = listenNet();
  const tls = { ...SERVER_TLS, caPem: pemOf('ca'), protocols: [version] };
  await using listener = await net.tcpListen('127.0.0.1', 0, { tls });
  const waiting = listener.accept();
  for (const certificate of [undefined, ...REFUSED]) {
    await using stranger = await callTls(listener.localPort, { certificate });
    stranger.socket.on('error', () => {}).resume();
    await until(() => stranger.over !== null, `${certificate} is turned away`);
  }
  await using friend = await callTls(listener.localPort, { certificate: 'client' });
  const socket = await waiting;
  expect(socket.port).toBe(friend.socket.localPort);
  expect(socket.peerCert?.subject).toBe('CN=Client');
});

it('lets those without one in where it only asks, and none of the others', async () => {
  await using net = listenNet();
  const tls = { ...SERVER_TLS, caPem: pemOf('ca'), verifyClient: 'request' } as const;
  await using listener = await net.tcpListen('127.0.0.1', 0, { tls });
  await using stranger = await callTls(listener.localPort, { certificate: 'client-elsewhere' });
  await until(() => stranger.over !== null);
  await using unknown = await callTls(listener.localPort);
  const socket = await listener.accept();
  expect([socket.port, socket.peerCert]).toEqual([unknown.socket.localPort, null]);
  await using friend = await callTls(listener.localPort, { certificate: 'client' });
  const known = await listener.accept();
  expect([known.port, known.peerCert?.subject]).toEqual([friend.socket.localPort, 'CN=Client']);
});

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'believes a session no longer than its certificate, over %s',
  async (version) => {
    await using net = listenNet();
    const tls = { ...SERVER_TLS, caPem: pemOf('ca'), protocols: [version] };
    await using listener = await net.tcpListen('127.0.0.1', 0, { tls });
    await using first = await callTls(listener.localPort, { certificate: 'client' });
    await (await listener.accept()).sendAll('hello');
    await until(() => first.session !== null && first.heard === 'hello');
    const session = first.session ?? undefined;
    await using again = await callTls(listener.localPort, { certificate: 'client', session });
    const known = await listener.accept();
    expect([known.port, known.sessionReused]).toEqual([again.socket.localPort, true]);
    expect(known.peerCert?.subject).toBe('CN=Client');
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2121-01-01') });
    await using late = await callTls(listener.localPort, { certificate: 'client', session });
    await until(() => late.over !== null);
    vi.useRealTimers();
    await using fresh = await callTls(listener.localPort, { certificate: 'client' });
    expect((await listener.accept()).port).toBe(fresh.socket.localPort);
  },
);
