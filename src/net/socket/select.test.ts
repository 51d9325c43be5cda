/** `select` over sockets, datagram sockets and listeners whose other ends the test plays. */
import { expect, it } from 'vitest';
import { call, listenNet } from '../../../test/helpers/listener.ts';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { failureOf, startTcp, tcpPair, until } from '../../../test/helpers/tcp-server.ts';
import { tlsPair } from '../../../test/helpers/tls-server.ts';
import { udpPeer } from '../../../test/helpers/udp.ts';
import { parseHost } from '../address/host.ts';
import { Deadline } from '../dial/deadline.ts';
import { type Selectable, Watchers } from './readiness.ts';
import { selectReady } from './select.ts';

it('says what is readable, over all kinds at once', async () => {
  await using server = await startTcp();
  await using net = listenNet();
  await using listener = await net.tcpListen('127.0.0.1', 0);
  await using udp = await net.udpListen('127.0.0.1', 0);
  const [tcp, peer] = await Promise.all([net.tcp('api.test', server.port), server.accept()]);
  const all = [tcp, udp, listener];
  expect(await net.select(all, [], 0)).toEqual([[], []]);

  const first = net.select(all, []);
  peer.write('bytes');
  expect(await first).toEqual([[tcp], []]);
  // Nothing was taken: it is still so.
  expect(await net.select(all, [])).toEqual([[tcp], []]);
  await tcp.recv();

  const second = net.select(all, []);
  await using sender = await udpPeer();
  await sender.send('datagram', udp.localPort);
  expect(await second).toEqual([[udp], []]);
  await udp.recv();

  const third = net.select(all, []);
  await using _caller = await call(listener.localPort);
  expect(await third).toEqual([[listener], []]);
  await using _accepted = await listener.accept();
  expect(await net.select(all, [], 0)).toEqual([[], []]);
});

it('gives all that are ready, in the order given', async () => {
  await using one = await tcpPair();
  await using two = await tcpPair();
  await using three = await tcpPair();
  one.peer.write('a');
  three.peer.write('b');
  await until(() => one.socket.bytesReceived > 0 && three.socket.bytesReceived > 0);
  const [readable, writable] = await one.net.select([three.socket, two.socket, one.socket], [two.socket]);
  expect(readable).toEqual([three.socket, one.socket]);
  expect(writable).toEqual([two.socket]);
});

it('counts the end of a stream, a reset and a closed socket as readable', async () => {
  await using ended = await tcpPair();
  await using reset = await tcpPair();
  await using closed = await tcpPair();
  const { net } = ended;
  const waits = [ended, reset, closed].map(({ socket }) => net.select([socket], []));
  ended.peer.end();
  reset.peer.resetAndDestroy();
  await closed.socket.close();
  const ready = await Promise.all(waits);
  expect(ready.map(([readable]) => readable)).toEqual([[ended.socket], [reset.socket], [closed.socket]]);
  expect(await net.select([closed.socket], [closed.socket, reset.socket], 0)).toEqual([
    [closed.socket],
    [closed.socket, reset.socket],
  ]);
});

it('knows the bytes that TLS has decrypted', async () => {
  await using pair = await tlsPair();
  expect(await pair.net.select([pair.socket], [pair.socket], 0)).toEqual([[], [pair.socket]]);
  const waiting = pair.net.select([pair.socket], []);
  pair.peer.write('secret');
  expect(await waiting).toEqual([[pair.socket], []]);
  await pair.socket.recv(3);
  expect(await pair.net.select([pair.socket], [], 0)).toEqual([[pair.socket], []]);
});

it('waits for a socket that is full to be writable', async () => {
  await using pair = await tcpPair();
  const { net, socket, peer } = pair;
  peer.pause();
  const sending = socket.sendAll(new Uint8Array(32_000_000));
  expect(await net.select([], [socket], 0)).toEqual([[], []]);
  const waiting = net.select([], [socket]);
  peer.resume();
  expect(await waiting).toEqual([[], [socket]]);
  await sending;
});

it('sees a listener and a datagram socket that are closed meanwhile', async () => {
  await using net = listenNet();
  await using listener = await net.tcpListen('127.0.0.1', 0);
  await using udp = await net.udpListen('127.0.0.1', 0);
  const waits = [net.select([listener], []), net.select([udp], [])];
  await listener.close();
  await udp.close();
  expect(await Promise.all(waits)).toEqual([
    [[listener], []],
    [[udp], []],
  ]);
});

