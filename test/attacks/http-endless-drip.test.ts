/** Attack: send a byte now and then, so that no time-out that watches for idleness is ever met. */
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { startRaw } from '../helpers/http-server.ts';
import { ManualClock } from '../helpers/tcp-clock.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

it('ends when its time is over, in the headers', async () => {
  const clock = new ManualClock();
  const drips: Socket[] = [];
  await using server = await startRaw((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nX-A: ');
    drips.push(socket);
  });
  await using net = testNet({ clock });
  const failed = failureOf(net.fetch(server.origin(), { timeout: 5 }));
  await until(() => drips.length === 1);
  await dripUntilLate(clock, () => drips[0]?.write('x'));
  expect(await failed).toMatchObject({ name: 'TimeoutError', phase: 'headers' });
  await until(() => server.connections.open === 0);
});

it.each(['Content-Length: 1000000\r\n', 'Transfer-Encoding: chunked\r\n', ''])(
  'ends so in the body too (%j)',
  async (framing) => {
    const clock = new ManualClock();
    const drips: Socket[] = [];
    await using server = await startRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${framing}\r\n`);
      drips.push(socket);
    });
    await using net = testNet({ clock });
    const response = await net.fetch(server.origin(), { timeout: 5 });
    let read = 0;
    const failed = failureOf(
      (async () => {
        for await (const piece of response) read += piece.length;
      })(),
    );
    await dripUntilLate(clock, async () => {
      const before = read;
      drips[0]?.write(framing.includes('chunked') ? '1\r\nx\r\n' : 'x');
      await until(() => read > before);
    });
    expect(await failed).toMatchObject({ name: 'TimeoutError', phase: 'body' });
    await until(() => server.connections.open === 0);
  },
);

/** Four seconds and a bit, a drop in each, and then the fifth. */
async function dripUntilLate(clock: ManualClock, drip: () => unknown): Promise<void> {
  for (let second = 1; second < 5; second++) {
    await drip();
    clock.advance(1_000);
  }
  clock.advance(1_000);
}

it('ends a redirect chain whose hops are each in time', async () => {
  const clock = new ManualClock();
  let turns = 0;
  await using server = await startRaw((socket, turn) => {
    turns = turn;
    clock.advance(700);
    socket.write(`HTTP/1.1 302 Found\r\nLocation: /${turn}\r\nContent-Length: 0\r\n\r\n`);
  });
  await using net = testNet({ clock });
  const failure = await failureOf(net.fetch(server.origin(), { timeout: 3, maxRedirects: 100 }));
  expect(failure.name).toBe('TimeoutError');
  expect(turns).toBe(5);
});
