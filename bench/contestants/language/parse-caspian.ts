/**
 * Parses 1 MB of source, made of the scripts that are named in the arguments, and prints a Sample: MB/s the first time,
 * and the best of a few more in the same process.
 */
import { readFileSync } from 'node:fs';
import { parse } from '../../../src/caspian/program.ts';

const BYTES = 1_000_000;
const AGAIN = 5;

const scripts = process.argv.slice(2).map((path) => readFileSync(path, 'utf8'));
const block = scripts.join('\n');
const source = block.repeat(Math.ceil(BYTES / block.length));

function speed(): number {
  const start = performance.now();
  parse(source, { file: 'long.casp' });
  return source.length / 1e3 / (performance.now() - start);
}

const value = speed();
console.log(JSON.stringify({ value, also: { warm: Math.max(...Array.from({ length: AGAIN }, speed)) } }));
