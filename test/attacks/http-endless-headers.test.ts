/** Attack: never come to the body: fill the kernel's memory or its time with what stands before, between and behind it. */
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { startRaw } from '../helpers/http-server.ts';
import { failureOf, testNet, until } from '../helpers/tcp-server.ts';

/** Writes `text` over and over until the other end is gone. */
function flood(socket: Socket, text: string): void {
  const piece = Buffer.from(text.repeat(Math.ceil(16_384 / text.length)), 'latin1');
  const more = (): void => {
    while (!socket.destroyed && socket.writable) if (!socket.write(piece)) return;
  };
  socket.on('drain', more);
  more();
}

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

it.each([
  ['header lines', OK, 'X-Header: value\r\n'],
  ['tiny header lines', OK, 'a:\r\n'],
  ['a header name', OK, 'x'],
  ['a header value', `${OK}X-A: `, 'x'],
  ['a reason', 'HTTP/1.1 200 ', 'x'],
  ['interim responses', '', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
  ['an empty interim response', '', 'HTTP/1.1 102 \r\n\r\n'],
  ['a chunk extension', `${CHUNKED}5;`, 'x'],
  ['zeros before a chunk length', CHUNKED, '0'],
  ['trailers', `${CHUNKED}5\r\nhello\r\n0\r\n`, 'X-Trailer: value\r\n'],
  ['a trailer', `${CHUNKED}5\r\nhello\r\n0\r\nX-A: `, 'x'],
  ['line breaks before the answer', '', '\r\n'],
])('gives up on endless %s', async (_what, start, rest) => {
  let sent = 0;
  await using server = await startRaw((socket) => {
    socket.on('close', () => {
      sent = socket.bytesWritten;
    });
    socket.write(start, 'latin1');
    flood(socket, rest);
  });
  await using net = testNet();
  const failure = await failureOf(net.fetch(server.origin()).then((response) => response.bytes()));
  expect(failure.name).toBe('ProtocolError');
  await until(() => server.connections.open === 0);
  expect(sent).toBeLessThan(32 * 2 ** 20);
});

it('takes as much header as is usual', async () => {
  const lines = Array.from({ length: 500 }, (_, at) => `X-Header-${at}: ${'v'.repeat(100)}\r\n`).join('');
  await using server = await startRaw((socket) => {
    socket.write(`${OK}${lines}Content-Length: 2\r\n\r\nok`);
  });
  await using net = testNet();
  const response = await net.fetch(server.origin());
  expect([response.header('x-header-499')?.length, await response.text()]).toEqual([100, 'ok']);
});
