/** Attack: a thread that dies in the middle of something, to leave its sockets open in the kernel. */
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Net } from '../../src/net/net.ts';
import { startGuest } from '../helpers/guest.ts';
import { openSockets, startTcp, type TestServer, testNet, until } from '../helpers/tcp-server.ts';

let server: TestServer;
let net: Net;

beforeAll(async () => {
  server = await startTcp();
  net = testNet();
});

afterAll(async () => {
  await net.close();
  await server[Symbol.asyncDispose]();
});

/** Whether the peer has seen the end of its connection. */
function watch(peer: Socket): () => boolean {
  let gone = false;
  const end = (): void => {
    gone = true;
  };
  peer.resume().on('end', end).on('close', end).on('error', end);
  return () => gone;
}

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: ';

/** What the thread does, and what the server answers before the thread is killed. */
const STATES: readonly (readonly [string, string, string])[] = [
  ['holding an idle socket', 'net.tcp("a.test", data.port); while (true);', ''],
  ['in a receive', 'net.tcp("a.test", data.port).recv(10, { timeout: null })', ''],
  ['in an exact receive that is half there', 'net.tcp("a.test", data.port).recvExact(10, { timeout: null })', 'half'],
  ['in a line', 'net.tcp("a.test", data.port).recvLine({ timeout: null })', 'no newline'],
  ['in the rest of a stream', 'net.tcp("a.test", data.port).recvAll({ max: 1000000, timeout: null })', 'some'],
  [
    'in a send that nobody reads',
    'net.tcp("a.test", data.port).sendAll(new Uint8Array(15000000), { timeout: null })',
    '',
  ],
  ['in a TLS handshake', 'net.tls("a.test", data.port, { timeout: null })', ''],
  ['in the start of TLS', 'net.tcp("a.test", data.port).starttls({ timeout: null })', ''],
  ['waiting for a head', 'net.fetch(data.url, { timeout: null })', ''],
  ['in half a head', 'net.fetch(data.url, { timeout: null })', 'HTTP/1.1 200 OK\r\nX: '],
  ['in a small body', 'net.fetch(data.url, { timeout: null }).bytes()', `${HEAD}100\r\n\r\nhalf`],
  ['in a large body', 'net.fetch(data.url, { timeout: null }).bytes()', `${HEAD}1000000\r\n\r\nhalf`],
  ['in a body of unknown length', 'net.fetch(data.url, { timeout: null }).bytes()', 'HTTP/1.1 200 OK\r\n\r\nhalf'],
  ['with a body that it never opened', 'net.fetch(data.url); while (true);', `${HEAD}1000000\r\n\r\nhalf`],
];

it.each(STATES)('leaves none %s', async (_name, source, answer) => {
  const before = openSockets();
  const { worker, result, closed } = startGuest(net, source, {
    data: { port: server.port, url: `http://a.test:${server.port}/` },
  });
  result.catch(() => {});
  const peer = await server.accept();
  const isGone = answer === '' && source.includes('sendAll') ? () => peer.destroyed || peer.readableEnded : watch(peer);
  // A connection that has carried no request yet is as good as new, and stays for others.
  if (source.includes('fetch')) await new Promise((resolve) => peer.once('data', resolve));
  if (answer !== '') await new Promise<void>((resolve) => peer.write(answer, () => resolve()));
  await worker.terminate();
  await closed;
  if (source.includes('sendAll')) peer.resume();
  await until(isGone, 'the server has seen the end');
  peer.destroy();
  await until(() => openSockets() <= before, 'no socket is left');
});

it('leaves none while it connects', async () => {
  // A backlog that is full takes no more: the connection stays in the making.
  const full = createServer();
  await new Promise<void>((resolve) => full.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, resolve));
  const address = full.address();
  const port = typeof address === 'object' && address !== null ? address.port : expect.unreachable('no port');
  const before = openSockets();
  const started = Promise.withResolvers<void>();
  const never = Promise.withResolvers<readonly string[]>();
  const slow = testNet({
    resolve: () => {
      started.resolve();
      return never.promise;
    },
  });
  const { worker, result, closed } = startGuest(slow, 'net.tcp("a.test", data.port, { timeout: null })', {
    data: { port },
  });
  result.catch(() => {});
  await started.promise;
  await worker.terminate();
  await closed;
  // The name is answered when nobody is there any more: nothing may be dialled then.
  let dialled = 0;
  full.on('connection', () => dialled++);
  never.resolve(['127.0.0.1']);
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(dialled).toBe(0);
  expect(openSockets()).toBeLessThanOrEqual(before);
  await slow.close();
  await new Promise((resolve) => full.close(resolve));
});
