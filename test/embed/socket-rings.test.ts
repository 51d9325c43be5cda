/**
 * Sockets of a script's thread, whose data passes through rings: with the usual ones, with ones that grow from the first
 * size to a larger one, and with the smallest. The peer is played by hand.
 */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { FIRST_RING_BYTES, MAX_BLOCKS } from '../../src/net/serve/arena.ts';
import { SMALLEST_MAILBOX_BYTES } from '../../src/wire/layout.ts';
import { type GuestOptions, type GuestThread, startGuest } from '../helpers/guest.ts';
import { readText, startTcp, type TestServer, testNet, until } from '../helpers/tcp-server.ts';

const SIZES: Readonly<Record<string, GuestOptions>> = {
  'usual rings': {},
  'rings that grow once': { ringBytes: FIRST_RING_BYTES * 4 },
  'the smallest rings': { ringBytes: 64, mailboxBytes: SMALLEST_MAILBOX_BYTES },
};

const TEXT = `
  const text = (bytes) => bytes === null ? null : new TextDecoder('latin1').decode(bytes);
  const failure = (run) => { try { return ['went well', run()]; } catch (error) { return [error.code, error.message, error.received]; } };
  const socket = net.tcp('api.test', data.port);
`;

interface Scene extends AsyncDisposable {
  readonly peer: Socket;
  readonly thread: GuestThread;
  readonly server: TestServer;
  readonly net: ReturnType<typeof testNet>;
}

