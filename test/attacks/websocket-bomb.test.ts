/** Attack: small compressed messages that decode to immense ones, or to many that nobody has asked for. */
import { constants, deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { frame, startFrames, startSockets } from '../helpers/web-socket-server.ts';

const ZEROS = Buffer.alloc(32 * 2 ** 20);
const deflate = { threshold: 0, serverNoContextTakeover: true };

it('stops a message at the cap', async () => {
  await using server = await startSockets((socket) => socket.send(ZEROS), {
    perMessageDeflate: deflate,
  });
  await using net = testNet();
  const before = process.memoryUsage().arrayBuffers;
  for (const maxMessage of [1_000, undefined]) {
    const socket = await net.webSocket(server.url(), { maxMessage });
    expect(await failureOf(socket.recv())).toMatchObject({
      name: 'TooLargeError',
      hint: expect.stringContaining('maxMessage'),
    });
  }
  await until(() => server.open === 0);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20);
});

it('stops fragments of one message at the cap together', async () => {
  await using server = await startSockets(
    (socket) => {
      for (let turn = 0; turn < 20; turn++) socket.send(Buffer.alloc(100_000), { fin: turn === 19 });
    },
    { perMessageDeflate: deflate },
  );
  await using net = testNet();
  const socket = await net.webSocket(server.url());
  expect((await failureOf(socket.recv())).name).toBe('TooLargeError');
});

it('keeps little of what nobody reads, however far it expands', async () => {
  // 64 KB on the wire, which come in one piece or in a few: 64 MB decoded.
  const message = frame(
    2,
    deflateRawSync(ZEROS.subarray(0, 1_000_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
    8 | 4,
  );
  const frames = Buffer.concat(Array.from({ length: 64 }, () => message));
  await using server = await startFrames(frames, { more: 'Sec-WebSocket-Extensions: permessage-deflate\r\n' });
  await using net = testNet();
  const before = process.memoryUsage().arrayBuffers;
  const socket = await net.webSocket(server.origin());
  for (let turn = 0; turn < 20_000 && !socket.closed; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24 * 2 ** 20);
  let kept = 0;
  const reading = async () => {
    for await (const message of socket) kept += message.length;
  };
  const ended = await Promise.race([failureOf(reading()), until(() => kept === 64_000_000)]);
  if (ended instanceof Error) expect([ended.name, kept < 8 * 2 ** 20]).toEqual(['TooLargeError', true]);
  await net.close();
});
