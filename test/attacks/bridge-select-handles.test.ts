/** Attack: name handles to `select` that were never given, belong to another script, or stand for what has no end. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { listenNet } from '../helpers/listener.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { startTcp } from '../helpers/tcp-server.ts';

it('ends the link for a handle that was never given, among readers or writers', async () => {
  await using net = listenNet();
  for (const lists of [
    [[7], []],
    [[], [7]],
    [[-1], []],
    [[2 ** 40], []],
  ]) {
    using link = new ServedLink(net);
    expect(await link.ask('net.select', 0, ...lists, 0)).toEqual({ kind: 'ended' });
  }
});

it('ends the link for a handle that is no socket', async () => {
  await using web = await startHttp((response) => response.end(Buffer.alloc(200_000)));
  await using net = listenNet();
  for (const make of [
    () => 0,
    (link: ServedLink) => link.handle('net.client', 0, {}),
    (link: ServedLink) => link.handle('net.fetch', 0, web.origin(), {}, USER),
  ]) {
    using link = new ServedLink(net);
    expect(await link.ask('net.select', 0, [await make(link)], [], 0)).toEqual({ kind: 'ended' });
  }
});

it('says nothing of the sockets of another script', async () => {
  await using server = await startTcp();
  await using net = listenNet();
  using one = new ServedLink(net);
  using other = new ServedLink(net);
  const socket = await one.handle('net.tcp', 0, 'api.test', server.port, {}, USER);
  expect(await other.ask('net.select', 0, [socket], [], 0)).toEqual({ kind: 'ended' });
  expect(await one.ask('net.select', 0, [socket], [socket], 0)).toEqual({ kind: 'value', value: [[], [socket]] });
});

it('takes a closed handle for one that is ready, and waits for nothing then', async () => {
  await using server = await startTcp();
  await using net = listenNet();
  using link = new ServedLink(net);
  const open = await link.handle('net.tcp', 0, 'api.test', server.port, {}, USER);
  const closed = await link.handle('net.tcp', 0, 'api.test', server.port, {}, USER);
  await link.ask('socket.close', closed, null);
  const answer = await link.ask('net.select', 0, [open, closed], [closed], null);
  expect(answer).toEqual({ kind: 'value', value: [[closed], [closed]] });
});

it('waits once for what is named many times', async () => {
  await using server = await startTcp();
  await using net = listenNet();
  using link = new ServedLink(net);
  const socket = await link.handle('net.tcp', 0, 'api.test', server.port, {}, USER);
  const peer = await server.accept();
  const many = Array.from({ length: 200_000 }, () => socket);
  const waiting = link.ask('net.select', 0, many, [], 10);
  peer.write('x');
  expect(await waiting).toEqual({ kind: 'value', value: [[socket], []] });
});
