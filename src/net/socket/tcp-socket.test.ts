/** TcpSocket against a peer that the test plays by hand. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import {
  asText,
  failureOf,
  openSockets,
  readText,
  type TcpPair,
  tcpPair,
  until,
} from '../../../test/helpers/tcp-server.ts';

/** All that was sent is there to be read. */
async function arrived({ socket }: TcpPair, count: number): Promise<void> {
  await until(() => socket.bytesReceived >= count);
}

describe('recv', () => {
  it('gives what is there, at most as much as asked for, and null at the end', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.end('hello');
    await arrived(pair, 5);
    expect(asText(await socket.recv(2))).toBe('he');
    expect(asText(await socket.recv(100))).toBe('llo');
    expect(await socket.recv(1)).toBeNull();
    expect(await socket.recv(1)).toBeNull();
  });

  it('waits for the first byte', async () => {
    await using pair = await tcpPair();
    const reading = pair.socket.recv(10);
    pair.peer.write('x');
    expect(asText(await reading)).toBe('x');
  });

  it('gives no bytes at once for recv(0), at the end too', async () => {
    await using pair = await tcpPair();
    expect(await pair.socket.recv(0)).toHaveLength(0);
    pair.peer.end();
    expect(await pair.socket.recv()).toBeNull();
    expect(await pair.socket.recv(0)).toHaveLength(0);
  });

  it.each([[-1], [1.5], [Number.NaN], [2 ** 31], ['5']])('refuses the count %s', async (count) => {
    await using pair = await tcpPair();
    const failure = await failureOf(pair.socket.recv(count as number));
    expect(failure.name).toBe('ArgumentError');
  });

  it('refuses a second read while one is waiting, and the first goes on', async () => {
    await using pair = await tcpPair();
    const first = pair.socket.recvLine();
    const failure = await failureOf(pair.socket.recv(1));
    expect(failure).toMatchObject({ name: 'SocketError', message: 'another read of this socket is waiting' });
    pair.peer.write('line\n');
    expect(asText(await first)).toBe('line\n');
  });

  it('may be called again from where the one before has just ended', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    const seen: (string | null)[] = [];
    const chain = socket.recv(1).then((one) => {
      seen.push(asText(one));
      return socket.recv(1).then((two) => seen.push(asText(two)));
    });
    peer.write('a');
    await until(() => seen.length === 1);
    peer.write('b');
    await chain;
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('recvLine', () => {
  it('gives lines through the newline, the unterminated tail once, then null', async () => {
    await using pair = await tcpPair();
    pair.peer.end('one\r\ntwo\n\nlast');
    const lines: (string | null)[] = [];
    for (let n = 0; n < 5; n++) lines.push(asText(await pair.socket.recvLine()));
    expect(lines).toEqual(['one\r\n', 'two\n', '\n', 'last', null]);
  });

  it('leaves out the newline and a carriage return before it, if told to', async () => {
    await using pair = await tcpPair();
    pair.peer.end('one\r\ntwo\n\r\n\nx\r\r\nlast\r');
    const lines: string[] = [];
    for await (const line of pair.socket.lines({ chomp: true })) lines.push(String(asText(line)));
    expect(lines).toEqual(['one', 'two', '', '', 'x\r', 'last\r']);
  });

  it('takes a line of exactly max bytes', async () => {
    await using pair = await tcpPair();
    pair.peer.write('1234\n12345\n');
    expect(asText(await pair.socket.recvLine({ max: 5 }))).toBe('1234\n');
    expect((await failureOf(pair.socket.recvLine({ max: 5 }))).name).toBe('TooLargeError');
    expect(asText(await pair.socket.recvLine({ max: 6 }))).toBe('12345\n');
  });

  it('loses nothing over a line that is too long, terminated or not', async () => {
    await using pair = await tcpPair();
    pair.peer.write('x'.repeat(100));
    expect((await failureOf(pair.socket.recvLine({ max: 10 }))).code).toBe('NET_SIZE');
    pair.peer.end('\nrest');
    expect(asText(await pair.socket.recvLine())).toBe(`${'x'.repeat(100)}\n`);
    expect(asText(await pair.socket.recvLine())).toBe('rest');
  });

  it('takes a tail of exactly max bytes, however late the end comes', async () => {
    await using pair = await tcpPair();
    pair.peer.write('12345');
    await arrived(pair, 5);
    const reading = pair.socket.recvLine({ max: 5 });
    pair.peer.end();
    expect(asText(await reading)).toBe('12345');
  });

  it('reads a line longer than the read-ahead', async () => {
    await using pair = await tcpPair({ net: { limits: { readAhead: 10 } } });
    const line = `${'y'.repeat(300_000)}\n`;
    pair.peer.write(line);
    expect(asText(await pair.socket.recvLine({ max: 400_000 }))).toBe(line);
  });
});

describe('recvExact', () => {
  it('gives exactly so many bytes, and null at the end', async () => {
    await using pair = await tcpPair();
    pair.peer.end('abcdef');
    expect(asText(await pair.socket.recvExact(4))).toBe('abcd');
    expect(await pair.socket.recvExact(0)).toHaveLength(0);
    expect(asText(await pair.socket.recvExact(2))).toBe('ef');
    expect(await pair.socket.recvExact(2)).toBeNull();
  });

  it('says how many came where the stream ends in between; they stay readable', async () => {
    await using pair = await tcpPair();
    pair.peer.end('abc');
    const failure = await failureOf(pair.socket.recvExact(10));
    expect(failure).toMatchObject({ name: 'ConnectionResetError', received: 3, operation: 'recv_exact' });
    expect(failure.message).toContain('after 3 of 10 bytes');
    expect(asText(await pair.socket.recv(10))).toBe('abc');
  });

  it('reads more than the read-ahead', async () => {
    await using pair = await tcpPair({ net: { limits: { readAhead: 100 } } });
    pair.peer.write(Buffer.alloc(1_000_000, 'z'));
    const read = await pair.socket.recvExact(1_000_000);
    expect(read).toHaveLength(1_000_000);
  });
});

describe('recvAll and recvUntil', () => {
  it('reads to the end, and null when that is nothing', async () => {
    await using pair = await tcpPair();
    pair.peer.end('everything');
    expect(asText(await pair.socket.recvAll())).toBe('everything');
    expect(await pair.socket.recvAll()).toBeNull();
  });

  it('refuses more than max and loses nothing', async () => {
    await using pair = await tcpPair();
    pair.peer.end('0123456789');
    expect((await failureOf(pair.socket.recvAll({ max: 9 }))).name).toBe('TooLargeError');
    expect(asText(await pair.socket.recvAll({ max: 10 }))).toBe('0123456789');
  });

  it('reads through a mark, and the tail without it', async () => {
    await using pair = await tcpPair();
    pair.peer.end('a--b-c--tail');
    expect(asText(await pair.socket.recvUntil('--'))).toBe('a--');
    expect(asText(await pair.socket.recvUntil(Buffer.from('--')))).toBe('b-c--');
    expect(asText(await pair.socket.recvUntil('--'))).toBe('tail');
    expect(await pair.socket.recvUntil('--')).toBeNull();
  });

  it('counts the mark into max and refuses an empty one', async () => {
    await using pair = await tcpPair();
    pair.peer.write('abc--');
    expect((await failureOf(pair.socket.recvUntil('--', { max: 4 }))).name).toBe('TooLargeError');
    expect(asText(await pair.socket.recvUntil('--', { max: 5 }))).toBe('abc--');
    expect((await failureOf(pair.socket.recvUntil(''))).name).toBe('ArgumentError');
  });
});

describe('time-outs and signals', () => {
  it('loses nothing by a time-out in the middle of a line', async () => {
    const clock = new ManualClock();
    await using pair = await tcpPair({ net: { clock }, socket: { timeout: 5 } });
    pair.peer.write('half');
    await arrived(pair, 4);
    const reading = pair.socket.recvLine();
    clock.advance(4999);
    clock.advance(1);
    expect(await failureOf(reading)).toMatchObject({ name: 'TimeoutError', phase: 'read', operation: 'recv_line' });
    pair.peer.write(' more\n');
    expect(asText(await pair.socket.recvLine())).toBe('half more\n');
    expect(clock.timers).toBe(0);
  });

  it('takes its own time-out over that of the socket, which can be set', async () => {
    const clock = new ManualClock();
    await using pair = await tcpPair({ net: { clock } });
    const { socket } = pair;
    expect(socket.timeout).toBe(30);
    socket.timeout = null;
    const reading = socket.recv(1, { timeout: 0.5 });
    clock.advance(500);
    expect((await failureOf(reading)).code).toBe('NET_TIMEOUT');
    const endless = socket.recv(1);
    expect(clock.timers).toBe(0);
    pair.peer.write('x');
    expect(asText(await endless)).toBe('x');
    expect(() => {
      socket.timeout = 0;
    }).toThrow('timeout must be more than 0');
  });

  it("ends with the signal's reason and loses nothing", async () => {
    await using pair = await tcpPair();
    const controller = new AbortController();
    const reading = pair.socket.recvExact(4, { signal: controller.signal });
    pair.peer.write('abc');
    await arrived(pair, 3);
    controller.abort(new Error('enough'));
    await expect(reading).rejects.toThrow('enough');
    await expect(pair.socket.recv(1, { signal: controller.signal })).rejects.toThrow('enough');
    pair.peer.write('d');
    expect(asText(await pair.socket.recvExact(4))).toBe('abcd');
  });

  it('names the nearest option for one that does not exist', async () => {
    await using pair = await tcpPair();
    const failure = await failureOf(pair.socket.recvLine({ chop: true } as object));
    expect(failure).toMatchObject({ name: 'ArgumentError', hint: 'did you mean chomp?' });
  });
});

describe('sending', () => {
  it('sends texts and bytes, and counts them', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    expect(await socket.send('grüß')).toBe(6);
    await socket.sendAll(new Uint8Array([33, 10]));
    expect(socket.bytesSent).toBe(8);
    expect(Buffer.from(await readText(peer, 8), 'latin1').toString()).toBe('grüß!\n');
    expect((await failureOf(socket.send(5 as never))).name).toBe('ArgumentError');
  });

  it('waits until a slow peer takes the bytes, in order with other writes', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.pause();
    const large = Buffer.alloc(16_000_000, 'a');
    let done = false;
    const sending = socket.sendAll(large).then(() => {
      done = true;
    });
    const after = socket.sendAll('END');
    await until(() => peer.readableLength > 0);
    expect(done).toBe(false);
    const text = readText(peer, large.length + 3);
    peer.resume();
    await Promise.all([sending, after]);
    expect((await text).slice(-4)).toBe('aEND');
    expect(socket.bytesSent).toBe(large.length + 3);
  });

  it('stops after a time-out and says what went', async () => {
    const clock = new ManualClock();
    await using pair = await tcpPair({ net: { clock } });
    const { socket, peer } = pair;
    peer.pause();
    const sending = socket.sendAll(Buffer.alloc(32_000_000));
    await until(() => socket.bytesSent > 0 && peer.readableLength > 0);
    clock.advance(30_000);
    expect(await failureOf(sending)).toMatchObject({ name: 'TimeoutError', phase: 'write', operation: 'send_all' });
    expect(socket.bytesSent).toBeLessThan(32_000_000);
  });

  it('has nothing to do for no bytes', async () => {
    await using pair = await tcpPair();
    expect(await pair.socket.send('')).toBe(0);
  });
});

