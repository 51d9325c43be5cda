/**
 * Where every command of the package begins, once Node is known to be new enough. Trusted side.
 */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

declare const CASPIAN_VERSION: string;

/** Runs the command that the bin was called by; sets the exit code when it is done. */
export function main(command: string): void {
  // In the user's own folder: a cache of code that others can write to would be a way in.
  enableCompileCache(join(homedir(), '.cache', 'caspian-net'));
  if (command === 'caspian') {
    void import('./launch.ts').then(({ launch }) => launch(process.argv.slice(2), CASPIAN_VERSION));
    return;
  }
  process.stderr.write(`${command}: this version of caspian-net does not have this command yet\n`);
  process.exitCode = 2;
}
