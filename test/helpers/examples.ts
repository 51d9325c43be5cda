/** Runs an example as its own `run:` line says. */
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

/** Starts `caspian ...` or `node ...`, as a shell would. */
export function start(command: string, stdin = ''): Started {
  const [program, ...args] = command.split(' ');
  const all = program === 'caspian' ? ['bin/caspian.cjs', ...args] : args;
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

/** An example: its command with what stands for servers filled in, and what it promises to print. */
export function example(file: string, filled: Readonly<Record<string, string>>) {
  const source = readFileSync(`${root}examples/${file}`, 'utf8');
  const line = /^(?:#| \*) run: (.*)$/m.exec(source)?.[1];
  if (line === undefined) throw new Error(`${file} does not say how it is run`);
  const promised = [...source.matchAll(/^(?:#|\/\/)=> (.*)$/gm)].map(([, each]) => `${each}\n`).join('');
  const names = Object.keys(filled).sort((one, other) => other.length - one.length);
  const command = names.reduce((text, name) => text.replaceAll(name, filled[name] ?? ''), line);
  return { command, promised };
}
