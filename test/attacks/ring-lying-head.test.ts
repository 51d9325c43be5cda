/** Attack: a script says that it has written more into its ring than fits, or takes back what it had said. */
import { expect, it } from 'vitest';
import { RawBlocks, rawSocket, Word } from '../helpers/raw-rings.ts';
import { ServedLink } from '../helpers/served-link.ts';
import { readText, startTcp, testNet, until } from '../helpers/tcp-server.ts';

it.each([64, 4096, 1_048_576])('sends what lies in its own ring of %d bytes and nothing else', async (ringBytes) => {
  await using server = await startTcp();
  await using net = testNet();
  using link = new ServedLink(net, { ringBytes });
  const blocks = new RawBlocks(link);
  const victim = await rawSocket(link, blocks, server.port);
  const quiet = await server.accept();
  victim.outgoing.bytes.fill(0x76);
  const liar = await rawSocket(link, blocks, server.port);
  const peer = await server.accept();
  const size = liar.outgoing.bytes.length;
  liar.outgoing.bytes.fill(0x6c);
  Atomics.store(liar.outgoing.words, Word.HEAD, size * 3);
  liar.ring();
  expect(await readText(peer, size * 3)).toBe('l'.repeat(size * 3));
  expect(quiet.bytesRead).toBe(0);
  // Backwards is as far ahead as it gets: the kernel sends on, no faster than the peer reads, and serves others meanwhile.
  peer.pause();
  Atomics.store(liar.outgoing.words, Word.HEAD, size * 3 - 1);
  liar.ring();
  expect(await link.ask('ping', 0)).toEqual({ kind: 'value', value: null });
  victim.outgoing.bytes.set([0x6f, 0x6b]);
  Atomics.store(victim.outgoing.words, Word.HEAD, 2);
  victim.ring();
  expect(await readText(quiet, 2)).toBe('ok');
});

it('ends with the link, whatever the head says', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const link = new ServedLink(net, { ringBytes: 64 });
  const liar = await rawSocket(link, new RawBlocks(link), server.port);
  const peer = await server.accept();
  Atomics.store(liar.outgoing.words, Word.HEAD, -1);
  liar.ring();
  peer.resume();
  await until(() => peer.bytesRead > 64);
  link[Symbol.dispose]();
  await until(() => peer.destroyed || peer.readableEnded || peer.errored !== null, 'the connection is closed or reset');
});
