/**
 * Isolates at work. Argument: which of MEASURES. Each process has one sandbox with one child.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Sample } from '../harness/row.ts';
import { host } from './product.ts';
import { answerRounds } from './rounds.mjs';

const { Grants, openNet, V8Sandbox } = await host();
const sandbox = new V8Sandbox({ threads: 1, cpuMs: null });
const net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
await sandbox.createIsolate();

type Measure = (ms: number) => Promise<Sample>;

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** ms until an isolate is ready, one now and then: the child has time to make some ahead. */
async function ready(ms: number): Promise<Sample> {
  const took: number[] = [];
  for (const until = performance.now() + ms; performance.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const started = performance.now();
    const isolate = await sandbox.createIsolate();
    took.push(performance.now() - started);
    isolate.destroy();
  }
  return { value: median(took) };
}

/** ms for each of many without a pause. Some find one made ahead and others wait for two: the mean tells. */
async function cold(ms: number): Promise<Sample> {
  const started = performance.now();
  let count = 0;
  for (; performance.now() - started < ms; count++) (await sandbox.createIsolate()).destroy();
  return { value: (performance.now() - started) / count };
}

/** Messages a second; `source` sends `count` of them. */
function messages(count: number, source: string): Measure {
  return async () => {
    const isolate = await sandbox.createIsolate();
    const { promise, resolve } = Promise.withResolvers<void>();
    let seen = 0;
    isolate.on('m', () => {
      if (++seen === count) resolve();
    });
    const started = performance.now();
    isolate.execute(source);
    await promise;
    const value = count / ((performance.now() - started) / 1_000);
    isolate.destroy();
    return { value };
  };
}

/** µs of a call that blocks: guest → child → kernel and back. */
async function blocking(ms: number): Promise<Sample> {
  const isolate = await sandbox.createIsolate({ net });
  const each = Number(
    await isolate.evaluate(`
      const until = Date.now() + ${ms}; let calls = 0; const started = Date.now();
      while (Date.now() < until) { net.allowed('127.0.0.1', 80); calls++ }
      (Date.now() - started) * 1000 / calls`),
  );
  isolate.destroy();
  return { value: each };
}

/** ms between the end of the CPU time that a guest has and the host's knowing of it. */
async function kill(source: string): Promise<number> {
  const cpuMs = 100;
  const isolate = await sandbox.createIsolate({ cpuMs });
  const { promise, resolve } = Promise.withResolvers<void>();
  isolate.onSystem('terminated', () => resolve());
  const started = performance.now();
  isolate.execute(source);
  await promise;
  return performance.now() - started - cpuMs;
}

/** How far what counts for guests is from what their process used, in %: `guests` of them, each to its limit. */
function accounting(guests: number): Measure {
  return async () => {
    const cpuMs = 300;
    const own = new V8Sandbox({ threads: 1, cpuMs });
    const isolates = await Promise.all(Array.from({ length: guests }, () => own.createIsolate()));
    const child = youngestChild();
    const before = guestsCpuMs(child);
    let after = before;
    await Promise.all(
      isolates.map((isolate) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        isolate.onSystem('terminated', () => {
          after = guestsCpuMs(child);
          resolve();
        });
        isolate.execute('for (let list = [];; list = list.length > 1000 ? [] : list) list.push({});');
        return promise;
      }),
    );
    own.shutdown();
    return { value: Math.abs((guests * cpuMs) / (after - before) - 1) * 100 };
  };
}

/** ms of CPU time of all threads of a process but its first, which takes care of the guests. */
function guestsCpuMs(process: number): number {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const first = Number(readFileSync(`/proc/${process}/task/${process}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  return (Number(stat[11]) + Number(stat[12])) * 10 - first;
}

/** MiB of the child for each of a hundred isolates. */
async function memory(): Promise<Sample> {
  // A process that has had many keeps what they took.
  const own = new V8Sandbox({ threads: 1, cpuMs: null });
  await own.createIsolate();
  const child = youngestChild();
  const before = bytesOf(child);
  for (let n = 0; n < 100; n++) await own.createIsolate();
  const value = (bytesOf(child) - before) / 100 / 1_048_576;
  own.shutdown();
  return { value };
}

function youngestChild(): number {
  const children = readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '),
  );
  return Math.max(...children.filter((id) => id !== '').map(Number));
}

function bytesOf(process: number): number {
  return Number(readFileSync(`/proc/${process}/statm`, 'utf8').split(' ')[1]) * 4_096;
}

const MEASURES: Readonly<Record<string, Measure>> = {
  ready,
  cold,
  single: messages(50_000, 'for (let n = 0; n < 50000; n++) { NETWORK.send("m", n); await null }'),
  batched: messages(200_000, 'for (let n = 0; n < 200000; n++) NETWORK.send("m", n)'),
  blocking,
  kill: async () => ({ value: await kill('for (;;);') }),
  'kill-hard': async () => ({ value: await kill('Array.prototype.includes.call({ length: 2 ** 53 - 1 }, 1)') }),
  memory,
  'cpu-2': accounting(2),
  'cpu-4': accounting(4),
};

const measure = MEASURES[process.argv[2] ?? ''];
if (measure === undefined) throw new Error(`there is no measure ${process.argv[2]}`);
await answerRounds(measure);
