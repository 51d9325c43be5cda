/**
 * What must be gone when the bench is: temporary folders and children, also after Ctrl-C.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const MOST_TRIES = 20;
const RETRY_MS = 25;

const folders = new Set<string>();
/** With the signal that ends each. */
const children = new Map<ChildProcess, NodeJS.Signals>();

process.on('exit', () => {
  for (const [child, signal] of children) child.kill(signal);
  for (const folder of folders) remove(folder);
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** A folder that is removed with `stack`. */
export function temporaryFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'caspian-bench-'));
  folders.add(folder);
  stack.defer(() => {
    remove(folder);
    folders.delete(folder);
  });
  return folder;
}

/** Sees to it that this child does not outlive the bench. One with children of its own needs a signal that it sees. */
export function adopt(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  children.set(child, signal);
  child.once('exit', () => children.delete(child));
}

/** More than once: a server that is just ending removes a file of its own, and the removal stops where it is gone. */
function remove(folder: string): void {
  for (let tries = 0; tries < MOST_TRIES && existsSync(folder); tries++) {
    if (tries > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Tried again, or left to the system's own cleaning.
    }
  }
}
