/** A round trip through synckit: an asynchronous function that does nothing. */
import { createSyncFn } from 'synckit';
import { answerRounds, latencyBlocking } from '../rounds.mjs';

const ping = createSyncFn(new URL('./synckit-worker.mjs', import.meta.url));

await answerRounds((ms) => latencyBlocking(ms, () => ping()));
