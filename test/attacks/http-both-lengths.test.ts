/** Attack: frame a response so that two readers would see two different bodies. */
import { expect, it } from 'vitest';
import { startSaying } from '../helpers/http-server.ts';
import { failureOf, testNet } from '../helpers/tcp-server.ts';

const CASES: Readonly<Record<string, string>> = {
  'length and chunks': 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'chunks and length': 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'two lengths': 'Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
  'the same length twice': 'Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
  'a list of lengths': 'Content-Length: 5, 5\r\n\r\nhello',
  'a negative length': 'Content-Length: -5\r\n\r\nhello',
  'a length with a sign': 'Content-Length: +5\r\n\r\nhello',
  'a hexadecimal length': 'Content-Length: 0x5\r\n\r\nhello',
  'an endless length': `Content-Length: ${'9'.repeat(40)}\r\n\r\nhello`,
  'chunks over gzip': 'Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'chunks twice': 'Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'two transfer codings': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'a transfer coding that is none': 'Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
  'a chunk length that is none': 'Transfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n0\r\n\r\n',
  'an endless chunk length': `Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(40)}\r\nhello\r\n0\r\n\r\n`,
  'a chunk longer than it says': 'Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n',
  'a space before the colon': 'Content-Length : 5\r\n\r\nhello',
  'a folded header': 'X-A: b\r\n Content-Length: 5\r\n\r\nhello',
  'a line break alone': 'X-A: b\nContent-Length: 5\r\n\r\nhello',
  'a NUL in a header': 'X-A: b\0c\r\nContent-Length: 5\r\n\r\nhello',
};

it.each(Object.entries(CASES))('takes %s for a broken response', async (_what, text) => {
  await using server = await startSaying(`HTTP/1.1 200 OK\r\n${text}`);
  await using net = testNet();
  const failure = await failureOf(net.fetch(server.origin()).then((response) => response.bytes()));
  expect(failure.name).toBe('ProtocolError');
  expect((await failureOf(net.fetch(server.origin()).then((response) => response.bytes()))).name).toBe('ProtocolError');
  expect(server.connections.accepted).toBe(2);
});
