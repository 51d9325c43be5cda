/**
 * Contestants as processes of their own, in three ways: one that stays and does a round whenever it is told to, one
 * that is started for each round and measured whole, and one that is started for each round and measures itself.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Runner, Sample } from './row.ts';
import { adopt } from './temporary.ts';

/** Longest that anything may take. */
const LIMIT_MS = 60_000;
/** How long one that stays is busy before its first round, so that its code is compiled and its heap has its size. */
const WARM_MS = 1_000;

export type Command = readonly [program: string, ...args: string[]];

interface StayingOptions {
  /** How long it is busy before its first round. 1,000 */
  readonly warmMs?: number;
  /** Length of a round. */
  readonly ms?: number;
  /** Where the figure is a rate: also what CPU time each of what is counted takes, all threads together. */
  readonly countsCpu?: boolean;
  /** The CPU that every thread of the process is moved to once it runs. */
  readonly pinTo?: number;
}

/** The process reads a line with milliseconds, is busy that long, and answers a line of JSON: a Sample. */
export async function staying(
  command: Command,
  { ms = 250, warmMs = WARM_MS, countsCpu = false, pinTo }: StayingOptions = {},
): Promise<Runner> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  adopt(child);
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-2000);
  });
  child.stdin.on('error', () => {
    // It has ended; the next round says so.
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => reject(new Error(`ended with ${signal ?? code}: ${complaint.trim()}`)));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (length: number): Promise<Sample> => {
    child.stdin.write(`${length}\n`);
    const answer = await Promise.race([lines.next(), ended, expired()]);
    if (answer.done) return await ended;
    return JSON.parse(answer.value);
  };
  await ask(warmMs);
  if (pinTo !== undefined) {
    execFileSync('taskset', ['-a', '-p', '-c', String(pinTo), String(child.pid)], { stdio: 'ignore' });
  }
  return {
    round: async () => {
      const before = cpuTime(child.pid);
      const sample = await ask(ms);
      if (!countsCpu) return sample;
      const each = ((cpuTime(child.pid) - before) * 1e6) / (sample.value * ms);
      return { ...sample, also: { ...sample.also, 'µs CPU each': each } };
    },
    close: async () => {
      child.kill('SIGKILL');
      await ended.catch(() => {});
    },
  };
}

/** Milliseconds of CPU time that the threads of a process have used. */
function cpuTime(pid: number | undefined): number {
  const stats = globSync(`/proc/${pid}/task/*/schedstat`);
  return stats.reduce((sum, path) => sum + Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e6, 0);
}

function expired(): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${LIMIT_MS / 1000} s`)), LIMIT_MS).unref();
  });
}

interface WholeOptions {
  /** What the time of the process is worth as a figure; default: its milliseconds. */
  readonly figure?: (ms: number) => number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A process from its start to its end, by the clock. */
export function whole(command: Command, { figure = (ms) => ms, environment }: WholeOptions = {}): Runner {
  return once(() => {
    const start = performance.now();
    perform(command, environment);
    return { value: figure(performance.now() - start) };
  });
}

/** A process that prints a line of JSON at its end: the Sample that it has measured itself. */
export function reporting(command: Command): Runner {
  return once(() => JSON.parse(perform(command).trimEnd().split('\n').at(-1) ?? ''));
}

function once(round: () => Sample): Runner {
  return { round: async () => round(), close: async () => {} };
}

function perform([program, ...args]: Command, environment?: Readonly<Record<string, string>>): string {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    env: { ...process.env, ...environment },
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`ended with ${signal ?? status}: ${stderr.trim().slice(-500)}`);
  return stdout;
}
