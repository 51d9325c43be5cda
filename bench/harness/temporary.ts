/**
 * What must be gone when the bench is: temporary folders and children, also after Ctrl-C.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Again after a moment: a server that is just ending may still make files. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };

const folders = new Set<string>();
/** With the signal that ends each. */
const children = new Map<ChildProcess, NodeJS.Signals>();

process.on('exit', () => {
  for (const [child, signal] of children) child.kill(signal);
  for (const folder of folders) rmSync(folder, REMOVAL);
});
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

/** A folder that is removed with `stack`. */
export function temporaryFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'caspian-bench-'));
  folders.add(folder);
  stack.defer(() => {
    rmSync(folder, REMOVAL);
    folders.delete(folder);
  });
  return folder;
}

/** Sees to it that this child does not outlive the bench. One with children of its own needs a signal that it sees. */
export function adopt(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  children.set(child, signal);
  child.once('exit', () => children.delete(child));
}
