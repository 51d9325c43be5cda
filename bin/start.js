// What every command does first: refuse a Node that is too old, in one line. Runs on any Node that knows modules,
// so nothing here is newer than Node 14; everything else is loaded after the check.
import { createRequire } from 'node:module';

const NEEDED = 24;

/** Runs a command of this package: `caspian`, `caspian-net` or `network-runtime`. */
export function start(command) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NEEDED) {
    process.stderr.write(`${command}: Node ${NEEDED} or later is needed, this is ${process.versions.node}\n`);
    process.exitCode = 2;
    return;
  }
  createRequire(import.meta.url)('../dist/cli.cjs').main(command);
}
