/** Peers that are slow or say nothing: bounded memory, time-outs that lose nothing, lines that come byte by byte. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { asText, failureOf, tcpPair, until } from '../helpers/tcp-server.ts';
import { tlsPair } from '../helpers/tls-server.ts';

describe('a peer that drips', () => {
  it('is understood byte by byte', async () => {
    await using pair = await tcpPair();
    const { socket, peer } = pair;
    const text = 'GET / HTTP/1.1\r\nHost: x\r\n\r\nbody';
    const reading = (async () => [
      asText(await socket.recvLine({ chomp: true })),
      asText(await socket.recvUntil('\r\n\r\n')),
      asText(await socket.recvExact(4)),
    ])();
    for (const [index, letter] of [...text].entries()) {
      peer.write(letter);
      await until(() => socket.bytesReceived > index);
    }
    expect(await reading).toEqual(['GET / HTTP/1.1', 'Host: x\r\n\r\n', 'body']);
  });

  it('does not put off the end of the whole operation', async () => {
    const clock = new ManualClock();
    await using pair = await tcpPair({ net: { clock } });
    const { socket, peer } = pair;
    const reading = failureOf(socket.recvLine({ timeout: 10 }));
    for (let second = 1; second <= 10; second++) {
      peer.write('.');
      await until(() => socket.bytesReceived === second);
      clock.advance(1000);
    }
    expect(await reading).toMatchObject({ name: 'TimeoutError', phase: 'read' });
    peer.write('\n');
    expect(asText(await socket.recvLine())).toBe('..........\n');
  });
});

describe('a script that does not read', () => {
  it('makes the peer wait, and memory stays bounded', async () => {
    await using pair = await tcpPair({ net: { limits: { readAhead: 50_000 } } });
    const { socket, peer } = pair;
    const total = 64_000_000;
    let taken = false;
    peer.end(Buffer.alloc(total, 'm'), () => {
      taken = true;
    });
    await until(() => socket.bytesReceived >= 50_000);
    const seen = socket.bytesReceived;
    expect(taken).toBe(false);
    expect(seen).toBeLessThan(1_000_000);
    let read = 0;
    for (let piece = await socket.recv(); piece !== null; piece = await socket.recv()) read += piece.length;
    expect(read).toBe(total);
  });
});

describe('a peer that does not read', () => {
  it.each(['TCP', 'TLS'])(
    'holds the writer up, and no more lies between them than the system keeps (%s)',
    async (kind) => {
      await using pair = await (kind === 'TLS' ? tlsPair() : tcpPair());
      const { socket, peer } = pair;
      peer.pause();
      const piece = Buffer.alloc(1_000_000, 'w');
      let received = 0;
      peer.on('data', (bytes: Buffer) => {
        received += bytes.length;
        peer.pause();
        setImmediate(() => peer.resume());
      });
      peer.resume();
      let most = 0;
      for (let count = 0; count < 100; count++) {
        await socket.sendAll(piece);
        most = Math.max(most, socket.bytesSent - received);
      }
      // The system's buffers of both sockets: a few MiB each, up to 32 with newer kernels.
      expect(most).toBeLessThan(64_000_000);
      await until(() => received === 100_000_000);
    },
  );
});

describe('a peer that ends in the middle', () => {
  it('gives the tail of a cut line once, then the end', async () => {
    await using pair = await tcpPair();
    pair.peer.end('whole\ncut mid-li');
    const lines: (string | null)[] = [];
    for (let n = 0; n < 4; n++) lines.push(asText(await pair.socket.recvLine()));
    expect(lines).toEqual(['whole\n', 'cut mid-li', null, null]);
  });
});
