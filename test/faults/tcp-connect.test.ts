/** Connecting to what does not answer: closed ports, addresses that drop what is sent to them, and a living one among them. */
import { describe, expect, it } from 'vitest';
import { ATTEMPT_DELAY_MS } from '../../src/net/dial/connect.ts';
import { deadPort } from '../helpers/dead-port.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { asText, failureOf, openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

/** A port of 127.0.0.1 that nobody listens at. */
async function closedPort(): Promise<number> {
  await using server = await startTcp();
  return server.port;
}

describe('connecting', () => {
  it('to a closed port is a ConnectionRefusedError, for a name and for an address', async () => {
    const port = await closedPort();
    await using net = testNet();
    for (const host of ['api.test', '127.0.0.1']) {
      const about = { name: 'ConnectionRefusedError', host, port, operation: 'connect', retryable: true };
      expect(await failureOf(net.tcp(host, port))).toMatchObject(about);
      expect(await failureOf(net.tls(host, port))).toMatchObject(about);
    }
  });

  it('or listening where the system can not is a SocketError with its code', async () => {
    await using net = testNet({}, { allowNet: true, allowListen: true });
    // Neither leaves this machine: nobody connects to everybody, and no such address is ours.
    const connecting = await failureOf(net.tcp('255.255.255.255', 9));
    expect(connecting).toMatchObject({ name: 'SocketError', code: 'NET_SOCKET', retryable: false });
    expect(connecting.systemCode).toMatch(/^E[A-Z]+$/);
    const address = { name: 'SocketError', systemCode: 'EADDRNOTAVAIL', operation: 'listen' };
    expect(await failureOf(net.tcpListen('203.0.113.9', 0))).toMatchObject(address);
    expect(await failureOf(net.udpListen('203.0.113.9', 0))).toMatchObject(address);
  });

  it('goes on to the next address where one is refused', async () => {
    await using server = await startTcp('127.0.0.2');
    await using net = testNet({ resolve: () => ['127.0.0.3', '127.0.0.2'] });
    const [socket, peer] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
    expect(peer.localAddress).toBe('127.0.0.2');
    await socket.close();
  });
});

describe.runIf(process.platform === 'linux')('an address that drops everything', () => {
  it('does not keep a connect from the living one behind it', async () => {
    const clock = new ManualClock();
    await using server = await startTcp('127.0.0.2');
    await using dead = await deadPort('127.0.0.3', server.port);
    await using net = testNet({ clock, resolve: () => ['127.0.0.3', '127.0.0.2'] });
    const [dialling, accepting] = [net.tcp('api.test', dead.port), server.accept()];
    await until(() => clock.timers === 2);
    expect(server.accepted).toBe(0);
    clock.advance(ATTEMPT_DELAY_MS);
    const [socket, peer] = await Promise.all([dialling, accepting]);
    peer.end('alive');
    expect(asText(await socket.recvAll())).toBe('alive');
    await socket.close();
  });

  it('ends at the time-out, and leaves nothing open', async () => {
    const clock = new ManualClock();
    await using dead = await deadPort('127.0.0.3', 0);
    const before = openSockets();
    await using net = testNet({ clock });
    const dialling = failureOf(net.tcp('127.0.0.3', dead.port, { timeout: 3 }));
    await until(() => openSockets() > before);
    clock.advance(3000);
    expect(await dialling).toMatchObject({ name: 'TimeoutError', phase: 'connect', host: '127.0.0.3' });
    await until(() => openSockets() === before);
    expect(clock.timers).toBe(0);
  });
});
