/** Runs an example as its own `run:` line says, with other addresses in place of those of `npm run api`. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { root } from './cli.ts';

const PATIENCE_MS = 30_000;

export interface Started extends AsyncDisposable {
  /** What it has printed so far. */
  readonly stdout: string;
  readonly stderr: string;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
}

/** Starts `caspian ...`, `network-runtime ...` or `node ...`, as a shell would. */
export function start(command: string, stdin = ''): Started {
  const [program, ...args] = command.split(' ');
  const all = program === 'node' ? args : [`bin/${program}.cjs`, ...args];
  const child = spawn(process.execPath, all, { cwd: root, timeout: PATIENCE_MS });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (data: Buffer) => {
      printed[stream] += data.toString();
    });
  }
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    get stdout() {
      return printed.stdout;
    },
    get stderr() {
      return printed.stderr;
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Where `npm run api` serves, as the `run:` lines have it. */
export const API = '127.0.0.1:8600';
export const UPPER_PORT = '8701';

/** What stands in the `run:` line of a file below examples/. */
export function runLine(file: string): string {
  const line = /^(?:#|--|\/\/|;| \*) run: (.*)$/m.exec(readFileSync(`${root}examples/${file}`, 'utf8'))?.[1];
  if (line === undefined) throw new Error(`${file} does not say how it is run`);
  return line;
}

/** An example: its command with `filled` in place of what the line says, and what it promises to print. */
export function example(file: string, filled: Readonly<Record<string, string>>) {
  const source = readFileSync(`${root}examples/${file}`, 'utf8');
  const promised = [...source.matchAll(/^(?:#|--|\/\/|;)=> (.*)$/gm)].map(([, each]) => `${each}\n`).join('');
  const names = Object.keys(filled).sort((one, other) => other.length - one.length);
  // In one go: what is filled in may look like another name. Standard input is the test's.
  const command = runLine(file)
    .replace(/ < .*$/, '')
    .replaceAll(new RegExp(names.join('|'), 'g'), (name) => filled[name] ?? '');
  return { command, promised };
}
