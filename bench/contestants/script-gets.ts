/** A script's thread that GETs one URL again and again over our link, each body read whole: what http and egress measure. */
import { workerData } from 'node:worker_threads';
import { guest } from './product.ts';
import { rateBlocking } from './rounds.mjs';
import { performRounds } from './threads.ts';

/** Of a list, and of it under way at once. */
const LIST = 1_000;
const LIMIT = 50;

/** One after another. */
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

/** Lists of them, many at once. */
export async function performLists(): Promise<void> {
  const { link, url, size } = workerData;
  const { connectNet } = await guest();
  const net = connectNet(link);
  const list = Array.from({ length: LIST }, () => url);
  performRounds((ms) => {
    const { value } = rateBlocking(ms, () => {
      for (const response of net.fetchAll(list, { limit: LIMIT })) {
        if (response instanceof Error) throw response;
        if (response.status !== 200 || response.bytes().length !== size) throw new Error('not the body');
      }
    });
    return { value: value * LIST };
  });
}
