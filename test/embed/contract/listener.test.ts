/** The contract of listeners, over every face. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { Grants, type GrantsInput } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { SOCKET_FACES } from '../../helpers/socket-faces.ts';
import { pemOf } from '../../helpers/tls-server.ts';

const LOOPBACK: GrantsInput = { allowNet: ['127.0.0.1', 'api.test'], allowListen: ['127.0.0.1:0'] };

describe.each(SOCKET_FACES)('%s', (_name, face) => {
  const run = async (source: string, grants = LOOPBACK, data: unknown = null): Promise<unknown> => {
    await using net = openNet(Grants.parse(grants), { resolve: () => ['127.0.0.1'], ca: pemOf('ca') });
    return await face(net, source, data);
  };

  it('listens at a port that the system picks, and gives the peers in their order', async () => {
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0);
      const port = await listener.localPort;
      const one = await net.tcp('127.0.0.1', port);
      const two = await net.tcp('127.0.0.1', port);
      const accepted = [await listener.accept(), await listener.accept()];
      const seen = [await listener.localHost, port > 0];
      for (const [at, peer] of [one, two].entries()) {
        const socket = accepted[at];
        await peer.sendAll('ask ' + at + '\\n');
        await socket.sendAll('answer to ' + text(await socket.recvLine()));
        seen.push(text(await peer.recvLine()), (await socket.port) === (await peer.localPort), await socket.host);
        await socket.close();
        seen.push(await peer.recv(1));
      }
      await listener.close();
      return seen;
    `;
    expect(await run(source)).toEqual([
      '127.0.0.1',
      true,
      'answer to ask 0\n',
      true,
      '127.0.0.1',
      null,
      'answer to ask 1\n',
      true,
      '127.0.0.1',
      null,
    ]);
  });

  it('gives up accepting in time, and loses no peer by it', async () => {
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0, { timeout: 0.03 });
      const first = await errorOf(() => listener.accept());
      const second = await errorOf(() => listener.accept({ timeout: 0.02 }));
      const peer = await net.tcp('127.0.0.1', await listener.localPort);
      const socket = await listener.accept({ timeout: 20 });
      return [first.code, first.phase, second.code, await socket.timeout, (await socket.port) === (await peer.localPort)];
    `;
    expect(await run(source)).toEqual(['NET_TIMEOUT', 'accept', 'NET_TIMEOUT', 0.03, true]);
  });

  it('raises once it is closed; what was accepted stays, what was not is reset', async () => {
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0);
      const port = await listener.localPort;
      const peer = await net.tcp('127.0.0.1', port);
      const waiting = await net.tcp('127.0.0.1', port);
      const socket = await listener.accept();
      await net.select([listener], []);
      await listener.close();
      await listener.close();
      const seen = [await codeOf(() => listener.accept()), await codeOf(() => waiting.recv(1))];
      await socket.sendAll('still');
      seen.push(text(await peer.recv(10)), await codeOf(() => net.tcp('127.0.0.1', port)), await listener.localPort === port);
      return seen;
    `;
    expect(await run(source)).toEqual(['NET_SOCKET', 'NET_RESET', 'still', 'NET_REFUSED', true]);
  });

  it('says which address is in use, and takes it once it is free', async () => {
    const source = `
      const first = await net.tcpListen('127.0.0.1', 0);
      const port = await first.localPort;
      const error = await errorOf(() => net.tcpListen('127.0.0.1', port));
      await first.close();
      const again = await net.tcpListen('127.0.0.1', port);
      return [error.code, error.systemCode, (await again.localPort) === port];
    `;
    const grants = { ...LOOPBACK, allowListen: ['127.0.0.1:*'] };
    expect(await run(source, grants)).toEqual(['NET_SOCKET', 'EADDRINUSE', true]);
  });

  it('is refused what is not granted, and what is no address or option', async () => {
    const source = `
      const seen = [];
      for (const use of [
        () => net.tcpListen('0.0.0.0', 0), () => net.tcpListen('127.0.0.1', 8080), () => net.tcpListen('api.test', 0),
        () => net.tcpListen('127.0.0.1', -1), () => net.tcpListen('127.0.0.1', 0, { backlog: 0 }),
        () => net.tcpListen('127.0.0.1', 0, { tls: {} }), () => net.tcpListen('127.0.0.1', 0, { tls: { certPen: 'x' } }),
        () => net.tcpListen('127.0.0.1', 0, { bcklog: 5 }),
      ]) seen.push(await codeOf(use));
      return [...seen, await net.listenAllowed('127.0.0.1', 0), await net.listenAllowed('127.0.0.1', 80)];
    `;
    const wrong = Array.from({ length: 5 }, () => 'ARGUMENT');
    const denied = ['NET_HOST_NOT_ALLOWED', 'NET_PORT_NOT_ALLOWED', 'NET_HOST_NOT_ALLOWED'];
    expect(await run(source)).toEqual([...denied, ...wrong, true, false]);
  });

  it('needs a listen grant, which a connect grant never is', async () => {
    const source = `
      const small = await net.narrow(['*']);
      return [await codeOf(() => net.tcpListen('127.0.0.1', 0)), await codeOf(() => net.udpListen('127.0.0.1', 0)),
        await codeOf(() => small.tcpListen('127.0.0.1', 0))];
    `;
    const refused = 'NET_HOST_NOT_ALLOWED';
    expect(await run(source, { allowNet: true })).toEqual([refused, refused, refused]);
  });

  it('holds no more peers than its backlog says', async () => {
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0, { backlog: 2 });
      const port = await listener.localPort;
      const peers = [];
      const codes = [];
      for (let n = 0; n < 5; n++) codes.push(await codeOf(async () => { peers.push(await net.tcp('127.0.0.1', port)); }));
      for (const peer of peers) codes.push(await codeOf(() => peer.recv(1, { timeout: 0.2 })));
      return codes.filter((code) => code !== 'fine');
    `;
    const codes = (await run(source)) as string[];
    // One that is turned away may learn it while it connects, or when it reads.
    expect(codes.toSorted()).toEqual(['NET_RESET', 'NET_RESET', 'NET_RESET', 'NET_TIMEOUT', 'NET_TIMEOUT']);
  });

  it('accepts TLS, and never shows a handshake that failed', async () => {
    await using net = openNet(Grants.parse(LOOPBACK), { resolve: () => ['127.0.0.1'], ca: pemOf('ca') });
    await using door = await openNet(Grants.parse({ allowListen: ['127.0.0.1:0'] })).tcpListen('127.0.0.1', 0);
    // Callers of the test's own: they come when the script says, by a connection to `door`, where it listens.
    const calling = door.accept().then(async (told) => {
      const port = Number(Buffer.from((await told.recvLine()) ?? []).toString());
      const plain = connect(port, '127.0.0.1', () => plain.write('GET / HTTP/1.1\r\n\r\n'));
      plain.on('error', () => {});
      plain.on('close', () => {
        const secure = connectTls({ port, host: '127.0.0.1', servername: 'api.test', ca: pemOf('ca') });
        secure.on('error', () => {});
        secure.on('secureConnect', () => secure.write('secret\n'));
        secure.on('data', (piece) => secure.end(piece));
      });
    });
    const source = `
      const listener = await net.tcpListen('127.0.0.1', 0, { tls: { certPem: data.pem, keyPem: data.pem } });
      const door = await net.tcp('127.0.0.1', data.door);
      await door.sendAll((await listener.localPort) + '\\n');
      const socket = await listener.accept();
      const seen = [text(await socket.recvLine()), await socket.protocol, await socket.peerCert];
      await socket.sendAll('echo');
      return [...seen, text(await socket.recvAll({ max: 10 }))];
    `;
    const seen = await face(net, source, { pem: pemOf('good'), door: door.localPort });
    expect(seen).toEqual(['secret\n', 'TLSv1.3', null, 'echo']);
    await calling;
  });

  it('ends with the net that it was opened with', async () => {
    const source = `
      const small = await net.narrow(['127.0.0.1'], { listen: ['127.0.0.1:0'] });
      const listener = await small.tcpListen('127.0.0.1', 0);
      const port = await listener.localPort;
      const peer = await net.tcp('127.0.0.1', port);
      const socket = await listener.accept();
      await net.revoke(small);
      return [await codeOf(() => listener.accept()), await codeOf(() => socket.recv(1)),
        await codeOf(() => net.tcp('127.0.0.1', port)), await codeOf(() => small.tcpListen('127.0.0.1', 0))];
    `;
    expect(await run(source)).toEqual(['NET_REVOKED', 'NET_REVOKED', 'NET_REFUSED', 'NET_REVOKED']);
  });
});
