/** A peer that resets: what had arrived is delivered, then the reset is raised, every time. */
import { describe, expect, it } from 'vitest';
import { asText, failureOf, tcpPair, until } from '../helpers/tcp-server.ts';

describe('a reset', () => {
  it('is raised after what had arrived before it, and stays', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.write('before');
    await until(() => socket.bytesReceived === 6);
    peer.resetAndDestroy();
    await until(() => !socket.connected);
    expect(asText(await socket.recv(3))).toBe('bef');
    expect(asText(await socket.recvExact(3))).toBe('ore');
    for (let n = 0; n < 3; n++) {
      expect(await failureOf(socket.recv())).toMatchObject({ name: 'ConnectionResetError', host: 'api.test' });
    }
    expect((await failureOf(socket.send('x'))).name).toBe('ConnectionResetError');
    await socket.close();
  });

  it('ends a read that waits', async () => {
    await using pair = await tcpPair();
    const reading = failureOf(pair.socket.recv());
    pair.peer.resetAndDestroy();
    expect((await reading).code).toBe('NET_RESET');
  });

  it('ends a write that waits, and says how much had gone', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.pause();
    const total = 64_000_000;
    const writing = failureOf(socket.sendAll(Buffer.alloc(total)));
    await until(() => socket.bytesSent > 0);
    peer.resetAndDestroy();
    expect(await writing).toMatchObject({ name: 'ConnectionResetError', operation: 'send', host: 'api.test' });
    expect(socket.bytesSent).toBeLessThan(total);
    expect((await failureOf(socket.send('x'))).name).toBe('ConnectionResetError');
    expect((await failureOf(socket.recv())).name).toBe('ConnectionResetError');
    expect(socket.connected).toBe(false);
  });

  it('leaves a line that it cut readable, and is no end of stream', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.write('cut mid-li');
    await until(() => socket.bytesReceived === 10);
    peer.resetAndDestroy();
    expect((await failureOf(socket.recvLine())).name).toBe('ConnectionResetError');
    expect(await failureOf(socket.recvExact(20))).toMatchObject({ name: 'ConnectionResetError', received: 10 });
    expect((await failureOf(socket.recvAll())).name).toBe('ConnectionResetError');
    expect(asText(await socket.recv())).toBe('cut mid-li');
  });

  it('loses nothing of what lay in the stream while reading was paused', async () => {
    await using pair = await tcpPair({ net: { limits: { readAhead: 1000 } } });
    const { socket, peer } = pair;
    peer.write(Buffer.alloc(2000, 'p'));
    await until(() => socket.bytesReceived === 2000);
    await new Promise((resolve) => peer.write(Buffer.alloc(30_000, 'q'), resolve));
    peer.resetAndDestroy();
    await until(() => !socket.connected);
    let read = 0;
    for (;;) {
      const piece = await socket.recv(700).catch(() => null);
      if (piece === null) break;
      read += piece.length;
    }
    expect(read).toBe(32_000);
    expect((await failureOf(socket.recv())).name).toBe('ConnectionResetError');
  });

  it('found by a write does not take away the answer that came before it', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    // The answer and the reset are both in our system before this thread looks at either.
    peer.write('go away\n');
    peer.resetAndDestroy();
    const failure = await failureOf(
      (async () => {
        for (;;) await socket.sendAll('more');
      })(),
    );
    expect(failure.name).toBe('ConnectionResetError');
    expect(asText(await socket.recvLine())).toBe('go away\n');
    expect((await failureOf(socket.recvLine())).name).toBe('ConnectionResetError');
    expect((await failureOf(socket.sendAll('again'))).name).toBe('ConnectionResetError');
  });

  it('of a closed peer that is written to is a reset and no bare EPIPE', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    peer.destroy();
    expect(await socket.recv()).toBeNull();
    const failure = await failureOf(
      (async () => {
        for (;;) await socket.sendAll('x'.repeat(1000));
      })(),
    );
    expect(failure).toMatchObject({ name: 'ConnectionResetError', operation: 'send' });
    expect((failure.cause as NodeJS.ErrnoException).code).toMatch(/^(EPIPE|ECONNRESET)$/);
  });
});
