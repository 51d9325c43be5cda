/** The contract of TLS sockets, over every face: opened, accepted, and made out of clear ones. */
import type { Socket } from 'node:net';
import { connect, createSecureContext, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Grants } from '../../../src/net/grants/grants.ts';
import { openNet } from '../../../src/net/net.ts';
import { SOCKET_FACES } from '../../helpers/socket-faces.ts';
import { startTcp, type TestServer } from '../../helpers/tcp-server.ts';
import { type CertificateName, pemOf, serveTls } from '../../helpers/tls-server.ts';

/** Speaks TLS with whoever connects, with a certificate of its own, and sends back what it gets. */
async function startEcho(name: CertificateName, shake: (raw: Socket) => void = (raw) => echo(raw, name)) {
  const server = await startTcp();
  const accept = async (): Promise<void> => {
    for (;;) shake(await server.accept());
  };
  void accept();
  return server;
}

function echo(raw: Socket, name: CertificateName): void {
  const tls = serveTls(raw, name, { ALPNProtocols: ['echo'] });
  tls.on('data', (piece) => tls.write(piece)).on('end', () => tls.end());
}

/** In the clear until a line says `go`, or with bytes behind the answer where it says `inject`. */
function afterWord(raw: Socket): void {
  raw.once('data', (piece: Buffer) => {
    const injects = piece.toString().startsWith('inject');
    raw.write(injects ? 'ready\ninjected\n' : 'ready\n', () => {
      if (!injects) echo(raw, 'good');
    });
  });
}

/** As afterWord, but then it is the client of the handshake, and shows a certificate. */
function turned(raw: Socket): void {
  raw.once('data', () => {
    raw.write('ready\n', () => {
      const [ca, pem] = [pemOf('ca'), pemOf('client')];
      const tls = connect({ socket: raw, servername: 'api.test', ca, cert: pem, key: pem }).on('error', () => {});
      tls.on('data', (piece) => tls.write(piece)).on('end', () => tls.end());
    });
  });
}

/** One context for all connections, so that sessions can be taken up. */
function remember(): (raw: Socket) => void {
  const secureContext = createSecureContext({ cert: pemOf('good'), key: pemOf('good') });
  return (raw) => {
    const tls = new TLSSocket(raw, { isServer: true, secureContext }).on('error', () => {});
    tls.on('data', (piece) => tls.write(piece)).on('end', () => tls.end());
  };
}

let good: TestServer;
let expired: TestServer;
let wrongHost: TestServer;
let selfSigned: TestServer;
let starttls: TestServer;
let client: TestServer;
let remembering: TestServer;

beforeAll(async () => {
  good = await startEcho('good');
  expired = await startEcho('expired');
  wrongHost = await startEcho('wrong-host');
  selfSigned = await startEcho('self-signed');
  starttls = await startEcho('good', afterWord);
  client = await startEcho('good', turned);
  remembering = await startEcho('good', remember());
});

afterAll(async () => {
  for (const server of [good, expired, wrongHost, selfSigned, starttls, client, remembering])
    await server[Symbol.asyncDispose]();
});

