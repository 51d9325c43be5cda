/**
 * Runs a .casp program once, cold, and prints a Sample: its milliseconds and what it printed. From src/: the package
 * has no door to the bare language, and start-up is a row of its own.
 */
import { readFileSync } from 'node:fs';
import { parse, run } from '../../../src/caspian/program.ts';
import { computingHost } from './host.ts';

const file = process.argv[2] ?? '';
const program = parse(readFileSync(file, 'utf8'), { file });
const { host, printed } = computingHost();
const start = performance.now();
const outcome = run(program, host);
const value = performance.now() - start;
if (!outcome.ok) throw new Error(outcome.error.message);
console.log(JSON.stringify({ value, result: printed() }));
