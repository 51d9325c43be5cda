/**
 * Who runs first where more threads want to run than there are CPUs: what is measured and what stands for another machine,
 * so that a figure about the event loop is not one about the scheduler of two CPUs.
 */
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

/** Of the real-time priorities, 1 to 99: any is above all that have none. */
const PRIORITY = '10';

/** The calling thread, as Linux counts threads. */
export function ownThread(): number {
  return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
}

/**
 * Lets a thread run before all that are not so favoured; what it starts is not. False where the system does not let us: not
 * Linux, no `chrt` (util-linux), not root.
 */
export function runFirst(thread: number): boolean {
  return spawnSync('chrt', ['--rr', '--reset-on-fork', '--pid', PRIORITY, String(thread)]).status === 0;
}
