/** Attack: take up a TLS session that somebody else began, or that was begun under weaker checks, to spare the verification. */
import { afterEach, expect, it, vi } from 'vitest';
import type { Net } from '../../src/net/net.ts';
import type { TlsSocketOptions } from '../../src/net/socket/options.ts';
import { listenNet, SERVER_TLS } from '../helpers/listener.ts';
import { asText, failureOf } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

afterEach(() => vi.useRealTimers());

/** Connects through `net`, talks so that a session can come, and says whether an earlier one was taken up. */
async function visit(net: Net, port: number, options: TlsSocketOptions = {}, host = 'api.test'): Promise<boolean> {
  const socket = await net.tls(host, port, options);
  expect(asText(await socket.recvAll())).toBe('hello');
  await socket.close();
  return socket.sessionReused;
}

/** A server that greets whoever comes, until the net is closed. */
async function greet(net: Net, protocols: readonly ('TLSv1.2' | 'TLSv1.3')[]) {
  const listener = await net.tcpListen('127.0.0.1', 0, { tls: { ...SERVER_TLS, protocols }, timeout: null });
  const serve = async (): Promise<void> => {
    for (;;) {
      const socket = await listener.accept();
      await socket.sendAll('hello');
      await socket.close();
    }
  };
  serve().catch(() => {});
  return listener.localPort;
}

it.each(['TLSv1.2', 'TLSv1.3'] as const)(
  'has the same verification behind it or is not taken up, over %s',
  async (version) => {
    await using net = listenNet({ ca: pemOf('ca') });
    const port = await greet(net, [version]);
    const other = await greet(net, [version]);
    const small = net.narrow(['*']);
    expect(await visit(net, port, { verify: false })).toBe(false);
    expect(await visit(net, port)).toBe(false);
    expect(await visit(net, port)).toBe(true);
    expect(await visit(net, port)).toBe(true);
    const client = pemOf('client');
    const differently: [Net, number, TlsSocketOptions?, string?][] = [
      [small, port],
      [net.narrow(['*']), port],
      [net, other],
      [net, port, {}, 'localhost'],
      [net, port, { sni: 'localhost' }],
      [net, port, { caPem: `${pemOf('ca')}${pemOf('other-ca')}` }],
      [net, port, { clientCertPem: client, clientKeyPem: client }],
      [net, port, { alpn: [], protocols: [version] }],
    ];
    for (const [by, at, options, host] of differently) expect(await visit(by, at, options, host)).toBe(false);
    expect(await visit(small, port)).toBe(true);
    expect((await failureOf(net.tls('api.test', port, { caPem: pemOf('other-ca') }))).name).toBe('TlsError');
  },
);

it('is worth nothing once the certificate has expired', async () => {
  await using net = listenNet({ ca: pemOf('ca') });
  const port = await greet(net, ['TLSv1.3']);
  await visit(net, port);
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2121-01-01') });
  expect((await failureOf(net.tls('api.test', port))).reason).toBe('the certificate has expired');
});
