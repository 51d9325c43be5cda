/** TcpListener against peers that the test plays by hand. */
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { call, callTls, listenNet, SERVER_TLS } from '../../../test/helpers/listener.ts';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { asText, failureOf, openSockets, until } from '../../../test/helpers/tcp-server.ts';
import { pemOf } from '../../../test/helpers/tls-server.ts';
import { TcpSocket } from './tcp-socket.ts';
import { TlsSocket } from './tls-socket.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe('tcpListen', () => {
  it('gives the sockets of its peers, in the order in which they came', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0);
    expect(listener.localHost).toBe('127.0.0.1');
    expect(listener.localPort).toBeGreaterThan(0);
    await using one = await call(listener.localPort);
    await using two = await call(listener.localPort);
    one.socket.write('first\n');
    two.socket.write('second\n');
    const sockets = [await listener.accept(), await listener.accept()];
    const lines = await Promise.all(sockets.map((socket) => socket.recvLine({ chomp: true })));
    expect(lines.map(asText)).toEqual(['first', 'second']);
    expect(sockets[0]).toBeInstanceOf(TcpSocket);
    expect(sockets[0]).toMatchObject({ host: '127.0.0.1', port: one.socket.localPort, localPort: listener.localPort });
    await sockets[1]?.sendAll('answer');
    await until(() => two.heard === 'answer');
    one.socket.end();
    expect(await sockets[0]?.recv()).toBeNull();
  });

  it('reads nothing of a peer before it is accepted, and everything afterwards', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('localhost', 0);
    await using caller = await call(listener.localPort);
    caller.socket.end('said before');
    const socket = await listener.accept();
    expect(asText(await socket.recvAll())).toBe('said before');
    expect(socket.bytesReceived).toBe(11);
  });

  it('serves those who wait in turn', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0);
    const waiting = [listener.accept(), listener.accept()];
    await using one = await call(listener.localPort);
    await using two = await call(listener.localPort);
    const ports = (await Promise.all(waiting)).map(({ port }) => port);
    expect(ports).toEqual([one.socket.localPort, two.socket.localPort]);
  });

  it('takes our own sockets', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0);
    const [theirs, ours] = await Promise.all([listener.accept(), net.tcp('api.test', listener.localPort)]);
    await ours.sendAll('hello');
    await ours.close();
    expect(asText(await theirs.recvAll())).toBe('hello');
  });

  it.runIf(hasIpv6)('takes both families at ::', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('::', 0);
    await using six = await call(listener.localPort, '::1');
    expect((await listener.accept()).host).toBe('::1');
    await using four = await call(listener.localPort, '127.0.0.1');
    expect((await listener.accept()).host).toBe('127.0.0.1');
    expect([six.over, four.over]).toEqual([null, null]);
  });

  it('says which address is in use, and leaves the first listener alone', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0);
    const { localPort: port } = listener;
    expect(await failureOf(net.tcpListen('127.0.0.1', port))).toMatchObject({
      name: 'SocketError',
      systemCode: 'EADDRINUSE',
      host: '127.0.0.1',
      port,
      operation: 'listen',
    });
    expect((await failureOf(net.tcpListen('192.0.2.1', 0))).systemCode).toBe('EADDRNOTAVAIL');
    await using caller = await call(port);
    await listener.accept();
    expect(caller.over).toBeNull();
  });

  it('can take the same port again after it was closed', async () => {
    await using net = listenNet();
    const first = await net.tcpListen('127.0.0.1', 0);
    await first.close();
    await using second = await net.tcpListen('127.0.0.1', first.localPort);
    await using caller = await call(second.localPort);
    expect((await second.accept()).port).toBe(caller.socket.localPort);
  });

  it('refuses what is not granted, and what can not be listened at', async () => {
    await using net = listenNet({}, { allowNet: true, allowListen: ['127.0.0.1:0', 'api.test:0'] });
    expect((await failureOf(net.tcpListen('0.0.0.0', 0))).name).toBe('HostNotAllowedError');
    expect((await failureOf(net.tcpListen('127.0.0.1', 8080))).name).toBe('PortNotAllowedError');
    expect((await failureOf(net.tcpListen('api.test', 0))).message).toContain('no address to listen at');
    expect((await failureOf(net.narrow(['*']).tcpListen('127.0.0.1', 0))).name).toBe('HostNotAllowedError');
    const options = [{ backlog: 0 }, { backlogg: 5 }, { tls: 5 }, { tls: {} }, { tls: { certPem: 'x' } }];
    for (const wrong of [...options, { tls: { ...SERVER_TLS, keyPem: pemOf('client') } }]) {
      const failure = await failureOf(net.tcpListen('127.0.0.1', 0, wrong as never));
      expect(failure.name).toBe('ArgumentError');
      expect(failure.message).not.toContain('PRIVATE');
    }
  });

  it('reports what it decides', async () => {
    await using net = listenNet();
    const heard: unknown[] = [];
    net.on('decision', (decision) => heard.push(decision));
    await using _listener = await net.tcpListen('127.0.0.1', 0);
    expect(heard).toEqual([expect.objectContaining({ operation: 'listen', host: '127.0.0.1', port: 0, rule: '*' })]);
  });
});

