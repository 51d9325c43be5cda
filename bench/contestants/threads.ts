/**
 * A contestant with a script's thread: the kernel on the main thread, the script in a Worker, rounds handed through.
 */
import { once } from 'node:events';
import { parentPort, type Transferable, Worker } from 'node:worker_threads';
import type { Sample } from '../harness/row.ts';
import { answerRounds } from './rounds.mjs';

/** Starts `file` again as the script's thread, and answers the bench with the rounds that it does. */
export async function answerFromThread(file: string, data: unknown, transfer: readonly Transferable[]): Promise<void> {
  const worker = new Worker(file, { workerData: data, transferList: [...transfer] });
  await answerRounds(async (ms) => {
    worker.postMessage(ms);
    const [sample] = await once(worker, 'message');
    return sample;
  });
}

/** The script's thread: does a round whenever it is told to. */
export function performRounds(round: (ms: number) => Sample): void {
  parentPort?.on('message', (ms: number) => parentPort?.postMessage(round(ms)));
}