describe('half-close', () => {
  it('ends sending alone: the answer can still be read', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    await socket.sendAll('question');
    await socket.shutdown('send');
    expect(await readText(peer)).toBe('question');
    peer.end('answer');
    expect(asText(await socket.recvAll())).toBe('answer');
    expect(await failureOf(socket.send('more'))).toMatchObject({ name: 'SocketError' });
    await socket.shutdown('send');
  });

  it("goes on sending after the peer's end", async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.end();
    expect(await socket.recv()).toBeNull();
    expect(socket.connected).toBe(true);
    await socket.sendAll('still here');
    expect(await readText(peer, 10)).toBe('still here');
  });

  it('still finds the end once both sides have ended and the connection is gone', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.end('last');
    await socket.shutdown('send');
    peer.resume();
    await until(() => openSockets() === 0);
    expect(asText(await socket.recvAll())).toBe('last');
    expect(await socket.recv()).toBeNull();
    expect((await failureOf(socket.send('x'))).name).toBe('SocketError');
  });

  it('ends receiving alone: reads find the end, what comes is dropped', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.write('unread');
    await arrived(pair, 6);
    const before = socket.bytesReceived;
    await socket.shutdown('recv');
    peer.write('later');
    await until(() => socket.bytesReceived > before);
    expect(await socket.recv()).toBeNull();
    await socket.sendAll('ok');
    expect(await readText(peer, 2)).toBe('ok');
  });

  it('ends a waiting read', async () => {
    await using pair = await tcpPair();
    const reading = pair.socket.recv();
    await pair.socket.shutdown('both');
    expect(await reading).toBeNull();
    expect((await failureOf(pair.socket.shutdown('all' as never))).name).toBe('ArgumentError');
  });
});