describe.each(SOCKET_FACES)('%s', (_name, face) => {
  const run = async (source: string): Promise<unknown> => {
    await using net = openNet(Grants.parse({ allowNet: ['api.test', 'other.test', '127.0.0.1'] }), {
      resolve: () => ['127.0.0.1'],
      ca: pemOf('ca'),
    });
    return await face(net, source, {
      good: good.port,
      expired: expired.port,
      wrongHost: wrongHost.port,
      selfSigned: selfSigned.port,
      starttls: starttls.port,
      client: client.port,
      remembering: remembering.port,
      pem: pemOf('good'),
      ca: pemOf('ca'),
      otherCa: pemOf('other-ca'),
    });
  };

  it('tells of the peer, the cipher and the protocols', async () => {
    const source = `
      const socket = await net.tls('api.test', data.good, { alpn: ['echo'] });
      const { subject, issuer, fingerprint256, sans, serial } = await socket.peerCert;
      await socket.sendAll('hello\\n');
      return [text(await socket.recvLine()), subject, issuer, fingerprint256.length, sans.length > 0, typeof serial,
        await socket.protocol, (await socket.cipher).startsWith('TLS_'), await socket.alpn, await socket.sessionReused,
        await socket.host];
    `;
    expect(await run(source)).toEqual([
      'hello\n',
      expect.stringContaining('O=Example'),
      'CN=Test Authority',
      95,
      true,
      'string',
      'TLSv1.3',
      true,
      'echo',
      false,
      'api.test',
    ]);
  });

  it('verifies who is there, and says what is wrong', async () => {
    const source = `
      const seen = [];
      for (const [port, options] of [
        [data.expired, {}], [data.wrongHost, {}], [data.selfSigned, {}], [data.good, { caPem: data.otherCa }],
        [data.good, { sni: 'elsewhere.test' }],
      ]) {
        const error = await errorOf(() => net.tls('api.test', port, options));
        seen.push([error.code, error.reason]);
      }
      const careless = await net.tls('api.test', data.selfSigned, { verify: false });
      const named = await net.tls('other.test', data.good, { sni: 'api.test' });
      return [...seen, await careless.protocol, await named.host];
    `;
    expect(await run(source)).toEqual([
      ['NET_TLS', 'the certificate has expired'],
      ['NET_TLS', expect.stringContaining('not for api.test')],
      ['NET_TLS', 'the certificate is self-signed'],
      ['NET_TLS', expect.stringMatching(/issuer is not known|not trusted/)],
      ['NET_TLS', expect.stringContaining('not for elsewhere.test')],
      'TLSv1.3',
      'other.test',
    ]);
  });

  it('brings a lot both ways, and ends in order', async () => {
    const source = `
      const socket = await net.tls('api.test', data.good);
      await socket.sendAll('x'.repeat(500_000));
      const back = await socket.recvExact(500_000);
      await socket.sendAll('last\\nwords');
      await socket.shutdown('send');
      return [back.length, text(await socket.recvLine()), text(await socket.recvAll({ max: 100 })), await socket.recv(1)];
    `;
    expect(await run(source)).toEqual([500_000, 'last\n', 'words', null]);
  });

  it('makes a clear connection a TLS one', async () => {
    const source = `
      const clear = await net.tcp('api.test', data.starttls);
      await clear.sendAll('go\\n');
      const seen = [text(await clear.recvLine())];
      const secure = await clear.starttls();
      await secure.sendAll('secret\\n');
      seen.push(text(await secure.recvLine()), await secure.protocol, await codeOf(() => clear.send('x')));
      seen.push(await codeOf(() => clear.recv(1)), await codeOf(() => secure.starttls()));
      return seen;
    `;
    expect(await run(source)).toEqual(['ready\n', 'secret\n', 'TLSv1.3', 'NET_SOCKET', 'NET_SOCKET', 'NET_SOCKET']);
  });

  it('is the server of the handshake with a certificate to show, even if the greeting is there already', async () => {
    const source = `
      const seen = [];
      for (const early of [false, true]) {
        const clear = await net.tcp('api.test', data.client);
        await clear.sendAll('go\\n');
        seen.push(text(await clear.recvLine()));
        if (early) await net.select([clear], [], 20);
        const secure = await clear.starttls({ certPem: data.pem, keyPem: data.pem, caPem: data.ca });
        await secure.sendAll('secret\\n');
        seen.push(text(await secure.recvLine()), (await secure.peerCert).subject, await codeOf(() => clear.recv(1)));
        await secure.close();
      }
      const clear = await net.tcp('api.test', data.client);
      seen.push(await codeOf(() => clear.starttls({ certPem: data.pem, keyPem: data.pem, sni: 'api.test' })));
      return seen;
    `;
    const once = ['ready\n', 'secret\n', 'CN=Client', 'NET_SOCKET'];
    expect(await run(source)).toEqual([...once, ...once, 'ARGUMENT']);
  });

  it('takes a session up again', async () => {
    const source = `
      const seen = [];
      for (let visit = 0; visit < 2; visit++) {
        const socket = await net.tls('api.test', data.remembering);
        await socket.sendAll('hello\\n');
        await socket.recvLine();
        seen.push(await socket.sessionReused, (await socket.peerCert).subject);
        await socket.close();
      }
      return seen;
    `;
    expect(await run(source)).toEqual([false, 'O=Example, CN=Server', true, 'O=Example, CN=Server']);
  });

  it('refuses to become TLS while bytes that came in the clear are unread', async () => {
    const source = `
      const clear = await net.tcp('api.test', data.starttls);
      await clear.sendAll('inject\\n');
      const seen = [text(await clear.recvLine())];
      await net.select([clear], [], 20);
      seen.push(await codeOf(() => clear.starttls()), await codeOf(() => clear.recvLine()));
      return seen;
    `;
    expect(await run(source)).toEqual(['ready\n', 'NET_TLS', 'NET_TLS']);
  });

  it('refuses wrong options', async () => {
    const source = `
      const seen = [];
      for (const options of [{ protocols: ['TLSv1.1'] }, { caPem: 'x' }, { verify: 'no' }, { alpn: 'h2' }, { clientCertPem: data.ca }, { verfy: true }]) {
        seen.push(await codeOf(() => net.tls('api.test', data.good, options)));
      }
      return [...new Set(seen)];
    `;
    expect(await run(source)).toEqual(['ARGUMENT']);
  });
});
