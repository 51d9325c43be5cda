/** TLS sockets of a script's thread through rings: both ways, and STARTTLS on either side in the middle of what lies there. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { SMALLEST_MAILBOX_BYTES } from '../../src/wire/layout.ts';
import { type GuestOptions, inGuest } from '../helpers/guest.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';
import { acceptTls, pemOf } from '../helpers/tls-server.ts';

const SIZES: Readonly<Record<string, GuestOptions>> = {
  'usual rings': {},
  'the smallest rings': { ringBytes: 64, mailboxBytes: SMALLEST_MAILBOX_BYTES },
};

describe.each(Object.entries(SIZES))('with %s', (_name, options) => {
  const length = options.ringBytes === undefined ? 2_000_000 : 20_000;

  it('brings bytes there and back', async () => {
    await using server = await startTcp();
    await using net = testNet({ ca: pemOf('ca') });
    const source = `
      const socket = net.tls('api.test', data.port);
      const bytes = new Uint8Array(data.length).map((_, at) => at % 251);
      let got = 0;
      for (let sent = 0; sent < bytes.length; sent += 5000) {
        const piece = bytes.subarray(sent, sent + 5000);
        socket.sendAll(piece);
        const back = socket.recvExact(piece.length);
        if (back.some((byte, at) => byte !== piece[at])) return 'wrong after ' + got;
        got += back.length;
      }
      socket.shutdown('send');
      return [got, socket.recv(1), socket.protocol];`;
    const result = inGuest(net, source, { ...options, data: { port: server.port, length } });
    const { peer } = await acceptTls(server);
    peer.pipe(peer);
    expect(await result).toEqual([length, null, 'TLSv1.3']);
  });

  it('becomes the server of a handshake whose first bytes lie in the ring or were taken out of it', async () => {
    await using net = testNet({}, { allowNet: true, allowListen: true });
    const source = `
      const text = (bytes) => new TextDecoder().decode(bytes);
      const listener = net.tcpListen('127.0.0.1', 0);
      const address = new Int32Array(data.shared);
      Atomics.store(address, 0, listener.localPort);
      Atomics.notify(address, 0);
      const socket = listener.accept();
      const line = text(socket.recvLine({ chomp: true }));
      const secure = socket.starttls({ certPem: data.pem, keyPem: data.pem });
      const first = text(secure.recvLine());
      secure.sendAll('welcome\\n');
      return [line.length, first];`;
    const shared = new SharedArrayBuffer(4);
    const port = new Int32Array(shared);
    const result = inGuest(net, source, { ...options, data: { shared, pem: pemOf('good') } });
    const waiting = Atomics.waitAsync(port, 0, 0, 10_000);
    if (waiting.async) await waiting.value;
    const raw = connect(Atomics.load(port, 0), '127.0.0.1');
    await new Promise((resolve) => raw.once('connect', resolve));
    // The line and the first record of the handshake come together.
    raw.cork();
    raw.write(`STARTTLS${'.'.repeat(40)}\r\n`);
    const client = connectTls({ socket: raw, ca: pemOf('ca'), servername: 'api.test' });
    raw.uncork();
    client.write('hello\n');
    const answer = await new Promise((resolve) => client.once('data', (piece) => resolve(String(piece))));
    expect(answer).toBe('welcome\n');
    expect(await result).toEqual([48, 'hello\n']);
    client.destroy();
  });
});