it('sees that nobody listens where a datagram went', async () => {
  await using net = listenNet();
  const gone = await udpPeer();
  await using udp = await net.udp('127.0.0.1', gone.port);
  await gone[Symbol.asyncDispose]();
  await udp.send('anyone?');
  expect(await net.select([udp], [])).toEqual([[udp], []]);
  expect(await failureOf(udp.recv())).toMatchObject({ code: 'NET_REFUSED' });
});

it('ends with a revoked net', async () => {
  await using net = listenNet();
  await using server = await startTcp();
  const small = net.narrow(['*']);
  const socket = await small.tcp('api.test', server.port);
  const waiting = net.select([socket], []);
  net.revoke(small);
  expect(await waiting).toEqual([[socket], []]);
});

it('gives two empty lists when the time is over', async () => {
  const clock = new ManualClock();
  await using pair = await tcpPair({ net: { clock } });
  const waiting = pair.net.select([pair.socket], [], 5);
  await until(() => clock.timers > 0, 'the time-out runs');
  clock.advance(5000);
  expect(await waiting).toEqual([[], []]);
  const asleep = pair.net.select([], [], 1);
  await until(() => clock.timers > 0, 'the time-out runs');
  clock.advance(1000);
  expect(await asleep).toEqual([[], []]);
});

it('goes on waiting when somebody else takes what came', async () => {
  await using pair = await tcpPair();
  const { net, socket, peer } = pair;
  const taking = socket.recv(1);
  const waiting = net.select([socket], []);
  peer.write('x');
  await taking;
  expect(await net.select([socket], [], 0)).toEqual([[], []]);
  peer.write('y');
  expect(await waiting).toEqual([[socket], []]);
});

it('can be aborted', async () => {
  await using pair = await tcpPair();
  const controller = new AbortController();
  const waiting = pair.net.select([pair.socket], [], null, { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(pair.net.select([pair.socket], [], 0, { signal: controller.signal })).rejects.toThrow('enough');
});

it('tells each watcher until it stops', () => {
  const watchers = new Watchers();
  let told = 0;
  const count = (): void => {
    told += 1;
  };
  const stop = watchers.add(count);
  const stopAgain = watchers.add(count);
  watchers.tell();
  expect([told, watchers.size]).toEqual([2, 2]);
  stop();
  stop();
  watchers.tell();
  expect([told, watchers.size]).toEqual([3, 1]);
  stopAgain();
  expect(watchers.size).toBe(0);
});

it.each([
  ['no lists', [null, []]],
  ['something else among the readers', [[{}], []]],
  ['a time that is none', [[], [], -1]],
  ['a time that is not finite', [[], [], Number.NaN]],
  ['a time that no timer holds', [[], [], 1e12]],
  ['nothing to wait for, for ever', [[], [], null]],
])('refuses %s', async (_what, args) => {
  await using net = listenNet();
  const selecting: Promise<unknown> = Reflect.apply(net.select, net, args);
  expect(await failureOf(selecting)).toMatchObject({ code: 'ARGUMENT' });
});

it('refuses a listener among the writers', async () => {
  await using net = listenNet();
  await using listener = await net.tcpListen('127.0.0.1', 0);
  const selecting: Promise<unknown> = Reflect.apply(net.select, net, [[], [listener]]);
  expect(await failureOf(selecting)).toMatchObject({ message: 'select: writers must be a list of sockets' });
});

it('stops watching, however it ends', async () => {
  const clock = new ManualClock();
  const watchers = new Watchers();
  let ready = false;
  const fake: Selectable = {
    get readable() {
      return ready;
    },
    writable: false,
    watch: (changed) => watchers.add(changed),
  };
  const target = { host: parseHost('127.0.0.1'), port: 1, written: '127.0.0.1' };
  const wait = (signal?: AbortSignal) =>
    selectReady([fake, fake], [fake], {
      deadline: Deadline.after(clock, 1, 'read'),
      about: { operation: 'select', target },
      signals: [signal],
    });
  const late = wait();
  expect(watchers.size).toBe(3);
  clock.advance(1000);
  expect(await late).toEqual([[], []]);
  expect([watchers.size, clock.timers]).toEqual([0, 0]);

  const controller = new AbortController();
  const aborted = wait(controller.signal);
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  expect([watchers.size, clock.timers]).toEqual([0, 0]);

  const done = wait();
  watchers.tell();
  expect(watchers.size).toBe(3);
  ready = true;
  watchers.tell();
  expect(await done).toEqual([[fake, fake], []]);
  expect([watchers.size, clock.timers]).toEqual([0, 0]);
});
