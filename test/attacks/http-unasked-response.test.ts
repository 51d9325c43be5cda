/** Attack: send more responses than there were requests, so that one is taken for the answer to the next request. */
import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { startRaw } from '../helpers/http-server.ts';
import { failureOf, startTcp, testNet, until } from '../helpers/tcp-server.ts';

const say = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;

it.each([say('poison'), 'HTTP/1.1 408 Request Timeout\r\n\r\n', '\r\nx', 'x', '\0'])(
  'drops a connection that says %j after its response',
  async (extra) => {
    await using server = await startRaw((socket, turn) => {
      socket.write(turn === 1 ? say('one') + extra : say('two'), 'latin1');
    });
    await using net = testNet();
    const first = await net.fetch(server.origin()).then(
      (response) => response.text(),
      () => 'one',
    );
    expect(first).toBe('one');
    expect(await (await net.fetch(server.origin())).text()).toBe('two');
    expect(server.connections.accepted).toBe(2);
  },
);

it('drops one that says it later, while it is idle', async () => {
  const sockets: Socket[] = [];
  await using server = await startRaw((socket, turn) => {
    sockets.push(socket);
    socket.write(say(turn === 1 ? 'one' : 'two'));
  });
  await using net = testNet();
  expect(await (await net.fetch(server.origin())).text()).toBe('one');
  sockets[0]?.write(say('poison'));
  await until(() => server.connections.open === 0);
  expect(await (await net.fetch(server.origin())).text()).toBe('two');
});

it('drops one that speaks before it is asked', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const fetched = failureOf(net.fetch(`http://api.test:${server.port}/`));
  const peer = await server.accept();
  peer.write('SSH-2.0-OpenSSH_9.6\r\n');
  expect((await fetched).name).toBe('ProtocolError');
  await until(() => peer.resume().destroyed || peer.readableEnded);
});

it.each(['HEAD', 'GET'])('drops one that sends a body with a response to %s that has none', async (method) => {
  await using server = await startRaw((socket, turn) => {
    const status = method === 'HEAD' ? '200 OK' : '304 Not Modified';
    socket.write(turn === 1 ? `HTTP/1.1 ${status}\r\nContent-Length: 60\r\n\r\n${say('poison')}` : say('two'));
  });
  await using net = testNet();
  const first = await net.fetch(server.origin(), { method });
  expect((await first.bytes()).length).toBe(0);
  expect(await (await net.fetch(server.origin())).text()).toBe('two');
});
