/** Attack: a script asks for larger rings when nobody offered any, again and again, until there is no memory left. */
import { expect, it } from 'vitest';
import { FIRST_RING_BYTES, MAX_BLOCKS } from '../../src/net/serve/arena.ts';
import { RING_HEADER_BYTES, Waits } from '../../src/wire/ring.ts';
import { RawBlocks, rawSocket, Word } from '../helpers/raw-rings.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { readText, startTcp, testNet, until } from '../helpers/tcp-server.ts';

/** Where a ring is after it was asked to grow; null if it is where it was. */
async function grow(link: ServedLink, handle: number, direction: string): Promise<readonly number[] | null> {
  const answer = await link.ask('socket.grow', handle, direction);
  if (answer.kind !== 'value') throw new Error(JSON.stringify(answer));
  return Array.isArray(answer.value) ? answer.value.map(Number) : null;
}

async function bytesAt(blocks: RawBlocks, [block = 0, at = 0, size = 0]: readonly number[]): Promise<Uint8Array> {
  return new Uint8Array(await blocks.get(block), RING_HEADER_BYTES + at, size);
}

it('gives a ring to send from what it may have, and no more', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  const { handle } = await rawSocket(link, new RawBlocks(link), server.port);
  const sizes: unknown[] = [];
  for (let turn = 0; turn < 6; turn++) sizes.push((await grow(link, handle, 'send'))?.[2] ?? null);
  expect(sizes).toEqual([...[4, 16, 64].map((times) => times * FIRST_RING_BYTES), null, null, null]);
});

it('gives a ring to receive into only where it was offered, with what lies in it', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  const blocks = new RawBlocks(link);
  const { handle, incoming } = await rawSocket(link, blocks, server.port);
  const peer = await server.accept();
  for (const direction of ['recv', 'nonsense', '']) expect(await grow(link, handle, direction)).toBeNull();
  peer.write(Buffer.alloc(FIRST_RING_BYTES, 'abc'));
  await until(() => Atomics.load(incoming.words, Word.WAITS) === Waits.GROW, 'a larger ring is offered');
  const place = await grow(link, handle, 'recv');
  expect(place?.[2]).toBe(FIRST_RING_BYTES * 4);
  const moved = await bytesAt(blocks, place ?? []);
  const head = Atomics.load(incoming.words, Word.HEAD);
  expect(Buffer.from(moved.subarray(0, head))).toEqual(Buffer.alloc(head, 'abc'));
  expect(await grow(link, handle, 'recv')).toBeNull();
});

it('runs out of memory for rings before the process does, and goes on by calls', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  let grown = 0;
  const records: { handle: number; rings: unknown }[] = [];
  for (let turn = 0; turn < MAX_BLOCKS * 3; turn++) {
    const answer = await link.ask('net.tcp', 0, 'api.test', server.port, {}, USER);
    if (answer.kind !== 'value') throw new Error(JSON.stringify(answer));
    records.push(Object(answer.value));
    const handle = records.at(-1)?.handle ?? 0;
    for (let step = 0; step < 3; step++)
      if ((await grow(link, handle, 'send'))?.[2] === FIRST_RING_BYTES * 64) grown += 1;
  }
  expect(grown).toBeLessThanOrEqual(MAX_BLOCKS);
  expect(grown).toBeGreaterThan(MAX_BLOCKS / 2);
  const last = records.at(-1);
  expect(last?.rings).toBeNull();
  const sent = await link.ask('socket.send', last?.handle ?? 0, new Uint8Array(10), 5);
  expect(sent).toEqual({ kind: 'value', value: 10 });
});

it('sends what was written before and after a ring has moved', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  const blocks = new RawBlocks(link);
  const { handle, outgoing, ring } = await rawSocket(link, blocks, server.port);
  const peer = await server.accept();
  outgoing.bytes.set(Buffer.from('before '));
  Atomics.store(outgoing.words, Word.HEAD, 7);
  const moved = await bytesAt(blocks, (await grow(link, handle, 'send')) ?? []);
  // What is left behind is nobody's.
  outgoing.bytes.fill(0x78);
  moved.set(Buffer.from('and after'), 7);
  Atomics.store(outgoing.words, Word.HEAD, 16);
  ring();
  expect(await readText(peer, 16)).toBe('before and after');
});
