/** A script's thread that GETs one URL again and again over our link, each body read whole: what http and egress measure. */
import { workerData } from 'node:worker_threads';
import { guest } from './product.ts';
import { rateBlocking } from './rounds.mjs';
import { performRounds } from './threads.ts';

export async function performGets(): Promise<void> {
  const { link, url, size } = workerData;
  const { connectNet } = await guest();
  const net = connectNet(link);
  performRounds((ms) =>
    rateBlocking(ms, () => {
      const response = net.fetch(url);
      if (response.status !== 200 || response.bytes().length !== size) throw new Error('not the body');
    }),
  );
}
