/** Runs many programs in a thread and watches over it: one that does not end in time is ended, and the next is begun. */
import { Worker } from 'node:worker_threads';
import type { Kind } from './judge.ts';
import type { Finding, Task } from './thread.ts';

export interface Campaign {
  readonly kind: Kind;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  /** How long a program may run before it is ended, as a limit of an engine would end it; default 500. */
  readonly patienceMs?: number;
  /** Called now and then with the number of programs that are done. */
  readonly onProgress?: (done: number, stopped: number) => void;
}

export interface Result {
  readonly findings: readonly Finding[];
  /** Programs that had to be ended. */
  readonly stopped: readonly number[];
}

const LOOK_MS = 50;
/** A thread that does not end within this is one that no limit could end. */
const HANG_MS = 10_000;

export async function runCampaign(campaign: Campaign): Promise<Result> {
  const { kind, seed, from, count, patienceMs = 500, onProgress } = campaign;
  const findings: Finding[] = [];
  const stopped: number[] = [];
  const to = from + count;
  const at = new Int32Array(new SharedArrayBuffer(4));
  for (let next = from; next < to; ) {
    Atomics.store(at, 0, next);
    const ended = await runThread({ kind, seed, from: next, to, at }, patienceMs, findings, () =>
      onProgress?.(Atomics.load(at, 0) - from, stopped.length),
    );
    const number = Atomics.load(at, 0);
    if (ended === 'done' || number >= to) break;
    if (ended === 'stopped') stopped.push(number);
    if (ended === 'crashed') findings.push({ number, complaint: 'the thread crashed' });
    if (ended === 'hung') {
      findings.push({ number, complaint: 'nothing could end the program' });
      break;
    }
    next = number + 1;
  }
  return { findings, stopped };
}

type Ended = 'done' | 'stopped' | 'hung' | 'crashed';

function runThread(task: Task, patienceMs: number, findings: Finding[], look: () => void): Promise<Ended> {
  const worker = new Worker(new URL('thread.ts', import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  return new Promise((resolve) => {
    let seen = -1;
    let since = 0;
    let started = false;
    const timer = setInterval(() => {
      look();
      const number = Atomics.load(task.at, 0);
      if (!started || number !== seen) {
        seen = number;
        since = performance.now();
      } else if (performance.now() - since > patienceMs) {
        stop();
      }
    }, LOOK_MS);
    let stopping = false;
    const end = (ended: Ended): void => {
      clearInterval(timer);
      resolve(stopping ? 'stopped' : ended);
    };
    const stop = (): void => {
      clearInterval(timer);
      stopping = true;
      const hang = setTimeout(() => resolve('hung'), HANG_MS);
      void worker.terminate().then(() => clearTimeout(hang));
    };
    worker.on('online', () => {
      started = true;
    });
    worker.on('message', (finding: Finding) => findings.push(finding));
    worker.on('error', (error: Error & { code?: string }) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') findings.push({ number: seen, complaint: String(error.stack) });
      end(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'stopped' : 'crashed');
    });
    worker.on('exit', () => end(Atomics.load(task.at, 0) === task.to ? 'done' : 'crashed'));
  });
}
