/**
 * Attack: an app that always has a few calls more under way than may begin at once, for days, so that its line is never
 * empty, and whatever keeps those that have begun grows without end.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/net/clock.ts';
import { Turnstile } from '../../src/net/turnstile.ts';

const LOOPS = 20;
const CALLS = 200_000;
/** Ten bytes for each that has begun; those that are kept take a hundred. */
const MOST_BYTES = CALLS * 10;

test('a line that is never empty keeps only those that wait', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const turnstile = new Turnstile(systemClock, { isThere: false });
  let begun = 0;
  const loop = async (): Promise<void> => {
    while (begun < CALLS) {
      await turnstile.pass('a');
      begun += 1;
      if (begun === CALLS / 10 || begun === CALLS) used.push(usedNow());
    }
  };
  const usedNow = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const used: number[] = [];
  await Promise.all(Array.from({ length: LOOPS }, loop));
  const [before = Number.NaN, after = Number.NaN] = used;
  expect(after - before).toBeLessThan(MOST_BYTES);
});
