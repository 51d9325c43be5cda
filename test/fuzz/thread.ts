/**
 * A thread that runs programs one after the other, and tells which one it is at through shared memory: whoever watches
 * can end it. After each stretch it looks whether anything that programs share has changed.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Intrinsics } from './intrinsics.ts';
import { complaintAbout, type Kind, programOf } from './judge.ts';

export interface Task {
  readonly kind: Kind;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** The number of the program that runs. */
  readonly at: Int32Array<SharedArrayBuffer>;
}

/** What the thread reports of a program. */
export interface Finding {
  readonly number: number;
  readonly complaint: string;
}

const STRETCH = 250;

function work({ kind, seed, from, to, at }: Task): void {
  complaintAbout('puts 1');
  const intrinsics = new Intrinsics();
  const report = (number: number, complaint: string): void =>
    parentPort?.postMessage({ number, complaint } satisfies Finding);
  for (let number = from; number < to; number++) {
    Atomics.store(at, 0, number);
    let complaint: string | null;
    try {
      complaint = complaintAbout(programOf(kind, seed, number));
    } catch (thrown) {
      complaint = `threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`;
    }
    if (complaint !== null) report(number, complaint);
    if ((number + 1) % STRETCH !== 0 && number + 1 !== to) continue;
    const changed = intrinsics.changed();
    if (changed === null) continue;
    report(number, `one of the last ${STRETCH} programs has changed ${changed}`);
    break;
  }
  Atomics.store(at, 0, to);
}

work(workerData);
