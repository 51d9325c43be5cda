/** Attack: handles that were made up, have been given back, belong to another script or stand for another kind of thing. */
import { expect, it } from 'vitest';
import type { WireValue } from '../../src/wire/codec.ts';
import { type HandleKind, OPERATIONS, type Operation } from '../../src/wire/operations.ts';
import { startHttp } from '../helpers/http-server.ts';
import { listenNet } from '../helpers/listener.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';
import { startSockets } from '../helpers/web-socket-server.ts';

const RIGHT: Readonly<Record<string, WireValue>> = {
  text: 'api.test',
  bytes: new Uint8Array(1),
  boolean: true,
  integer: 1,
  'seconds?': 0.05,
  texts: ['api.test'],
  integers: [],
  record: {},
  value: null,
  by: USER,
};

/** Closing twice is no error, so closing what is not there is none either. */
const CLOSES: readonly string[] = ['socket.close', 'listener.close', 'udp.close', 'webSocket.close'];

const WITH_HANDLE = OPERATIONS.filter(({ on }) => on !== null && on !== 'any');

function argumentsOf(row: Operation): WireValue[] {
  return row.arguments.map(({ kind }) => RIGHT[kind] ?? null);
}

it.each(WITH_HANDLE.map((row) => [row.name, row] as const))(
  '%s ends the link for one that was never given',
  async (name, row) => {
    await using net = testNet();
    for (const handle of [1, 7, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      using link = new ServedLink(net);
      const wanted = CLOSES.includes(name) ? { kind: 'value', value: null } : { kind: 'ended' };
      expect(await link.ask(name, handle, ...argumentsOf(row))).toEqual(wanted);
    }
  },
);

it.each(WITH_HANDLE.map((row) => [row.name, row] as const))(
  '%s ends the link for another kind of thing',
  async (name, row) => {
    await using server = await startTcp();
    await using web = await startHttp((response) => response.end(Buffer.alloc(200_000)));
    await using sockets = await startSockets(() => {});
    await using events = await startHttp((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    await using net = listenNet();
    const made: Readonly<Record<HandleKind, (link: ServedLink) => number | Promise<number>>> = {
      net: () => 0,
      client: (link) => link.handle('net.client', 0, {}),
      body: (link) => link.handle('net.fetch', 0, web.origin(), {}, USER),
      fetchList: (link) => link.handle('net.fetchAll', 0, {}, USER),
      socket: (link) => link.handle('net.tcp', 0, 'api.test', server.port, {}, USER),
      udp: (link) => link.handle('net.udp', 0, null, null, {}, USER),
      listener: (link) => link.handle('net.tcpListen', 0, '127.0.0.1', 0, {}, USER),
      webSocket: (link) => link.handle('net.webSocket', 0, sockets.url(), {}, USER),
      events: (link) => link.handle('net.eventSource', 0, events.origin(), {}, USER),
    };
    for (const [kind, make] of Object.entries(made).filter(([kind]) => kind !== row.on)) {
      using link = new ServedLink(net);
      const handle = await make(link);
      expect([kind, await link.ask(name, handle, ...argumentsOf(row))]).toEqual([kind, { kind: 'ended' }]);
    }
  },
);

it('knows nothing of the handles of another link', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using one = new ServedLink(net);
  using other = new ServedLink(net);
  const socket = await one.handle('net.tcp', 0, 'api.test', server.port, {}, USER);
  const peer = await server.accept();
  let heard = '';
  peer.on('data', (piece) => {
    heard += String(piece);
  });
  expect(await other.ask('socket.send', socket, Buffer.from('stolen'), 1)).toEqual({ kind: 'ended' });
  expect(await one.ask('socket.sendAll', socket, Buffer.from('own'), 1)).toEqual({ kind: 'value', value: null });
  await new Promise<void>((resolve) => {
    peer.on('data', () => resolve());
    if (heard !== '') resolve();
  });
  expect(heard).toBe('own');
});

it('never uses a number again', async () => {
  await using net = testNet();
  using link = new ServedLink(net);
  const seen = new Set<number>();
  for (let turn = 0; turn < 200; turn++) {
    const handle = await link.handle('net.client', 0, {});
    expect(seen.has(handle)).toBe(false);
    seen.add(handle);
    await link.ask('release', handle);
    expect(await link.ask('client.allow', handle, ['x.test'])).toMatchObject({
      kind: 'error',
      message: 'it is closed',
    });
  }
});