describe('close', () => {
  it('sends what was written, then ends; again does nothing', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    const text = readText(peer);
    const sending = socket.sendAll(Buffer.alloc(3_000_000, 'b'));
    await socket.close();
    await sending;
    expect(await text).toHaveLength(3_000_000);
    await socket.close();
    expect(socket.connected).toBe(false);
  });

  it('makes every later use a SocketError, and a waiting read too', async () => {
    await using pair = await tcpPair();
    const { socket } = pair;
    const waiting = failureOf(socket.recv());
    await socket.close();
    const failures = [
      await waiting,
      await failureOf(socket.recv()),
      await failureOf(socket.recv(0)),
      await failureOf(socket.recvLine()),
      await failureOf(socket.send('x')),
      await failureOf(socket.shutdown('send')),
      await failureOf(socket.starttls()),
    ];
    expect(failures.map(({ name }) => name)).toEqual(Array.from({ length: 7 }, () => 'SocketError'));
  });

  it('resets the connection where the peer takes nothing in time', async () => {
    const clock = new ManualClock();
    await using pair = await tcpPair({ net: { clock } });
    const { socket, peer } = pair;
    peer.pause();
    const sending = failureOf(socket.sendAll(Buffer.alloc(32_000_000)));
    await until(() => peer.readableLength > 0);
    const closing = failureOf(socket.close({ timeout: 1 }));
    clock.advance(1000);
    expect(await closing).toMatchObject({ name: 'TimeoutError', phase: 'write', operation: 'close' });
    expect((await sending).name).toBe('SocketError');
    const errors: unknown[] = [];
    peer.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code));
    peer.resume();
    await until(() => errors.length > 0);
    expect(errors).toEqual(['ECONNRESET']);
  });

  it('is what `await using` does', async () => {
    await using pair = await tcpPair();
    {
      await using socket = pair.socket;
      await socket.sendAll('x');
    }
    expect(pair.socket.connected).toBe(false);
  });
});

describe('properties', () => {
  it('tells both ends and takes socket options', async () => {
    await using pair = await tcpPair({ socket: { noDelay: false } });
    const { socket, peer } = pair;
    expect(socket).toMatchObject({ host: 'api.test', port: peer.localPort, connected: true });
    expect(socket).toMatchObject({ localHost: '127.0.0.1', localPort: peer.remotePort });
    expect([socket.noDelay, socket.keepAlive]).toEqual([false, false]);
    socket.noDelay = true;
    socket.keepAlive = true;
    expect([socket.noDelay, socket.keepAlive]).toEqual([true, true]);
    expect(() => {
      socket.noDelay = 1 as never;
    }).toThrow('noDelay must be true or false');
  });
});
