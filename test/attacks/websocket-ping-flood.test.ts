/** Attack: pings without end from a peer that reads no pong, so that the answers pile up. */
import { expect, it } from 'vitest';
import { testNet } from '../helpers/tcp-server.ts';
import { frame, startFrames } from '../helpers/web-socket-server.ts';

it('keeps one pong at most', async () => {
  const flood = Buffer.concat(Array.from({ length: 10_000 }, () => frame(9, 'x'.repeat(125))));
  let rounds = 0;
  await using server = await startFrames((socket) => {
    socket.pause();
    const more = (): void => {
      if (rounds++ < 100 && !socket.destroyed) socket.write(flood, more);
      else socket.write(frame(1, 'over'));
    };
    more();
  });
  await using net = testNet();
  const before = process.memoryUsage();
  const socket = await net.webSocket(server.origin());
  // 127 MB of pings have been taken in by then.
  expect(await socket.recv({ timeout: 60 })).toBe('over');
  const after = process.memoryUsage();
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(16 * 2 ** 20);
  await net.close();
});