/** A script that has connected, and its peer. */
async function play(source: string, options: GuestOptions = {}): Promise<Scene> {
  const server = await startTcp();
  const net = testNet();
  const given = typeof options.data === 'object' ? options.data : {};
  const thread = startGuest(net, TEXT + source, { ...options, data: { port: server.port, ...given } });
  thread.result.catch(() => {});
  const peer = await Promise.race([
    server.accept(),
    thread.result.then(() => expect.unreachable('it did not connect')),
  ]);
  return {
    peer,
    thread,
    server,
    net,
    [Symbol.asyncDispose]: async () => {
      await thread.worker.terminate();
      await thread.closed;
      await net.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Bytes that show where each of them belongs. */
function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >> 8)) & 255;
  return bytes;
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.each(Object.entries(SIZES))('with %s', (_name, options) => {
  const large = options.ringBytes === 64 ? 20_000 : 3_000_000;

  it('reads what comes in pieces of any size, each kind of read after the other', async () => {
    await using scene = await play(
      `
      const { createHash } = process.getBuiltinModule('node:crypto');
      const hash = createHash('sha256');
      let turn = 0;
      for (let left = data.large; left > 0; turn++) {
        const size = 1 + (turn * 7919) % Math.min(left, turn % 50 === 0 ? 200_000 : 700);
        const got = turn % 3 === 0 ? socket.recv(size) : socket.recvExact(size);
        hash.update(got);
        left -= got.length;
      }
      return [hash.digest('hex'), socket.recv(1), socket.recvLine(), socket.recvExact(5), socket.bytesReceived];
      `,
      { ...options, data: { large } },
    );
    const bytes = pattern(large);
    scene.peer.end(bytes);
    expect(await scene.thread.result).toEqual([digest(bytes), null, null, null, large]);
  });

  it('reads lines over borders, with CRLF, and the tail once', async () => {
    await using scene = await play(
      `return [socket.recvLine({ chomp: true }), socket.recvLine({ chomp: true }), socket.recvLine(), socket.recvUntil('--'),
         socket.recvUntil('--'), socket.recvUntil('--')].map(text);`,
      options,
    );
    const long = 'x'.repeat(500);
    for (const piece of ['one\r', '\ntw', 'o\n', `${long}`, '\n', 'a-', '-b']) {
      scene.peer.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    scene.peer.end();
    expect(await scene.thread.result).toEqual(['one', 'two', `${long}\n`, 'a--', 'b', null]);
  });

  it('loses nothing at a time-out, at a line that is too long, at an end that comes too early', async () => {
    await using scene = await play(
      `
      const seen = [failure(() => socket.recvExact(data.count, { timeout: 0.05 }))[0]];
      seen.push(failure(() => socket.recvLine({ timeout: 0.05 }))[0], failure(() => socket.recvLine({ max: 99 }))[0]);
      seen.push(failure(() => socket.recvAll({ max: 99 }))[0], text(socket.recvExact(90)).length);
      socket.sendAll('go on');
      seen.push(failure(() => socket.recvExact(1000)), text(socket.recv(1000)), socket.recv(1));
      return seen;
      `,
      { ...options, data: { count: large } },
    );
    scene.peer.write('a'.repeat(100));
    expect(await readText(scene.peer, 5)).toBe('go on');
    scene.peer.end('tail');
    const message = `recv_exact api.test:${scene.server.port}: the stream ended after 14 of 1000 bytes`;
    const short = ['NET_RESET', message, 14];
    const late = 'NET_TIMEOUT';
    expect(await scene.thread.result).toEqual([
      late,
      late,
      'NET_SIZE',
      'NET_SIZE',
      90,
      short,
      `${'a'.repeat(10)}tail`,
      null,
    ]);
  });

  it('sends everything, in order, and closes after it', async () => {
    await using scene = await play(
      `
      for (let sent = 0, size = 1; sent < data.bytes.length; sent += size, size = (size * 5) % 4001 + 1) {
        const piece = data.bytes.subarray(sent, sent + size);
        if (size % 2 === 0) socket.sendAll(piece);
        else for (let at = 0; at < piece.length;) at += socket.send(piece.subarray(at));
      }
      const sent = socket.bytesSent;
      socket.close();
      return [sent, socket.bytesSent, socket.connected];
      `,
      { ...options, data: { bytes: pattern(large) } },
    );
    const got = await readText(scene.peer);
    expect(digest(Buffer.from(got, 'latin1'))).toBe(digest(pattern(large)));
    expect(await scene.thread.result).toEqual([large, large, false]);
  });

  it('sends one large piece to a peer that is slow', async () => {
    await using scene = await play(`socket.sendAll(data.bytes); socket.shutdown('send'); return socket.recv(9);`, {
      ...options,
      data: { bytes: pattern(large) },
    });
    const { peer } = scene;
    const chunks: Buffer[] = [];
    peer.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      peer.pause();
      setImmediate(() => peer.resume());
    });
    await new Promise((resolve) => peer.once('end', resolve));
    expect(digest(Buffer.concat(chunks))).toBe(digest(pattern(large)));
    peer.end();
    expect(await scene.thread.result).toBeNull();
  });

  it('holds back a script whose peer does not read, and a peer whose script does not', async () => {
    await using scene = await play(
      `
      const piece = new Uint8Array(50_000);
      let seen = null;
      for (let turn = 0; seen === null; turn++) {
        seen = failure(() => socket.sendAll(piece, { timeout: 0.3 }));
        if (seen[0] === 'went well') seen = null;
      }
      const sent = socket.bytesSent;
      return [seen[0], seen[1], sent < 40_000_000, sent];
      `,
      options,
    );
    const { peer, thread } = scene;
    peer.pause();
    let taken = false;
    peer.write(Buffer.alloc(40_000_000), () => {
      taken = true;
    });
    const message = `send_all api.test:${scene.server.port}: not done in time (write)`;
    const result = await thread.result;
    expect(result).toEqual(['NET_TIMEOUT', message, true, expect.any(Number)]);
    expect(taken).toBe(false);
  });

  it('tells a reader and a writer of a reset, after what came before it', async () => {
    await using scene = await play(
      `
      socket.sendAll('x');
      const seen = [text(socket.recvExact(3))];
      seen.push(failure(() => socket.recvLine())[0], failure(() => socket.recvExact(4)), text(socket.recv(9)));
      seen.push(failure(() => socket.recv(9))[0], failure(() => { for (;;) socket.sendAll('more'); })[0]);
      return seen;
      `,
      options,
    );
    const { peer, thread, server } = scene;
    await readText(peer, 1);
    await new Promise((resolve) => peer.write('abcde', resolve));
    await until(() => peer.writableLength === 0);
    // The bytes have to be in the other system's hands before the reset overtakes them.
    await new Promise((resolve) => setImmediate(resolve));
    peer.resetAndDestroy();
    const short = `recv_exact api.test:${server.port}: the stream ended after 2 of 4 bytes`;
    expect(await thread.result).toEqual(['abc', 'NET_RESET', ['NET_RESET', short, 2], 'de', 'NET_RESET', 'NET_RESET']);
  });

  it('wakes a writer that waits when the connection is reset', async () => {
    await using scene = await play(
      `return failure(() => { const piece = new Uint8Array(100_000); for (;;) socket.sendAll(piece, { timeout: null }); })[0];`,
      options,
    );
    scene.peer.pause();
    await until(() => scene.peer.bytesRead >= 0);
    setTimeout(() => scene.peer.resetAndDestroy(), 100);
    expect(await scene.thread.result).toBe('NET_RESET');
  });

  it('ends both directions apart', async () => {
    await using scene = await play(
      `
      socket.sendAll('bye');
      socket.shutdown('send');
      const seen = [failure(() => socket.sendAll('more'))[0], failure(() => socket.send('more'))[0], text(socket.recvLine())];
      socket.shutdown('recv');
      seen.push(socket.recv(10), socket.recvLine());
      return seen;
      `,
      options,
    );
    expect(await readText(scene.peer)).toBe('bye');
    scene.peer.write('still here\nand more');
    expect(await scene.thread.result).toEqual(['NET_SOCKET', 'NET_SOCKET', 'still here\n', null, null]);
  });

  it('sends what it had when its script ends without closing', async () => {
    await using scene = await play(`socket.sendAll(data.bytes); return 'ended';`, {
      ...options,
      data: { bytes: pattern(2_000) },
    });
    const reading = readText(scene.peer);
    expect(await scene.thread.result).toBe('ended');
    await scene.thread.worker.terminate();
    expect(digest(Buffer.from(await reading, 'latin1'))).toBe(digest(pattern(2_000)));
  });

  it('selects over what lies in a ring and what does not', async () => {
    await using scene = await play(
      `
      const other = net.tcp('api.test', data.port);
      const index = ([readers, writers]) => [readers.map((each) => each === socket ? 0 : 1), writers.length];
      const seen = [index(net.select([socket, other], [other]))];
      socket.sendAll('a');
      seen.push(index(net.select([socket, other])), text(socket.recv(9)));
      seen.push(index(net.select([socket, other], [], 0)));
      other.sendAll('b');
      seen.push(index(net.select([socket, other])), other.recv(1));
      return seen;
      `,
      options,
    );
    const second = await scene.server.accept();
    await readText(scene.peer, 1);
    scene.peer.write('first');
    await readText(second, 1);
    second.end();
    expect(await scene.thread.result).toEqual([[[], 1], [[0], 0], 'first', [[], 0], [[1], 0], null]);
  });

  it('refuses to go on in TLS over bytes that came in the clear', async () => {
    await using scene = await play(
      `
      const seen = [text(socket.recvLine()), failure(() => socket.starttls({ verify: false }))[0]];
      seen.push(failure(() => socket.recv(9))[0]);
      return seen;
      `,
      options,
    );
    scene.peer.write(`${'220 go ahead'.padEnd(200, '.')}\ninjected`);
    expect(await scene.thread.result).toEqual([`${'220 go ahead'.padEnd(200, '.')}\n`, 'NET_TLS', 'NET_TLS']);
    await until(() => scene.peer.destroyed || scene.peer.readableEnded, 'the connection is closed');
  });
});

it('serves sockets by calls when the memory for rings is used up, and by rings when there is some again', async () => {
  const count = MAX_BLOCKS / 2 + 4;
  await using scene = await play(
    `
    const sockets = [socket];
    while (sockets.length < data.count) sockets.push(net.tcp('api.test', data.port));
    const round = () => sockets.map((each, index) => { each.sendAll('line ' + index + '\\n'); return text(each.recvLine()); });
    const first = round();
    for (const each of sockets.splice(0, 20)) each.close();
    while (sockets.length < data.count) sockets.push(net.tcp('api.test', data.port));
    const second = round();
    return [first.length, first.every((line, index) => line === 'line ' + index + '\\n'),
      second.every((line, index) => line === 'line ' + index + '\\n')];
    `,
    { ringBytes: 64, data: { count } },
  );
  scene.peer.pipe(scene.peer);
  for (let peers = 1; peers < count + 20; peers++) void scene.server.accept().then((peer) => peer.pipe(peer));
  expect(await scene.thread.result).toEqual([count, true, true]);
});
