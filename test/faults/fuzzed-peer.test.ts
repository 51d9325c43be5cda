/**
 * Peers that send rubbish: random bytes, records of TLS that are none, handshakes with bytes changed on the way, names
 * answered with noise, ends and resets at any time. Every operation ends with an answer or with an error of ours, what
 * comes through TLS is what was sent, and nothing stays open.
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { CaspianError } from '../../src/errors/classes.ts';
import type { TcpSocket } from '../../src/net/socket/tcp-socket.ts';
import { call, callTls, listenNet, SERVER_TLS } from '../helpers/listener.ts';
import { Random } from '../helpers/random.ts';
import { asText, openSockets, startTcp, type TestServer, testNet, until } from '../helpers/tcp-server.ts';
import { pemOf, serveTls } from '../helpers/tls-server.ts';

afterEach(() => until(() => openSockets() === 0, 'no socket is left'));

/** What an operation came to: its answer, or the name of the error of ours. */
async function outcome<T>(operation: Promise<T>): Promise<T | CaspianError> {
  return operation.catch((error: unknown) => {
    if (error instanceof CaspianError) return error;
    throw error;
  });
}

/** Ends a connection in one of the ways there are. */
function end(peer: Socket, random: Random): void {
  const how = random.below(3);
  if (how === 0) peer.end();
  else if (how === 1) peer.destroy();
  else peer.resetAndDestroy();
}

/** A record of TLS, or nearly one: type, version, a length that is mostly true, and noise or something like a hello. */
function recordOf(random: Random): Buffer {
  const body = random.bytes(random.between(0, 80));
  const type = random.pick([20, 21, 22, 22, 22, 23, 24, random.below(256)]);
  const length = random.percent(70) ? body.length : random.below(65_536);
  if (type === 22 && body.length > 4) body[0] = random.pick([0, 1, 2, 2, 4, 8, 11, 13, 20]);
  return Buffer.concat([Buffer.from([type, 3, random.below(5), length >>> 8, length & 255]), body]);
}

async function rubbish(peer: Socket, random: Random): Promise<void> {
  for (let left = random.below(5); left > 0; left--) {
    peer.write(random.percent(60) ? recordOf(random) : random.bytes(random.between(1, 300)));
    if (random.percent(50)) await nextTurn();
  }
  end(peer, random);
}

async function anyOperation(socket: TcpSocket, random: Random): Promise<unknown> {
  const operations = [
    () => socket.recv(random.between(0, 500)),
    () => socket.recvLine({ max: random.between(1, 300), chomp: random.percent(50) }),
    () => socket.recvExact(random.between(0, 500)),
    () => socket.recvUntil(random.bytes(random.between(1, 3))),
    () => socket.recvAll({ max: random.between(1, 600) }),
    () => socket.send(random.bytes(random.between(0, 500))),
    () => socket.shutdown(random.pick(['send', 'recv', 'both'])),
    () => socket.starttls({ verify: false }),
    () => socket.close(),
  ];
  return random.pick(operations)();
}

describe('a peer that sends rubbish', () => {
  it('is read as bytes, or fails, over TCP', async () => {
    await using server = await startTcp();
    await using net = testNet();
    for (let seed = 0; seed < 1000; seed++) {
      const random = new Random(seed);
      const [socket, peer] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
      const playing = rubbish(peer, random);
      for (let left = random.between(1, 6); left > 0; left--) await outcome(anyOperation(socket, random));
      await playing;
      await outcome(socket.close());
    }
  });

  it('is a TlsError to whoever shakes hands with it', async () => {
    await using server = await startTcp();
    await using net = testNet();
    for (let seed = 0; seed < 1000; seed++) {
      const dialling = outcome(net.tls('api.test', server.port));
      const peer = await server.accept();
      await rubbish(peer.resume(), new Random(seed));
      const failure = await dialling;
      // A reset may come before the handshake begins.
      expect(failure).toMatchObject({ name: expect.stringMatching(/^(Tls|ConnectionReset)Error$/), host: 'api.test' });
    }
  });

  it('never comes through a TLS listener, and keeps nobody else out', async () => {
    await using net = listenNet();
    await using listener = await net.tcpListen('127.0.0.1', 0, { tls: SERVER_TLS });
    for (let seed = 0; seed < 30; seed++) {
      const random = new Random(seed);
      const callers = await Promise.all(Array.from({ length: 10 }, () => call(listener.localPort)));
      await Promise.all(callers.map(({ socket }) => rubbish(socket, random)));
      await using good = await callTls(listener.localPort);
      const taken = await listener.accept();
      expect(taken.port).toBe(good.socket.localPort);
      await taken.close();
      for (const { socket } of callers) socket.destroy();
    }
  });
});

