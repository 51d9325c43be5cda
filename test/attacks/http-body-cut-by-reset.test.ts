/** Attack: cut a body short on the way, so that a part passes for the whole. */
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { startRaw } from '../helpers/http-server.ts';
import { failureOf, startTcp, testNet } from '../helpers/tcp-server.ts';
import { acceptTls, pemOf } from '../helpers/tls-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const gzipped = gzipSync(Buffer.alloc(100_000, 'abcdefghij'));
const reset = (socket: Socket): void => void socket.resetAndDestroy();
const fin = (socket: Socket): void => void socket.end();

const CASES: readonly (readonly [what: string, text: string, end: (socket: Socket) => void])[] = [
  ['a body until the end, then a reset', `${OK}\r\nhello`, reset],
  ['an HTTP/1.0 body, then a reset', 'HTTP/1.0 200 OK\r\n\r\nhello', reset],
  ['a body with Connection: close, then a reset', `${OK}Connection: close\r\n\r\nhello`, reset],
  ['half of a stated length, then a reset', `${OK}Content-Length: 10\r\n\r\nhello`, reset],
  ['half of a stated length, then an end', `${OK}Content-Length: 10\r\n\r\nhello`, fin],
  ['a chunk, then a reset', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, reset],
  ['a chunk, then an end', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, fin],
  ['the last chunk without its end', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n`, fin],
  ['half of a chunk, then an end', `${OK}Transfer-Encoding: chunked\r\n\r\na\r\nhello`, fin],
  ['half of the headers, then an end', `${OK}X-A: b`, fin],
  ['half of the headers, then a reset', `${OK}X-A: b`, reset],
  ['nothing, then an end', '', fin],
  ['nothing, then a reset', '', reset],
  [
    'half of a coded body until the end, then an end',
    `${OK}Content-Encoding: gzip\r\n\r\n${gzipped.subarray(0, gzipped.length / 2).toString('latin1')}`,
    fin,
  ],
];

it.each(CASES)('takes %s for a connection that was cut', async (_what, text, end) => {
  await using server = await startRaw((socket) => {
    if (text === '') end(socket);
    else socket.write(text, 'latin1', () => setImmediate(() => setImmediate(() => end(socket))));
  });
  await using net = testNet();
  const failure = await failureOf(net.fetch(server.origin()).then((response) => response.bytes()));
  expect([failure.name, failure.code, failure.retryable]).toEqual(['ConnectionResetError', 'NET_RESET', true]);
  const streamed = async () => {
    for await (const piece of await net.fetch(server.origin())) expect(piece.length).toBeGreaterThan(0);
  };
  expect((await failureOf(streamed())).name).toBe('ConnectionResetError');
});

it('takes a body that ends with its connection for whole when that ends well', async () => {
  await using server = await startRaw((socket) => {
    socket.end(`${OK}\r\nhello`);
  });
  await using net = testNet();
  expect(await (await net.fetch(server.origin())).text()).toBe('hello');
});

it('sees whether TLS said that it would end', async () => {
  await using server = await startTcp();
  await using net = testNet({ ca: pemOf('ca') });
  for (const cut of [false, true]) {
    const fetched = net.fetch(`https://api.test:${server.port}/`);
    const { peer, raw } = await acceptTls(server);
    await new Promise((resolve) => peer.once('data', resolve));
    if (cut) peer.write(`${OK}\r\nhello`, () => raw.end());
    else peer.end(`${OK}\r\nhello`);
    const read = fetched.then((response) => response.text());
    if (cut) expect((await failureOf(read)).name).toBe('ConnectionResetError');
    else expect(await read).toBe('hello');
  }
});

it('does not mind how a connection ends whose body is whole', async () => {
  await using server = await startTcp();
  await using net = testNet({ ca: pemOf('ca') });
  const fetched = net.fetch(`https://api.test:${server.port}/`);
  const { peer, raw } = await acceptTls(server);
  await new Promise((resolve) => peer.once('data', resolve));
  peer.write(`${OK}Content-Length: 5\r\n\r\nhello`, () => raw.resetAndDestroy());
  expect(await (await fetched).text()).toBe('hello');
});