describe('accept', () => {
  it('times out, and loses no peer by it', async () => {
    const clock = new ManualClock();
    await using net = listenNet({ clock });
    await using listener = await net.tcpListen('127.0.0.1', 0, { timeout: 5 });
    const late = failureOf(listener.accept());
    const later = failureOf(listener.accept({ timeout: 7 }));
    clock.advance(5000);
    expect(await late).toMatchObject({ name: 'TimeoutError', phase: 'accept', port: listener.localPort });
    clock.advance(2000);
    expect((await later).name).toBe('TimeoutError');
    await using caller = await call(listener.localPort);
    const socket = await listener.accept();
    expect([socket.port, socket.timeout]).toEqual([caller.socket.localPort, 5]);
    expect(clock.timers).toBe(0);
  });

  it('ends by a signal', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0);
    const stop = new AbortController();
    const waiting = listener.accept({ signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(listener.accept({ signal: stop.signal })).rejects.toThrow('enough');
  });
});

describe('closing', () => {
  it('ends an accept that waits, and every later one', async () => {
    await using net = listenNet();
    const listener = await net.tcpListen('127.0.0.1', 0);
    const waiting = [failureOf(listener.accept()), failureOf(listener.accept())];
    await listener.close();
    await listener.close();
    const failures = await Promise.all([...waiting, failureOf(listener.accept())]);
    expect(failures.map(({ name }) => name)).toEqual(['SocketError', 'SocketError', 'SocketError']);
    expect((await call(listener.localPort)).over).toBe('ECONNREFUSED');
  });

  it('resets peers that nobody accepted, and leaves accepted ones alone', async () => {
    await using net = listenNet();
    const listener = await net.tcpListen('127.0.0.1', 0);
    await using taken = await call(listener.localPort);
    const socket = await listener.accept();
    await using left = await call(listener.localPort);
    left.socket.write('x');
    await until(() => openSockets() >= 4);
    await listener.close();
    await until(() => left.over !== null);
    expect(left.over).toBe('ECONNRESET');
    taken.socket.write('still here');
    expect(asText(await socket.recvExact(10))).toBe('still here');
  });

  it('leaves nothing open', async () => {
    {
      await using net = listenNet();
      const listener = await net.tcpListen('127.0.0.1', 0, { tls: SERVER_TLS });
      await using caller = await callTls(listener.localPort);
      await listener.accept();
      await using _waiting = await callTls(listener.localPort);
      await using _stalled = await call(listener.localPort);
      expect(caller.over).toBeNull();
    }
    await until(() => openSockets() === 0 && !process.getActiveResourcesInfo().includes('TCPServerWrap'));
  });
});

describe('the queue', () => {
  it('holds as many peers as the backlog says, and resets those beyond', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0, { backlog: 2 });
    await using one = await call(listener.localPort);
    await using two = await call(listener.localPort);
    await using three = await call(listener.localPort);
    three.socket.write('x');
    await until(() => three.over !== null);
    expect([one.over, two.over]).toEqual([null, null]);
    expect((await listener.accept()).port).toBe(one.socket.localPort);
    await using four = await call(listener.localPort);
    expect((await listener.accept()).port).toBe(two.socket.localPort);
    expect((await listener.accept()).port).toBe(four.socket.localPort);
  });

  it('takes two thousand that came at once', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0, { backlog: 4096 });
    const callers = await Promise.all(Array.from({ length: 2000 }, () => call(listener.localPort)));
    const ports = new Set<number>();
    for (let index = 0; index < 2000; index++) ports.add((await listener.accept()).port);
    expect(ports).toEqual(new Set(callers.map(({ socket }) => socket.localPort)));
    for (const { socket } of callers) socket.destroy();
  });
});

describe('TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('gives TLS sockets over %s', async (version) => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0, {
      tls: { ...SERVER_TLS, protocols: [version], alpn: ['x', 'y'] },
    });
    await using caller = await callTls(listener.localPort, { alpn: ['y'] });
    caller.socket.write('question\n');
    const socket: TlsSocket = await listener.accept();
    expect(socket).toBeInstanceOf(TlsSocket);
    expect(socket).toMatchObject({ protocol: version, alpn: 'y', peerCert: null });
    expect(asText(await socket.recvLine())).toBe('question\n');
    await socket.sendAll('answer');
    await socket.close();
    await until(() => caller.over !== null);
    expect([caller.heard, caller.over]).toEqual(['answer', 'end']);
  });

  it('never shows a handshake that failed', async () => {
    const clock = new ManualClock();
    await using net = listenNet({ clock });
    await using listener = await net.tcpListen('127.0.0.1', 0, {
      tls: { ...SERVER_TLS, alpn: ['x'] },
      handshakeTimeout: 3,
      timeout: null,
    });
    const waiting = listener.accept();
    await using plain = await call(listener.localPort);
    plain.socket.write('GET / HTTP/1.1\r\n\r\n');
    await using other = await callTls(listener.localPort, { alpn: ['z'] });
    await using gone = await call(listener.localPort);
    gone.socket.destroy();
    await using silent = await call(listener.localPort);
    await until(() => plain.over !== null && other.over !== null && clock.timers === 1);
    clock.advance(3000);
    await until(() => silent.over !== null);
    await using good = await callTls(listener.localPort, { alpn: ['x'] });
    expect((await waiting).port).toBe(good.socket.localPort);
  });

  it('tells an end from a stream cut short', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0, { tls: SERVER_TLS });
    const [ours, theirs] = await Promise.all([
      net.tls('api.test', listener.localPort, { caPem: pemOf('ca') }),
      listener.accept(),
    ]);
    await ours.sendAll('whole');
    await ours.close();
    expect(asText(await theirs.recvAll())).toBe('whole');
  });
});
