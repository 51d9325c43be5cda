/**
 * A round trip over our link: the operation that does nothing, asked by a script's thread. Straight from src/, since
 * the package's doors do not let anybody at the link itself.
 */
import { isMainThread, workerData } from 'node:worker_threads';
import { platform } from '../../../src/engine/guest/powers.ts';
import { serveNet } from '../../../src/net/serve/serve-net.ts';
import { Caller } from '../../../src/stdlib/caller.ts';
import { latencyBlocking } from '../rounds.mjs';
import { answerFromThread, performRounds } from '../threads.ts';

if (isMainThread) {
  const link = serveNet(null);
  await answerFromThread(import.meta.filename, link.guest, link.transferList);
} else {
  const caller = new Caller(workerData.memory, platform(workerData.port));
  performRounds((ms) => latencyBlocking(ms, () => caller.call('ping', 0, [])));
}
