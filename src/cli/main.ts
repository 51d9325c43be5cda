/**
 * Where every command of the package begins, once Node is known to be new enough. Trusted side. It loads next to
 * nothing: the script's thread boots while the rest of the launcher is still being read.
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startIdleThread } from '../engine/idle-thread.ts';

declare const CASPIAN_VERSION: string;

/** Runs the command that the bin was called by; sets the exit code when it is done. */
export function main(command: string): void {
  // In the user's own folder: a cache of code that others can write to would be a way in.
  const cache = join(homedir(), '.cache', 'caspian-net');
  enableCompileCache(cache);
  if (command === 'caspian') {
    const argv = process.argv.slice(2);
    const idle = threadAhead(argv, cache);
    void import('./launch.ts').then(({ launch }) => launch(argv, CASPIAN_VERSION, idle));
    return;
  }
  if (command === 'caspian-net') {
    void import('./operator/operator.ts')
      .then(({ operate }) => operate(process.argv.slice(2), CASPIAN_VERSION))
      .then((code) => process.exit(code));
    return;
  }
  void import('./network-runtime.ts').then(({ runtime }) => runtime(process.argv.slice(2)));
}

/** A memory limit, or a script in JavaScript: no thread that is started now would be of use. */
function needsAnother(argument: string): boolean {
  return argument.startsWith('--max-memory') || /\.(js|mjs|ts)$/.test(argument);
}

/** A memory limit must be known when a thread starts; with one, the thread waits for the flags to be read. */
function threadAhead(argv: readonly string[], cache: string): Worker | null {
  return argv.length === 0 || argv.some(needsAnother) ? null : startIdleThread({ cache });
}
