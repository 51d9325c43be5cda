/** GETs by undici's `request` in the thread of synckit: what one would build to block. */
import { createSyncFn } from 'synckit';
import { answerRounds, rateBlocking } from '../rounds.mjs';

const [url, size] = process.argv.slice(2);
const get = createSyncFn(new URL('./synckit-worker.mjs', import.meta.url));

await answerRounds((ms) =>
  rateBlocking(ms, () => {
    const { status, bytes } = get(url);
    if (status !== 200 || bytes.length !== Number(size)) throw new Error('not the body');
  }),
);
