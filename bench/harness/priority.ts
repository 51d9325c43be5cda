/**
 * Who runs first where more threads want to run than there are CPUs: what is measured and what stands for another machine,
 * so that a figure about the event loop is not one about the scheduler of two CPUs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';

/** Of the real-time priorities, 1 to 99: any is above all that have none. */
const FIRST = '10';
const SECOND = '5';

/** The calling thread, as Linux counts threads. */
export function ownThread(): number {
  return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
}

/**
 * Lets a thread run before all that are not so favoured; what it starts is not. False where the system does not let us: not
 * Linux, no `chrt` (util-linux), not root.
 */
export function runFirst(thread: number): boolean {
  return favour(thread, FIRST);
}

/**
 * Lets the threads that a process has by now run before all but the first: each may hold a lock that a first one waits for,
 * and would keep it for as long as strangers have its CPU.
 */
export function runSecond(process: number): boolean {
  const threads = `/proc/${process}/task`;
  if (!existsSync(threads)) return false;
  // One may end meanwhile.
  return readdirSync(threads).every((thread) => favour(Number(thread), SECOND) || !existsSync(`${threads}/${thread}`));
}

function favour(thread: number, priority: string): boolean {
  return spawnSync('chrt', ['--rr', '--reset-on-fork', '--pid', priority, String(thread)]).status === 0;
}
