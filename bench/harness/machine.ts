/**
 * The machine that a figure was measured on, and how busy others keep it. The load average says little while a bench
 * runs, since it counts the bench itself; so each row looks at the CPU counters while the bench stands still.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { setTimeout } from 'node:timers/promises';

const LOOK_MS = 250;
/** From this share on, a row counts as begun on a busy machine, or as slowed down by other virtual machines. */
export const BUSY = 0.1;
/** `steal` in the first line of /proc/stat, in hundredths of a second over all CPUs. */
const STEAL_FIELD = 8;

/** The share of all CPU time that was used while this process slept. */
export async function busyShare(): Promise<number> {
  const before = cpuTimes();
  await setTimeout(LOOK_MS);
  const after = cpuTimes();
  return (after.used - before.used) / Math.max(1, after.all - before.all);
}

function cpuTimes(): { used: number; all: number } {
  let all = 0;
  let idle = 0;
  for (const { times } of cpus()) {
    all += times.user + times.nice + times.sys + times.irq + times.idle;
    idle += times.idle;
  }
  return { used: all - idle, all };
}

/** Milliseconds of CPU time that the host of this virtual machine has given to others instead, so far. */
export function stolenTime(): number {
  if (process.platform !== 'linux') return 0;
  const [totals = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  return Number(totals.split(/ +/)[STEAL_FIELD] ?? 0) * 10;
}

export function describeMachine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    load: loadavg().map((load) => Number(load.toFixed(2))),
    date: new Date().toISOString(),
  };
}
