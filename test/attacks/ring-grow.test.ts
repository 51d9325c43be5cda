/** Attack: a script asks for larger rings when nobody offered any, again and again, and for those of others. */
import { expect, it } from 'vitest';
import { FIRST_RING_BYTES, MAX_BLOCKS } from '../../src/net/serve/arena.ts';
import { RawBlocks, rawSocket, Word } from '../helpers/raw-rings.ts';
import { ServedLink, USER } from '../helpers/served-link.ts';
import { readText, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it('gives what a ring may have, and no more', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  const blocks = new RawBlocks(link);
  const { handle } = await rawSocket(link, blocks, server.port);
  for (const direction of ['recv', 'send', 'nonsense']) {
    const sizes: unknown[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const answer = await link.ask('socket.grow', handle, direction);
      if (answer.kind !== 'value') throw new Error(JSON.stringify(answer));
      sizes.push(Array.isArray(answer.value) ? answer.value[2] : null);
    }
    const steps = [4, 16, 64].map((times) => times * FIRST_RING_BYTES);
    expect(sizes).toEqual(direction === 'nonsense' ? Array(6).fill(null) : [...steps, null, null, null]);
  }
});

it('runs out of memory for rings before the process does, and goes on by calls', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  let grown = 0;
  for (let turn = 0; turn < MAX_BLOCKS; turn++) {
    const answer = await link.ask('net.tcp', 0, 'api.test', server.port, {}, USER);
    if (answer.kind !== 'value') throw new Error(JSON.stringify(answer));
    const { handle } = Object(answer.value);
    for (const direction of ['recv', 'send', 'recv', 'send', 'recv', 'send']) {
      const piece = await link.ask('socket.grow', handle, direction);
      if (piece.kind === 'value' && Array.isArray(piece.value) && piece.value[2] === 64 * FIRST_RING_BYTES) grown += 1;
    }
  }
  expect(grown).toBeLessThanOrEqual(MAX_BLOCKS);
  expect(grown).toBeGreaterThan(MAX_BLOCKS / 2);
  const answer = await link.ask('net.tcp', 0, 'api.test', server.port, {}, USER);
  if (answer.kind !== 'value') throw new Error(JSON.stringify(answer));
  const { handle, rings } = Object(answer.value);
  expect(rings).toBeNull();
  const sent = await link.ask('socket.send', handle, new Uint8Array(10), 5);
  expect(sent).toEqual({ kind: 'value', value: 10 });
});

it('keeps what is under way in both directions', async () => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net);
  const blocks = new RawBlocks(link);
  const { handle, incoming, outgoing, ring } = await rawSocket(link, blocks, server.port);
  const peer = await server.accept();
  peer.write('abc');
  await until(() => Atomics.load(incoming.words, Word.HEAD) === 3);
  outgoing.bytes.set([0x78, 0x79, 0x7a]);
  Atomics.store(outgoing.words, Word.HEAD, 3);
  const answers = [await link.ask('socket.grow', handle, 'recv'), await link.ask('socket.grow', handle, 'send')];
  ring();
  expect(await readText(peer, 3)).toBe('xyz');
  for (const answer of answers) {
    if (answer.kind !== 'value' || !Array.isArray(answer.value)) throw new Error('it did not grow');
    const [block, at] = answer.value.map(Number);
    const bytes = new Uint8Array(await blocks.get(block ?? 0), 320 + (at ?? 0), 3);
    expect(['abc', 'xyz']).toContain(Buffer.from(bytes).toString());
  }
});
