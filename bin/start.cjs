// What every command does first: refuse a Node that is too old, in one line. Runs on any Node, so nothing here is newer
// than Node 4; everything else is loaded after the check. CommonJS, since it loads fastest.
'use strict';

const NEEDED = 24;

/** Runs a command of this package: `caspian`, `caspian-net` or `network-runtime`. */
exports.start = function start(command) {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < NEEDED) {
    process.stderr.write(`${command}: Node ${NEEDED} or later is needed, this is ${process.versions.node}\n`);
    process.exitCode = 2;
    return;
  }
  require('../dist/cli.cjs').main(command);
};
