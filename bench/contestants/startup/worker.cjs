// Node, and one Worker that does nothing: the least that a thread of its own for the script can cost.
const { Worker } = require('node:worker_threads');
const { join } = require('node:path');

new Worker(join(__dirname, 'empty.cjs'));
