/** UdpSocket against peers that the test plays by hand. */
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { listenNet } from '../../../test/helpers/listener.ts';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { asText, failureOf, testNet, until } from '../../../test/helpers/tcp-server.ts';
import { openUdp, udpPeer } from '../../../test/helpers/udp.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));

describe('udp', () => {
  it('sends to many, and hears those that it has sent to', async () => {
    await using one = await udpPeer();
    await using two = await udpPeer();
    await using net = testNet();
    await using socket = await net.udp();
    expect(socket.localHost).toBe('0.0.0.0');
    expect(await socket.sendTo('to one', 'api.test', one.port)).toBe(6);
    expect(await socket.sendTo('to two', '127.0.0.1', two.port)).toBe(6);
    expect([await one.firstSender(), await two.firstSender()]).toEqual([socket.localPort, socket.localPort]);
    await two.send('from two', socket.localPort);
    expect(await socket.recvFrom().then(([bytes, ...from]) => [asText(bytes), ...from])).toEqual([
      'from two',
      '127.0.0.1',
      two.port,
    ]);
    await one.send('', socket.localPort);
    expect(await socket.recv()).toEqual(new Uint8Array(0));
  });

  it('answers by address where it has sent to by name', async () => {
    await using peer = await udpPeer();
    await using net = testNet({}, { allowNet: ['api.test'] });
    await using socket = await net.udp();
    expect((await failureOf(socket.sendTo('x', '127.0.0.1', peer.port))).name).toBe('HostNotAllowedError');
    await socket.sendTo('first', 'api.test', peer.port);
    await peer.send('reply', socket.localPort);
    const [, host, port] = await socket.recvFrom();
    await socket.sendTo('answer', host, port);
    await until(() => peer.heard.length === 2);
    expect((await failureOf(socket.sendTo('x', host, port === 1 ? 2 : 1))).name).toBe('HostNotAllowedError');
  });

  it('cuts a datagram that is longer than max', async () => {
    await using peer = await udpPeer();
    await using net = testNet();
    await using socket = await net.udp('api.test', peer.port);
    for (const text of ['abcdef', 'second', 'third']) await peer.send(text, socket.localPort);
    expect(asText(await socket.recv(3))).toBe('abc');
    expect(asText(await socket.recv(0))).toBe('');
    expect(asText(await socket.recv())).toBe('third');
    expect((await failureOf(socket.recv(-1))).name).toBe('ArgumentError');
  });

  it('has one peer where it was opened with one', async () => {
    await using peer = await udpPeer();
    await using net = testNet();
    await using socket = await net.udp('api.test', peer.port);
    expect(socket.localHost).toBe('127.0.0.1');
    expect(await socket.send('hello')).toBe(5);
    expect(await peer.firstSender()).toBe(socket.localPort);
    expect(await failureOf(socket.sendTo('x', 'api.test', peer.port))).toMatchObject({
      name: 'SocketError',
      systemCode: 'EISCONN',
    });
    await using free = await net.udp();
    expect((await failureOf(free.send('x'))).systemCode).toBe('EDESTADDRREQ');
  });

  it('is told that nobody listens there', async () => {
    const gone = await udpPeer();
    await gone[Symbol.asyncDispose]();
    await using net = testNet();
    await using socket = await net.udp('api.test', gone.port);
    await socket.send('anyone?');
    const failure = await failureOf(socket.recv());
    expect(failure).toMatchObject({ name: 'ConnectionRefusedError', host: 'api.test', port: gone.port });
  });

  it('says that a datagram is too large', async () => {
    await using peer = await udpPeer();
    await using net = testNet();
    await using socket = await net.udp();
    const failure = await failureOf(socket.sendTo(Buffer.alloc(70_000), 'api.test', peer.port));
    expect(failure).toMatchObject({ name: 'SocketError', systemCode: 'EMSGSIZE', operation: 'send_to' });
    await socket.sendTo(Buffer.alloc(1000), 'api.test', peer.port);
    await peer.firstSender();
  });

  it.runIf(hasIpv6)('speaks IPv6 as well, from one socket', async () => {
    await using four = await udpPeer();
    await using six = await udpPeer(6);
    await using net = testNet();
    await using socket = await net.udp();
    await Promise.all([socket.sendTo('a', '::1', six.port), socket.sendTo('b', '::1', six.port)]);
    await socket.sendTo('c', '127.0.0.1', four.port);
    await until(() => six.heard.length === 2 && four.heard.length === 1);
    expect(openUdp()).toBe(4);
    await six.send('answer', await six.firstSender());
    expect((await socket.recvFrom()).slice(1)).toEqual(['::1', six.port]);
    await using connected = await net.udp('::1', six.port);
    await connected.send('d');
    await until(() => six.heard.length === 3);
    expect(connected.localHost).toBe('::1');
  });

  it('refuses what is not granted, at each datagram', async () => {
    await using peer = await udpPeer();
    await using net = testNet({}, { allowNet: [`api.test:${peer.port}`] });
    expect((await failureOf(net.udp('other.test', 53))).name).toBe('HostNotAllowedError');
    expect((await failureOf(net.udp('api.test', peer.port === 1 ? 2 : 1))).name).toBe('PortNotAllowedError');
    expect((await failureOf(net.udp('api.test'))).name).toBe('ArgumentError');
    expect((await failureOf(net.narrow(['*'], { raw: false }).udp('api.test', peer.port))).name).toBe(
      'HostNotAllowedError',
    );
    await using socket = await net.udp();
    expect((await failureOf(socket.sendTo('x', 'other.test', peer.port))).name).toBe('HostNotAllowedError');
    expect(peer.heard).toEqual([]);
  });

  it('counts each datagram as a request, and its bytes', async () => {
    await using peer = await udpPeer();
    await using net = testNet();
    await using two = await net.narrow(['*'], { maxRequests: 2 }).udp('api.test', peer.port);
    await two.send('1');
    await two.send('2');
    expect((await failureOf(two.send('3'))).name).toBe('BudgetExhaustedError');
    await using ten = await net.narrow(['*'], { maxBytes: 10 }).udp('api.test', peer.port);
    await ten.send('123456');
    await peer.send('789012', ten.localPort);
    expect((await failureOf(ten.recv())).name).toBe('BudgetExhaustedError');
    expect((await failureOf(ten.send('1'))).name).toBe('BudgetExhaustedError');
  });

  it('drops what comes when too much lies unread', async () => {
    await using peer = await udpPeer();
    await using net = testNet({ limits: { readAhead: 3000 } });
    await using socket = await net.udp('api.test', peer.port);
    for (let number = 0; number < 20; number++) await peer.send(Buffer.alloc(1000, 97 + number), socket.localPort);
    const clock = { turns: 0 };
    await until(() => ++clock.turns > 50);
    const firsts = [asText(await socket.recv(1)), asText(await socket.recv(1))];
    expect(firsts).toEqual(['a', 'b']);
    await peer.send('later', socket.localPort);
    expect(asText(await socket.recv())).toBe('later');
  });

  it('times out, ends by a signal, by its close and by a revocation', async () => {
    const clock = new ManualClock();
    await using net = testNet({ clock });
    const small = net.narrow(['*']);
    await using socket = await small.udp(null, null, { timeout: 4 });
    const late = failureOf(socket.recv());
    clock.advance(4000);
    expect(await late).toMatchObject({ name: 'TimeoutError', phase: 'read' });
    const stop = new AbortController();
    const stopped = socket.recv(10, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await using other = await small.udp();
    const [closed, revoked] = [failureOf(other.recv()), failureOf(socket.recvFrom())];
    await other.close();
    await other.close();
    net.revoke(small);
    expect([(await closed).name, (await revoked).name]).toEqual(['SocketError', 'RevokedError']);
    expect((await failureOf(socket.sendTo('x', 'api.test', 9))).name).toBe('RevokedError');
    expect((await failureOf(small.udp())).name).toBe('RevokedError');
    await until(() => openUdp() === 0);
  });

  it.runIf(process.platform === 'linux')('sends to everybody at once where that is granted and asked for', async () => {
    const everybody = '127.255.255.255';
    await using net = listenNet({}, { allowNet: [everybody, '127.0.0.1'], allowListen: true });
    await using one = await net.udpListen('0.0.0.0', 0);
    await using socket = await net.udp();
    const port = one.localPort;
    expect(await failureOf(socket.sendTo('x', everybody, port))).toMatchObject({
      name: 'SocketError',
      systemCode: 'EACCES',
    });
    expect((await failureOf(socket.sendTo('x', '127.0.0.2', port))).name).toBe('HostNotAllowedError');
    socket.broadcast = true;
    await socket.sendTo('all of you', everybody, port);
    expect(asText(await one.recv())).toBe('all of you');
    socket.broadcast = false;
    expect((await failureOf(socket.sendTo('x', everybody, port))).systemCode).toBe('EACCES');
    await using small = await net.narrow(['127.0.0.1']).udp();
    small.broadcast = true;
    expect((await failureOf(small.sendTo('x', everybody, port))).name).toBe('HostNotAllowedError');
  });

  it('says so when the next datagram is sent, if nobody was waiting to hear it', async () => {
    const gone = await udpPeer();
    await gone[Symbol.asyncDispose]();
    await using net = testNet();
    await using socket = await net.udp('api.test', gone.port);
    await socket.send('anyone?');
    let failure: Error | null = null;
    await until(() => {
      socket.send('again').catch((error: Error) => {
        failure ??= error;
      });
      return failure !== null;
    });
    expect(failure).toMatchObject({ name: 'ConnectionRefusedError', port: gone.port });
  });

  it('checks its properties', async () => {
    await using net = testNet();
    await using socket = await net.udp();
    expect([socket.broadcast, socket.ttl]).toEqual([false, 64]);
    socket.broadcast = true;
    socket.ttl = 3;
    expect([socket.broadcast, socket.ttl]).toEqual([true, 3]);
    for (const wrong of [0, 256, 1.5]) {
      expect(() => {
        socket.ttl = wrong;
      }).toThrow('ttl must be');
    }
  });
});

describe('udpListen', () => {
  it('hears anyone, and answers', async () => {
    await using peer = await udpPeer();
    await using net = listenNet({}, { allowListen: ['127.0.0.1:0'] });
    await using socket = await net.udpListen('127.0.0.1', 0);
    await peer.send('question', socket.localPort);
    const [bytes, host, port] = await socket.recvFrom();
    expect([asText(bytes), host, port]).toEqual(['question', '127.0.0.1', peer.port]);
    await socket.sendTo('answer', host, port);
    await until(() => peer.heard.length === 1);
    expect((await failureOf(socket.sendTo('x', '127.0.0.1', peer.port === 9 ? 10 : 9))).name).toBe(
      'HostNotAllowedError',
    );
  });

  it.runIf(hasIpv6)('hears both families at ::', async () => {
    await using four = await udpPeer();
    await using six = await udpPeer(6);
    await using net = listenNet();
    await using socket = await net.udpListen('::', 0);
    await four.send('four', socket.localPort);
    expect((await socket.recvFrom()).slice(1)).toEqual(['127.0.0.1', four.port]);
    await six.send('six', socket.localPort);
    expect((await socket.recvFrom()).slice(1)).toEqual(['::1', six.port]);
    await socket.sendTo('back', '127.0.0.1', four.port);
    await socket.sendTo('back', '::1', six.port);
    await until(() => four.heard.length === 1 && six.heard.length === 1);
  });

  it('says which address is in use, and needs a grant', async () => {
    await using net = listenNet({}, { allowNet: true, allowListen: ['127.0.0.1:*'] });
    await using socket = await net.udpListen('127.0.0.1', 0);
    expect((await failureOf(net.udpListen('127.0.0.1', socket.localPort))).systemCode).toBe('EADDRINUSE');
    expect((await failureOf(net.udpListen('0.0.0.0', 0))).name).toBe('HostNotAllowedError');
    expect((await failureOf(net.narrow(['*']).udpListen('127.0.0.1', 0))).name).toBe('HostNotAllowedError');
  });

  it.each(hasIpv6 ? ['0.0.0.0', '::'] : ['0.0.0.0'])(
    'at %s hears a group between joining and leaving it',
    async (host) => {
      const [group, at] = ['239.1.2.3', '127.0.0.1'];
      await using net = listenNet();
      await using socket = await net.udpListen(host, 0);
      await using peer = await udpPeer();
      peer.toGroupsAt(at);
      await socket.join(group, { interface: at });
      expect((await failureOf(socket.join(group, { interface: at }))).systemCode).toBe('EADDRINUSE');
      await peer.send('to the group', socket.localPort, group);
      expect((await socket.recvFrom()).map((part) => (typeof part === 'object' ? asText(part) : part))).toEqual([
        'to the group',
        at,
        peer.port,
      ]);
      await socket.leave(group, { interface: at });
      await peer.send('to nobody', socket.localPort, group);
      await peer.send('to me', socket.localPort);
      expect(asText(await socket.recv())).toBe('to me');
    },
  );

  // Linux routes no group of IPv6 by way of the loopback interface, so nothing can be sent there.
  it.runIf(hasIpv6)('joins and leaves groups of IPv6', async () => {
    await using net = listenNet();
    await using socket = await net.udpListen('::', 0);
    const at = { interface: '::1' };
    await socket.join('ff12::1:2:3', at);
    expect((await failureOf(socket.join('ff12::1:2:3', at))).systemCode).toBe('EADDRINUSE');
    await socket.leave('ff12::1:2:3', at);
    expect((await failureOf(socket.leave('ff12::1:2:3', at))).systemCode).toBe('EADDRNOTAVAIL');
  });

  it('says which interfaces there are not', async () => {
    await using net = listenNet();
    await using socket = await net.udpListen('0.0.0.0', 0);
    expect((await failureOf(socket.join('239.1.2.3', { interface: 'lo' }))).name).toBe('ArgumentError');
    expect((await failureOf(socket.join('239.1.2.3', { interface: '::1' }))).name).toBe('ArgumentError');
    expect((await failureOf(socket.join('239.1.2.3', { interface: '203.0.113.9' }))).systemCode).toBe('ENODEV');
    await using six = await net.udpListen('::', 0);
    expect((await failureOf(six.join('ff12::1', { interface: '2001:db8::9' }))).systemCode).toBe('ENODEV');
  });

  it('joins and leaves groups with a listen grant alone', async () => {
    await using net = listenNet({}, { allowNet: true, allowListen: true, denyNet: ['239.1.1.1'] });
    await using socket = await net.udpListen('0.0.0.0', 0);
    expect((await failureOf(socket.join('192.0.2.1'))).name).toBe('ArgumentError');
    expect((await failureOf(socket.join('239.1.1.1'))).name).toBe('AddressNotAllowedError');
    expect((await failureOf(socket.join('ff02::1'))).systemCode).toBe('EAFNOSUPPORT');
    await using plain = await testNet().udp();
    expect((await failureOf(plain.join('239.1.1.2'))).name).toBe('HostNotAllowedError');
    expect((await failureOf(socket.leave('239.1.1.2'))).name).toBe('SocketError');
  });
});
