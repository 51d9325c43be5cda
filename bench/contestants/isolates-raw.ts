/**
 * What isolates cost with nothing of ours around them: isolated-vm and a pipe, no checks, no limits. Arguments: `cold` or
 * `blocking`; `guest` is the process at the other end of the pipe.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type ivm from 'isolated-vm';
import type { Sample } from '../harness/row.ts';
import { answerRounds } from './rounds.mjs';

const PIPE = 3;
const library: typeof ivm = createRequire(import.meta.url)('isolated-vm');

/** ms for an isolate with the prelude in it, one after the other. */
async function cold(ms: number): Promise<Sample> {
  const prelude = readFileSync(new URL('../../dist/isolate-prelude.js', import.meta.url), 'utf8');
  const snapshot = library.Isolate.createSnapshot([{ code: prelude }]);
  const started = performance.now();
  let count = 0;
  for (; performance.now() - started < ms; count++) {
    const isolate = new library.Isolate({ memoryLimit: 128, snapshot });
    const context = await isolate.createContext();
    await context.evalClosure('return $0', [new library.Reference(() => {})], { result: { reference: true } });
    isolate.dispose();
  }
  return { value: (performance.now() - started) / count };
}

/** µs of a call that blocks an isolate until the process at the other end of the pipe has answered. */
function blocking(): (ms: number) => Promise<Sample> {
  const child = spawn(process.execPath, ['--no-node-snapshot', fileURLToPath(import.meta.url), 'guest'], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  const pipe = child.stdio[PIPE];
  if (!(pipe instanceof Duplex)) throw new Error('there is no pipe');
  pipe.on('data', (chunk: Buffer) => pipe.write(chunk));
  return async (ms) => {
    child.stdin?.write(`${ms}\n`);
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    child.stdout?.once('data', resolve);
    return JSON.parse(String(await promise));
  };
}

async function guest(): Promise<(ms: number) => Promise<Sample>> {
  const socket = new Socket({ fd: PIPE, readable: true, writable: true });
  let answer: (() => void) | null = null;
  socket.on('data', () => answer?.());
  const ask = new library.Reference(() => {
    socket.write('a question');
    return new Promise<void>((resolve) => {
      answer = resolve;
    });
  });
  const context = await new library.Isolate({ memoryLimit: 128 }).createContext();
  const source = `const ask = $0; return (ms) => {
    const started = Date.now(); let calls = 0;
    for (; Date.now() - started < ms; calls++) ask.applySyncPromise(undefined, []);
    return (Date.now() - started) * 1000 / calls;
  }`;
  const run = await context.evalClosure(source, [ask], { result: { reference: true } });
  return async (ms) => ({ value: Number(await run.apply(undefined, [ms])) });
}

const [, , what] = process.argv;
await answerRounds(what === 'cold' ? cold : what === 'blocking' ? blocking() : await guest());
