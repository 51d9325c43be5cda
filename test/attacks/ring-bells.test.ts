/** Attack: a script rings every bell it has, those of nobody too, without end; and goes on ringing after its socket is closed. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { BELLS } from '../../src/wire/layout.ts';
import { MAX_SLOTS } from '../../src/wire/slots.ts';
import { RawBlocks, rawSocket, Word } from '../helpers/raw-rings.ts';
import { ServedLink } from '../helpers/served-link.ts';
import { readText, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it('rings in vain where there is no socket', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  const socket = await rawSocket(link, new RawBlocks(link), server.port);
  for (let slot = 0; slot < MAX_SLOTS; slot++) socket.ring(slot);
  Atomics.store(link.memory.words, BELLS, -1);
  expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
});

it('rings before there is any socket at all', async () => {
  await using net = testNet();
  using link = new ServedLink(net);
  Atomics.store(link.memory.words, BELLS, -1);
  link.port.postMessage(0);
  await nextTurn();
  expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
});

it('keeps nobody else from being served', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  using other = new ServedLink(net);
  const socket = await rawSocket(link, new RawBlocks(link), server.port);
  await server.accept();
  let ringing = true;
  const storm = (async () => {
    while (ringing) {
      for (let slot = 0; slot < 64; slot++) socket.bells.ring(slot);
      socket.ring();
      await nextTurn();
    }
  })();
  for (let turn = 0; turn < 50; turn++) expect(await other.ask('ping', 0)).toEqual({ kind: 'value', value: null });
  ringing = false;
  await storm;
});

it('sends nothing through a socket that is closed, nor through the one that has its place', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  const blocks = new RawBlocks(link);
  const first = await rawSocket(link, blocks, server.port);
  await server.accept();
  expect(await link.ask('socket.close', first.handle, null)).toEqual({ kind: 'value', value: null });
  first.outgoing.bytes.fill(0x78);
  Atomics.store(first.outgoing.words, Word.HEAD, 100);
  first.ring();
  await link.ask('ping', 0);
  const second = await rawSocket(link, blocks, server.port);
  const peer = await server.accept();
  expect(second.slot).toBe(first.slot);
  second.ring();
  await link.ask('ping', 0);
  second.outgoing.bytes.set([0x6f, 0x6b]);
  Atomics.store(second.outgoing.words, Word.HEAD, 2);
  second.ring();
  expect(await readText(peer, 2)).toBe('ok');
  await until(() => peer.bytesRead === 2);
});
