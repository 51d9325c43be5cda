/**
 * A quiet app on a thread of its own, that calls at a fixed rate, alone or beside another app that is a bad neighbour; both
 * on one kernel's event loop. Every two seconds another app is the neighbour, with all that the policy gives by default.
 * The figure is the 99th of a hundred of the quiet app's calls. The loop's thread, the quiet app's and its server run before
 * all others where the system lets us, and after them the other threads of this process, whose locks the loop's takes: what
 * the apps share is the loop, and it is measured here, not who gets one of two CPUs.
 * Arguments: its URL, which neighbour, a folder, and the process of its server.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Net } from '../../../src/net/net.ts';
import { runFirst, runSecond } from '../../harness/priority.ts';
import { host } from '../product.ts';
import { answerRounds } from '../rounds.mjs';

const SLOW_READ_MS = 100;
/** How long each neighbour is there. */
const BESIDE_MS = 2_000;
/** Loops of calls, twice as many as there are slots. */
const AT_ONCE = 20;

const [, , quietUrl = '', kind = '', folder = '', quietServer = ''] = process.argv;
const { openEgress, serveNet } = await host();

type Neighbour = (net: Net, url: string, signal: AbortSignal) => Promise<unknown>;

const NEIGHBOURS: Readonly<Record<string, Neighbour>> = {
  alone: async () => {},
  flood: (net, url, signal) => askThread(loud, { net, kind: 'flood', url: `${url}/ok`, signal }),
  stall: (net, url, signal) =>
    repeated(signal, async (turn) => {
      const path = ['/never', '/slow', '/drip', '/never', '/slow'][turn % 5];
      await (await net.fetch(url + path, { signal })).bytes();
    }),
  large: (net, url, signal) =>
    repeated(signal, (turn) => drain(net, url + (turn % 2 === 0 ? '/big' : '/bomb'), signal, null)),
  reader: (net, url, signal) => repeated(signal, () => drain(net, `${url}/big`, signal, SLOW_READ_MS)),
};

/** Several loops of calls, each going on when its last is over; one that is refused waits a little. */
async function repeated(signal: AbortSignal, call: (turn: number) => Promise<unknown>): Promise<void> {
  const loop = async (first: number): Promise<void> => {
    for (let turn = first; !signal.aborted; turn++) {
      await call(turn).catch(ignore);
      await sleep(1, undefined, { signal }).catch(ignore);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => loop(first)));
}

function ignore(): void {
  // Refused, as is the point; or the round is over.
}

/** Takes a body as the kernel takes it for a script: each chunk lent, and after each a pause, if there is one. */
async function drain(net: Net, url: string, signal: AbortSignal, pauseMs: number | null): Promise<void> {
  const response = await net.fetch(url, { signal });
  await new Promise<void>((resolve, reject) => {
    const source = response.pipe({
      write: () => {
        if (pauseMs !== null) setTimeout(() => source.resume(), pauseMs);
        return pauseMs === null;
      },
      end: resolve,
      fail: reject,
    });
  });
}

interface ThreadAsk {
  readonly net: Net;
  readonly kind: 'quiet' | 'flood';
  readonly url: string;
  readonly ms?: number;
  readonly signal?: AbortSignal;
}

/** What an app on that thread answers, over a link of its own. */
async function askThread(thread: Worker, { net, kind, url, ms, signal }: ThreadAsk): Promise<unknown> {
  const link = serveNet(net);
  const ended = new Int32Array(new SharedArrayBuffer(4));
  signal?.addEventListener('abort', () => Atomics.store(ended, 0, 1));
  thread.postMessage({ kind, link: link.guest, url, ms, ended }, [...link.transferList]);
  const [answer] = await once(thread, 'message');
  link.close();
  return answer;
}

function startThread(): Worker {
  return new Worker(join(import.meta.dirname, 'neighbour-thread.ts'));
}

/** Each serves one app after another, so that none is measured while its code is compiled. */
const quiet = startThread();
const loud = startThread();
const neighbour = NEIGHBOURS[kind];
if (neighbour === undefined) throw new Error(`there is no neighbour ${kind}`);
const server = fork(join(import.meta.dirname, 'neighbour-server.mjs'));
// It stands on another machine, as it were, and takes no CPU that an app here wants.
if (server.pid !== undefined) setPriority(server.pid, constants.priority.PRIORITY_LOW);
const [port] = await once(server, 'message');
const egress = await openEgress({ state: `sqlite:${join(folder, `${kind}.db`)}`, resolve: async () => ['127.0.0.1'] });
const quietPort = new URL(quietUrl).port;
for (const each of [quietPort, port]) {
  await egress.allow(`*.test:${each}`, { httpsOnly: false, allowAddresses: ['127.0.0.1'] });
}
await egress.set('total_rate', '1000000/s');
await egress.set('app_rate', '1000000/s', { app: 'quiet' });
await egress.set('calls_per_run', 1_000_000);
const quietNet = egress.net({ app: 'quiet' });
const quietly = `http://quiet.test:${quietPort}/small`;

// The threads of the engine, of decoders, of the journal and of the apps have begun by now.
const isFirst = runSecond(process.pid) && [process.pid, Number(quietServer)].map(runFirst).every(Boolean);
let neighbours = 0;

/** Milliseconds of the quiet app's calls, beside a new neighbour for that long. */
async function measure(neighbour: Neighbour, ms: number): Promise<readonly number[]> {
  neighbours += 1;
  const ending = new AbortController();
  const { signal } = ending;
  const beside = neighbour(egress.net({ app: `${kind}${neighbours}` }), `http://loud.test:${port}`, signal);
  const times = await askThread(quiet, { net: quietNet, kind: 'quiet', url: quietly, ms });
  ending.abort();
  await beside;
  if (!Array.isArray(times)) throw new Error('the quiet app has not answered');
  return times;
}

await answerRounds(async (ms) => {
  const times: number[] = [];
  for (let spent = 0; spent < ms; spent += BESIDE_MS) times.push(...(await measure(neighbour, BESIDE_MS)));
  times.sort((left, right) => left - right);
  const quantile = (share: number): number => times[Math.floor((times.length - 1) * share)] ?? 0;
  return {
    value: quantile(0.99),
    also: { first: Number(isFirst), p50: quantile(0.5), p95: quantile(0.95), max: quantile(1) },
  };
});
