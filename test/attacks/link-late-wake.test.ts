/**
 * Attack, and an unlucky script: AWAKE is set and a message posted after the request has been served already. The link
 * must go back to sleep, or the next request, which sees AWAKE, would wait for ever.
 */
import { expect, it } from 'vitest';
import { AWAKE } from '../../src/wire/layout.ts';
import { openRawLink } from '../helpers/raw-link.ts';

it('puts the link back to sleep when a message comes for nothing', async () => {
  const link = openRawLink(() => null);
  await link.ask({ operation: 1 });
  const asleep = (): boolean => Atomics.load(link.memory.words, AWAKE) === 0;
  await link.until(asleep);
  Atomics.store(link.memory.words, AWAKE, 1);
  link.port.postMessage(0);
  await link.until(asleep);
  expect(link.closed).toBe(null);
  link.link.close(null);
});