/** Carries a connection to a TLS server, and changes one byte that the server sends, if there are so many. */
async function changeOnTheWay(front: TestServer, back: TestServer, at: number, by: number): Promise<void> {
  const near = await front.accept();
  const far = connect(back.port, '127.0.0.1').on('error', () => {});
  near.on('data', (piece) => far.write(piece)).on('end', () => far.end());
  let passed = 0;
  far.on('data', (piece: Buffer) => {
    const here = at - passed;
    if (here >= 0 && here < piece.length) piece.writeUInt8(piece.readUInt8(here) ^ by, here);
    passed += piece.length;
    near.write(piece);
  });
  far.on('end', () => near.end());
  near.on('close', () => far.destroy());
}

describe('bytes changed on the way', () => {
  it('end a TLS connection, and never come through it', async () => {
    const said = 'what the server says '.repeat(40);
    await using front = await startTcp();
    await using back = await startTcp();
    await using net = testNet({ ca: pemOf('ca') });
    const came = new Set<string>();
    for (let seed = 0; seed < 250; seed++) {
      const random = new Random(seed);
      const carrying = changeOnTheWay(front, back, random.below(4200), random.between(1, 255));
      const asking = outcome(net.tls('api.test', front.port, { timeout: 2 }));
      await carrying;
      const serving = serveTls(await back.accept());
      await Promise.race([asking, new Promise((resolve) => serving.once('secure', resolve))]);
      await nextTurn();
      serving.end(said);
      const socket = await asking;
      if (socket instanceof CaspianError) {
        came.add(socket.name);
        continue;
      }
      const all = await outcome(socket.recvAll());
      if (all instanceof CaspianError) {
        const rest = await outcome(socket.recv());
        if (!(rest instanceof CaspianError)) expect(said.startsWith(asText(rest) ?? '')).toBe(true);
        came.add(all.name);
      } else {
        expect(asText(all)).toBe(said);
        came.add('whole');
      }
      await outcome(socket.close());
    }
    // Some change nothing: they lie beyond the end. What became the length of something is waited for in vain: where that is
    // depends on the length of a signature, which is not the same each time.
    came.delete('TimeoutError');
    expect([...came].sort()).toEqual(['TlsError', 'whole']);
  });
});

describe('a name server that answers with noise', () => {
  it('is a DnsFailureError, or is not believed', async () => {
    const server = createSocket('udp4');
    let random = new Random(0);
    server.on('message', (query, { address, port }) => {
      const noise = random.bytes(random.between(0, 200));
      // Half of them answer the question that was asked, as far as the header says.
      if (random.percent(50)) query.copy(noise, 0, 0, 2);
      if (random.percent(50)) noise[2] = 0x81;
      server.send(random.percent(30) ? Buffer.concat([query, noise]) : noise, port, address);
    });
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    const resolving = testNet({ resolve: undefined, dnsServers: [`127.0.0.1:${server.address().port}`] });
    const names = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      random = new Random(seed);
      const type = random.pick([null, 'a', 'mx', 'txt', 'srv', 'caa'] as const);
      const found = await outcome(resolving.resolve(`n${seed}.test`, type, { timeout: 0.05 }));
      if (found instanceof CaspianError) names.add(found.name);
    }
    expect([...names].every((name) => ['DnsFailureError', 'TimeoutError'].includes(name))).toBe(true);
    await resolving.close();
    await new Promise<void>((resolve) => server.close(resolve));
  });
});
