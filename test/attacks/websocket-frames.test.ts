/** Attack: frames that break RFC 6455, or that would take memory without end. */
import { deflateRawSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';
import { frame, startFrames } from '../helpers/web-socket-server.ts';

const DEFLATE = 'Sec-WebSocket-Extensions: permessage-deflate\r\n';
const lengthOf = (bytes: readonly number[]): Buffer => Buffer.from([0x82, 127, ...bytes]);

const CASES: Readonly<Record<string, readonly [name: string, frames: Buffer, more?: string]>> = {
  'a reserved bit': ['ProtocolError', frame(1, 'x', 8 | 2)],
  'compression that was not agreed on': ['ProtocolError', frame(1, 'x', 8 | 4)],
  'a compressed control frame': ['ProtocolError', frame(9, 'x', 8 | 4), DEFLATE],
  'a mask': ['ProtocolError', Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78])],
  'an opcode that is none': ['ProtocolError', frame(3)],
  'a control opcode that is none': ['ProtocolError', frame(11)],
  'the rest of nothing': ['ProtocolError', frame(0, 'x')],
  'a message within a message': ['ProtocolError', Buffer.concat([frame(1, 'a', 0), frame(1, 'b')])],
  'a ping in fragments': ['ProtocolError', frame(9, 'x', 0)],
  'a ping that is too long': ['ProtocolError', frame(9, 'x'.repeat(126))],
  'text that is no UTF-8': ['ProtocolError', frame(1, Buffer.from([0xc3, 0x28]))],
  'text cut within a character': ['ProtocolError', Buffer.concat([frame(1, Buffer.from([0xe2, 0x82]), 0), frame(0)])],
  'a close of one byte': ['ProtocolError', frame(8, 'x')],
  'a close with a code that is never sent': ['ProtocolError', frame(8, Buffer.from([0x03, 0xee]))],
  'a close with a code that is none': ['ProtocolError', frame(8, Buffer.from([0, 1]))],
  'a close with a reason that is no UTF-8': ['ProtocolError', frame(8, Buffer.from([0x03, 0xe8, 0xff]))],
  'deflate that is none': ['ProtocolError', frame(1, Buffer.from([0xff, 0xff, 0xff, 0xff]), 8 | 4), DEFLATE],
  'a length of 2^63': ['TooLargeError', lengthOf([0x80, 0, 0, 0, 0, 0, 0, 0])],
  'a length of 2^53': ['TooLargeError', lengthOf([0, 0x20, 0, 0, 0, 0, 0, 0])],
  'a length over the cap': ['TooLargeError', lengthOf([0, 0, 0, 0, 0, 0x10, 0, 1])],
  'fragments over the cap': [
    'TooLargeError',
    Buffer.concat(
      ['a', 'b', 'c'].map((letter, at) => frame((at && 0) || 2 * Number(at === 0), letter.repeat(400_000), 0)),
    ),
  ],
  'fragments without end': [
    'ProtocolError',
    Buffer.concat(Array.from({ length: 20_000 }, (_, at) => frame(at === 0 ? 2 : 0, 'x', 0))),
  ],
  'empty fragments without end': [
    'ProtocolError',
    Buffer.concat(Array.from({ length: 20_000 }, (_, at) => frame(at === 0 ? 2 : 0, '', 0))),
  ],
  'an extension that was not asked for': ['ProtocolError', frame(1, 'x'), 'Sec-WebSocket-Extensions: x-own\r\n'],
  'a window that deflate does not have': [
    'ProtocolError',
    frame(1, 'x'),
    `${DEFLATE.trim()}; server_max_window_bits=99\r\n`,
  ],
};

it.each(Object.entries(CASES))('takes %s for what it is', async (_what, [name, frames, more = '']) => {
  await using server = await startFrames(frames, { more });
  await using net = testNet();
  const reading = async () => {
    const socket = await net.webSocket(server.origin());
    while ((await socket.recv()) !== null);
  };
  expect((await failureOf(reading())).name).toBe(name);
  await net.close();
  await until(() => server.connections.open === 0);
});

it('reads what came before a broken frame', async () => {
  const good = Buffer.concat([frame(1, 'one'), frame(1, deflateRawSync('two').subarray(0, -1), 8 | 4)]);
  await using server = await startFrames(Buffer.concat([good, frame(3)]), { more: DEFLATE });
  await using net = testNet();
  const socket = await net.webSocket(server.origin());
  expect(await socket.recv()).toBe('one');
  const next = await socket.recv().catch((error: Error) => error.name);
  expect(['two', 'ProtocolError']).toContain(next);
  expect((await failureOf(socket.recv())).name).toBe('ProtocolError');
  await net.close();
});

it('ends a peer that says goodbye and then goes on', async () => {
  await using server = await startFrames(
    Buffer.concat([frame(8, Buffer.from([0x03, 0xe8])), frame(1, 'x'.repeat(100_000))]),
  );
  await using net = testNet();
  const socket = await net.webSocket(server.origin());
  expect(await socket.recv()).toBe(null);
  expect(await socket.recv()).toBe(null);
  await net.close();
});
