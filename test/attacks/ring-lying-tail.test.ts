/** Attack: a script says that it has read what was never written, or puts its own words in the kernel's place. */
import { expect, it } from 'vitest';
import { RawBlocks, rawSocket, Word } from '../helpers/raw-rings.ts';
import { ServedLink } from '../helpers/served-link.ts';
import { startTcp, testNet, until } from '../helpers/tcp-server.ts';

it.each([
  ['ahead of what was written', 2 ** 31 - 1],
  ['backwards', -1],
  ['far behind', -(2 ** 31)],
])('writes no further than its own cursors say when the tail is %s', async (_name, tail) => {
  for (const ringBytes of [64, 4096]) {
    await using server = await startTcp();
    await using net = testNet();
    using link = new ServedLink(net, { ringBytes });
    const { incoming, ring } = await rawSocket(link, new RawBlocks(link), server.port);
    const peer = await server.accept();
    peer.write(Buffer.alloc(ringBytes * 4, 'p'));
    await until(() => Atomics.load(incoming.words, Word.HEAD) === ringBytes, 'the ring is full');
    Atomics.store(incoming.words, Word.TAIL, tail);
    for (let turn = 0; turn < 20; turn++) {
      ring();
      expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
    }
    expect(Atomics.load(incoming.words, Word.HEAD)).toBe(ringBytes);
    // The truth is believed again.
    Atomics.store(incoming.words, Word.TAIL, 10);
    ring();
    await until(() => Atomics.load(incoming.words, Word.HEAD) === ringBytes + 10, 'ten more bytes have come');
  }
});

it('goes on by its own cursor, state and limits when every word of the kernel is overwritten', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net, { ringBytes: 64 });
  const { incoming, outgoing, ring } = await rawSocket(link, new RawBlocks(link), server.port);
  const peer = await server.accept();
  peer.write(Buffer.alloc(256, 'p'));
  await until(() => Atomics.load(incoming.words, Word.HEAD) === 64, 'the ring is full');
  for (const words of [incoming.words, outgoing.words]) words.fill(0x7fff_ffff);
  Atomics.store(incoming.words, Word.TAIL, 30);
  Atomics.store(outgoing.words, Word.HEAD, 0);
  ring();
  await until(() => Atomics.load(incoming.words, Word.HEAD) === 94, 'the room that was made is filled, no more');
  expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
});

it('holds a peer back whose script never reads, whatever it wants', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net, { ringBytes: 64 });
  const { incoming, ring } = await rawSocket(link, new RawBlocks(link), server.port);
  const peer = await server.accept();
  Atomics.store(incoming.words, Word.WANTED, 2 ** 31 - 1);
  let taken = false;
  peer.write(Buffer.alloc(64_000_000), () => {
    taken = true;
  });
  await until(() => Atomics.load(incoming.words, Word.HEAD) === 64, 'the ring is full');
  for (let turn = 0; turn < 200; turn++) {
    ring();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(taken).toBe(false);
});
