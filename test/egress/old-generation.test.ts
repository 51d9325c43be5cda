/**
 * What a call leaves in V8's old generation, where only a collection of the whole heap finds it, which stops everybody's
 * loop: its row in the journal, and none of the objects that it was made of. A function that is assigned to a property where
 * it is written would be enough to keep them all.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { servedEgress } from '../helpers/egress.ts';

const CALLS = 1_500;
/** Rows take some 200 bytes; all the objects of a call more than 5,000. */
const MOST_BYTES = 1_500;

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? Number.NaN;
}

test('calls that are over are collected young', async () => {
  setFlagsFromString('--expose-gc');
  const collect: (options?: { readonly type: 'minor' }) => void = runInNewContext('gc');
  await using made = await servedEgress((response) => response.end('ok'));
  await made.egress.set('app_rate', '1000000/s');
  await made.egress.set('total_rate', '1000000/s');
  await made.egress.set('calls_per_run', 1_000_000);
  const net = made.egress.net({ app: 'a' });
  const call = async (count: number): Promise<void> => {
    for (let each = 0; each < count; each++) await (await net.fetch(`${made.url}/`)).bytes();
  };
  await call(CALLS);
  collect();
  const before = oldBytes();
  for (let part = 0; part < 5; part++) {
    await call(CALLS / 5);
    collect({ type: 'minor' });
  }
  expect((oldBytes() - before) / CALLS).toBeLessThan(MOST_BYTES);
});
