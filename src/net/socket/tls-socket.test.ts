/** TlsSocket against a TLS peer of Node's that the test plays by hand. */
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { listenNet, SERVER_TLS } from '../../../test/helpers/listener.ts';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import {
  asText,
  failureOf,
  openSockets,
  readText,
  startTcp,
  tcpPair,
  testNet,
  until,
} from '../../../test/helpers/tcp-server.ts';
import { acceptTls, type CertificateName, pemOf, serveTls, tlsPair } from '../../../test/helpers/tls-server.ts';
import { endedBelow } from '../dial/powers.ts';

describe('TlsSocket', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('carries bytes both ways over %s', async (version) => {
    await using pair = await tlsPair({ server: { minVersion: version, maxVersion: version } });
    const { socket, peer } = pair;
    expect(socket.protocol).toBe(version);
    await socket.sendAll('question\n');
    expect(await readText(peer, 9)).toBe('question\n');
    peer.write('answer\nrest');
    expect(asText(await socket.recvLine({ chomp: true }))).toBe('answer');
    expect(asText(await socket.recvExact(4))).toBe('rest');
    expect([socket.bytesSent, socket.bytesReceived]).toEqual([9, 11]);
  });

  it('tells of the peer, the cipher and the protocol', async () => {
    await using pair = await tlsPair({ socket: { alpn: ['imap', 'x'] }, server: { ALPNProtocols: ['x'] } });
    const { socket } = pair;
    expect(socket).toMatchObject({ alpn: 'x', protocol: 'TLSv1.3', sessionReused: false, host: 'api.test' });
    expect(socket.cipher).toMatch(/^TLS_/);
    expect(socket.peerCert).toMatchObject({
      subject: 'O=Example, CN=Server',
      issuer: 'CN=Test Authority',
      validFrom: '2020-01-01T00:00:00.000Z',
      validUntil: '2120-01-01T00:00:00.000Z',
      sans: ['DNS:api.test', 'DNS:localhost', 'DNS:*.wild.test', 'IP Address:127.0.0.1', 'IP Address:0:0:0:0:0:0:0:1'],
    });
    expect(socket.peerCert?.fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    expect(socket.peerCert?.serial).toMatch(/^[0-9A-F]+$/);
  });

  it('agrees on nothing where nothing is offered', async () => {
    await using pair = await tlsPair();
    expect(pair.socket.alpn).toBeNull();
  });

  it('asks for the name and verifies it, or those of sni', async () => {
    const asked: (string | false | null | undefined)[] = [];
    for (const [host, sni] of [
      ['api.test', undefined],
      ['elsewhere.test', 'api.test'],
      ['one.wild.test', undefined],
      ['127.0.0.1', undefined],
    ] as const) {
      await using pair = await tlsPair({ host, socket: { sni } });
      asked.push(pair.peer.servername);
    }
    expect(asked.map((name) => name || 'none')).toEqual(['api.test', 'api.test', 'one.wild.test', 'none']);
  });

  it('takes authorities of its own in place of all others', async () => {
    await using pair = await tlsPair({ net: { ca: pemOf('other-ca') }, socket: { caPem: pemOf('ca') } });
    expect(pair.socket.connected).toBe(true);
    const failure = await failureOf(tlsPair({ socket: { caPem: pemOf('other-ca') } }));
    expect(failure.reason).toContain("the certificate's issuer is not known");
  });

  it('takes any certificate with verify: false', async () => {
    await using pair = await tlsPair({ certificate: 'expired', host: 'other.test', socket: { verify: false } });
    expect(pair.socket.peerCert?.validUntil).toBe('2001-01-01T00:00:00.000Z');
  });

  it.each([
    ['TLSv1.3', 'TLSv1.2', 'no protocol version in common'],
    ['TLSv1.2', 'TLSv1.3', 'no protocol version in common'],
    [undefined, 'TLSv1.1', 'no protocol version in common'],
    [undefined, 'TLSv1', 'no protocol version in common'],
  ] as const)('speaks %s and not %s', async (ours, theirs, reason) => {
    const server = { minVersion: theirs, maxVersion: theirs, ciphers: 'DEFAULT:@SECLEVEL=0' };
    const socket = ours === undefined ? {} : { protocols: [ours] };
    const failure = await failureOf(tlsPair({ socket, server }));
    expect(failure).toMatchObject({ name: 'TlsError', reason });
  });

  it('says so where no application protocol is in common', async () => {
    const failure = await failureOf(tlsPair({ socket: { alpn: ['h2'] }, server: { ALPNProtocols: ['http/1.1'] } }));
    expect(failure).toMatchObject({ name: 'TlsError', reason: 'no application protocol in common' });
  });

  it('shows a client certificate', async () => {
    const client = pemOf('client');
    await using pair = await tlsPair({
      socket: { clientCertPem: client, clientKeyPem: client },
      server: { requestCert: true, ca: pemOf('ca') },
    });
    await until(() => pair.peer.getPeerX509Certificate() !== undefined);
    expect(pair.peer.getPeerX509Certificate()?.subject).toBe('CN=Client');
  });

  it('says so when the peer asks for a certificate that it did not get', async () => {
    await using pair = await tlsPair({ server: { requestCert: true, rejectUnauthorized: true, ca: pemOf('ca') } });
    const failure = await failureOf(pair.socket.recv());
    expect(failure).toMatchObject({ name: 'TlsError', reason: 'the peer asks for a client certificate' });
  });

  it('ends with a close_notify, even right after the handshake', async () => {
    await using server = await startTcp();
    await using net = testNet({ ca: pemOf('ca') });
    let announced = false;
    const closing = net.tls('api.test', server.port).then((socket) => socket.close());
    const { peer, raw } = await acceptTls(server);
    const push = peer.push.bind(peer);
    peer.push = (chunk: unknown, encoding) => {
      if (chunk === null) announced = !endedBelow(peer, raw);
      return push(chunk, encoding);
    };
    await Promise.all([closing, once(peer.resume(), 'end')]);
    expect(announced).toBe(true);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('gives null at an end that the peer announces, over %s', async (version) => {
    await using pair = await tlsPair({ server: { minVersion: version, maxVersion: version } });
    const { socket, peer } = pair;
    // Node sends no close_notify where a server ends within the handshake's own turn.
    await nextTurn();
    peer.end('bye');
    expect(asText(await socket.recvAll())).toBe('bye');
    expect(await socket.recv()).toBeNull();
    await socket.sendAll('still sending');
    expect(await readText(peer, 13)).toBe('still sending');
    await socket.close();
  });

  it('ends sending alone', async () => {
    await using pair = await tlsPair();
    const { socket, peer } = pair;
    await socket.sendAll('question');
    await socket.shutdown('send');
    expect(await readText(peer)).toBe('question');
    peer.end('answer');
    expect(asText(await socket.recvAll())).toBe('answer');
  });

  it('carries a lot, with back-pressure on both sides', async () => {
    await using pair = await tlsPair({ net: { limits: { readAhead: 10_000 } } });
    const { socket, peer } = pair;
    const large = Buffer.alloc(5_000_000, 't');
    const text = readText(peer, large.length);
    await socket.sendAll(large);
    expect(await text).toHaveLength(large.length);
    peer.write(large);
    expect(await socket.recvExact(large.length)).toHaveLength(large.length);
  });

  it('resets the connection where the peer takes nothing in time', async () => {
    const clock = new ManualClock();
    await using pair = await tlsPair({ net: { clock } });
    const { socket, peer, raw } = pair;
    peer.pause();
    const sending = failureOf(socket.sendAll(Buffer.alloc(32_000_000)));
    await until(() => peer.readableLength > 0);
    const closing = failureOf(socket.close({ timeout: 1 }));
    clock.advance(1000);
    expect(await closing).toMatchObject({ name: 'TimeoutError', phase: 'write', operation: 'close' });
    expect((await sending).name).toBe('SocketError');
    peer.resume();
    await until(() => raw.destroyed);
    expect(raw.errored ?? peer.errored).toMatchObject({ code: 'ECONNRESET' });
  });

  it('leaves no socket behind', async () => {
    {
      await using pair = await tlsPair();
      await pair.socket.close();
    }
    await until(() => openSockets() === 0);
  });
});

describe('starttls', () => {
  it('makes a clear connection a TLS one', async () => {
    await using pair = await tcpPair({ net: { ca: pemOf('ca') }, socket: { timeout: 7, noDelay: false } });
    const { socket, peer } = pair;
    await socket.sendAll('STARTTLS\r\n');
    await readText(peer, 10);
    peer.write('220 go ahead\r\n');
    await socket.recvLine();
    const serving = serveTls(peer);
    const secure = await socket.starttls();
    expect(secure).toMatchObject({
      host: 'api.test',
      protocol: 'TLSv1.3',
      timeout: 7,
      noDelay: false,
      connected: true,
    });
    await secure.sendAll('EHLO\r\n');
    expect(await readText(serving, 6)).toBe('EHLO\r\n');
    serving.write('250 ok\r\n');
    expect(asText(await secure.recvLine())).toBe('250 ok\r\n');
    expect(socket.connected).toBe(false);
    expect(await failureOf(socket.recv())).toMatchObject({ message: 'this socket has become a TLS socket' });
    expect(await failureOf(socket.send('x'))).toMatchObject({ name: 'SocketError' });
    await socket.close();
    expect(secure.connected).toBe(true);
    expect((await failureOf(secure.starttls())).name).toBe('SocketError');
    await secure.close();
  });

  it('verifies the peer, and closes the connection if that fails', async () => {
    await using pair = await tcpPair({ net: { ca: pemOf('ca') } });
    const serving = serveTls(pair.peer, 'wrong-host').resume();
    const failure = await failureOf(pair.socket.starttls());
    expect(failure).toMatchObject({ name: 'TlsError', host: 'api.test', operation: 'starttls' });
    expect((await failureOf(pair.socket.send('in the clear'))).name).toBe('SocketError');
    await until(() => serving.readableEnded || serving.destroyed);
  });

  it('verifies sni in place of the host', async () => {
    await using pair = await tcpPair({ net: { ca: pemOf('ca') } });
    const serving = serveTls(pair.peer);
    const secure = await pair.socket.starttls({ sni: 'localhost' });
    expect(serving.servername).toBe('localhost');
    await secure.close();
  });

  it.each([true, false])(
    'is the server of the handshake with a certificate to show (greeting early: %s)',
    async (early) => {
      await using net = listenNet({ ca: pemOf('ca') });
      await using listener = await net.tcpListen('127.0.0.1', 0);
      const [client, server] = await Promise.all([net.tcp('api.test', listener.localPort), listener.accept()]);
      await client.sendAll('STARTTLS\r\n');
      expect(asText(await server.recvLine())).toBe('STARTTLS\r\n');
      await server.sendAll('220 go ahead\r\n');
      await client.recvLine();
      const asking = client.starttls({ alpn: ['smtp'] });
      // The client's greeting may be here before this side has turned to TLS: it is no injection.
      if (early) await until(() => server.bytesReceived > 10);
      const [ours, theirs] = await Promise.all([asking, server.starttls({ ...SERVER_TLS, alpn: ['smtp'] })]);
      expect([ours.alpn, theirs.alpn, theirs.peerCert]).toEqual(['smtp', 'smtp', null]);
      await ours.sendAll('EHLO\r\n');
      expect(asText(await theirs.recvLine())).toBe('EHLO\r\n');
      await theirs.sendAll('250 ok\r\n');
      expect(asText(await ours.recvLine())).toBe('250 ok\r\n');
      await ours.close();
      expect(await theirs.recv()).toBeNull();
    },
  );

  it('asks for client certificates as a listener does, and says what was wrong', async () => {
    await using net = listenNet({ ca: pemOf('ca') });
    await using listener = await net.tcpListen('127.0.0.1', 0);
    const shake = async (certificate: CertificateName) => {
      const pem = pemOf(certificate);
      const [client, server] = await Promise.all([net.tcp('api.test', listener.localPort), listener.accept()]);
      const asking = client.starttls({ clientCertPem: pem, clientKeyPem: pem });
      asking.catch(() => {});
      return server.starttls({ ...SERVER_TLS, caPem: pemOf('ca') });
    };
    expect((await shake('client')).peerCert?.subject).toBe('CN=Client');
    expect((await failureOf(shake('client-expired'))).reason).toBe('the certificate has expired');
    expect((await failureOf(shake('good'))).reason).toBe('a certificate of the chain is not meant for this use');
  });

  it('says which side an accepted socket can take, and takes options of one side alone', async () => {
    await using net = listenNet({ ca: pemOf('ca') });
    await using listener = await net.tcpListen('127.0.0.1', 0);
    const [client, server] = await Promise.all([net.tcp('api.test', listener.localPort), listener.accept()]);
    expect(await failureOf(server.starttls())).toMatchObject({
      name: 'ArgumentError',
      hint: 'give certPem and keyPem to be the server of the handshake, or sni to be its client',
    });
    expect((await failureOf(server.starttls({ ...SERVER_TLS, sni: 'api.test' }))).message).toContain(
      'sni is for the client',
    );
    expect((await failureOf(client.starttls({ verifyClient: 'require' }))).name).toBe('ArgumentError');
    // The side that was called may be the client: FTP does so.
    const [theirs, ours] = await Promise.all([server.starttls({ sni: 'api.test' }), client.starttls(SERVER_TLS)]);
    expect([theirs.peerCert?.subject, ours.peerCert]).toEqual(['O=Example, CN=Server', null]);
  });

  it('fails at once where the peer has ended already, and in time where it says nothing', async () => {
    const clock = new ManualClock();
    await using net = listenNet({ ca: pemOf('ca'), clock });
    await using listener = await net.tcpListen('127.0.0.1', 0);
    for (const options of [{}, SERVER_TLS]) {
      const [one, other] = await Promise.all([net.tcp('api.test', listener.localPort), listener.accept()]);
      await other.shutdown('send');
      expect(await one.recv()).toBeNull();
      expect(await failureOf(one.starttls(options))).toMatchObject({
        name: 'TlsError',
        reason: 'the peer ended the connection during the handshake',
      });
      const [silent] = await Promise.all([net.tcp('api.test', listener.localPort), listener.accept()]);
      const waiting = failureOf(silent.starttls({ ...options, timeout: 5 }));
      await until(() => clock.timers > 0);
      clock.advance(5000);
      expect(await waiting).toMatchObject({ name: 'TimeoutError', phase: 'tls', operation: 'starttls' });
    }
    expect(clock.timers).toBe(0);
  });

  it('refuses while a read is waiting', async () => {
    await using pair = await tcpPair();
    const reading = pair.socket.recv();
    expect((await failureOf(pair.socket.starttls())).name).toBe('SocketError');
    pair.peer.write('x');
    expect(asText(await reading)).toBe('x');
  });

  it('refuses while a write is waiting', async () => {
    await using pair = await tcpPair();
    pair.peer.pause();
    const sending = pair.socket.sendAll(Buffer.alloc(16_000_000));
    expect((await failureOf(pair.socket.starttls())).message).toContain('a write of this socket is waiting');
    pair.peer.resume();
    await sending;
  });

  it('refuses options that can not be used before anything happens', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    expect((await failureOf(socket.starttls({ verfy: false } as object))).hint).toBe('did you mean verify?');
    expect((await failureOf(socket.starttls({ clientCertPem: pemOf('client') }))).name).toBe('ArgumentError');
    peer.write('ok');
    expect(asText(await socket.recv())).toBe('ok');
  });
});
