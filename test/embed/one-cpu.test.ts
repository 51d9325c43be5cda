/**
 * A link where there is one CPU: the kernel goes to sleep as soon as it has answered, so that the script can run, and
 * misses nothing that is asked meanwhile.
 */
import { expect, it } from 'vitest';
import { AWAKE, REPLY, REQUEST } from '../../src/wire/layout.ts';
import { openRawLink } from '../helpers/raw-link.ts';

const asks = { operation: 1 };

it('sleeps as soon as it has answered', async () => {
  const link = openRawLink(() => null, undefined, false);
  const { words } = link.memory;
  link.send(asks);
  let awake: number | null = null;
  // Looked at in the first turn in which the answer is there.
  await link.until(() => {
    if (Atomics.load(words, REPLY) === 1) awake = Atomics.load(words, AWAKE);
    return awake !== null;
  });
  expect(awake).toBe(0);
  link.link.close(null);
});

it('answers a request that comes without a message while it goes to sleep', async () => {
  let asked = 0;
  const link = openRawLink(
    () => {
      asked += 1;
      if (asked === 1) Atomics.store(link.memory.words, REQUEST, 2);
      return null;
    },
    undefined,
    false,
  );
  link.send(asks);
  await link.until(() => Atomics.load(link.memory.words, REPLY) === 2);
  await link.until(() => Atomics.load(link.memory.words, AWAKE) === 0);
  expect(asked).toBe(2);
  link.link.close(null);
});

it('answers one request after another', async () => {
  const link = openRawLink((operation) => operation, undefined, false);
  for (let turn = 0; turn < 100; turn++) expect((await link.ask(asks)).status).toBe(0);
  link.link.close(null);
});
