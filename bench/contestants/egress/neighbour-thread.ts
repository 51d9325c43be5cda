/**
 * An app on a thread, over our link: `quiet` answers each message with the times of its calls, in milliseconds, made at a
 * fixed rate for as long as the message says; `flood` goes on from the message until its word is set, and says when it is over.
 */
import { parentPort } from 'node:worker_threads';
import { ownThread, runFirst } from '../../harness/priority.ts';
import { guest } from '../product.ts';

/** Between two calls of the quiet app. */
const EVERY_MS = 2;
/** The end of each pause is spun through: a timer would be a millisecond late. */
const SPIN_MS = 0.2;
const BODY_BYTES = 200;
/** So many calls at once, again and again: most are refused, by the slots, the room to wait, and the rate. */
const FLOOD_CALLS = 2_000;
const FLOOD_AT_ONCE = 1_000;
const FLOOD_PAUSE_MS = 100;

const { connectNet } = await guest();

interface Asked {
  readonly kind: 'quiet' | 'flood';
  readonly link: Parameters<typeof connectNet>[0];
  readonly url: string;
  readonly ms: number;
  /** Shared: 1 is the end. */
  readonly ended: Int32Array;
}

type Net = ReturnType<typeof connectNet>;

function callQuietly(net: Net, { url, ms, ended }: Asked): readonly number[] {
  const times: number[] = [];
  runFirst(ownThread());
  const start = performance.now();
  // From when each call was due: one that keeps the next ones waiting counts for all of them.
  for (let due = start; due < start + ms; due += EVERY_MS) {
    Atomics.wait(ended, 0, 0, Math.max(0, due - SPIN_MS - performance.now()));
    while (performance.now() < due);
    if (net.fetch(url).bytes().length !== BODY_BYTES) throw new Error('not the body');
    times.push(performance.now() - due);
  }
  return times;
}

function flood(net: Net, { url, ended }: Asked): void {
  const urls = Array.from({ length: FLOOD_CALLS }, () => url);
  while (Atomics.load(ended, 0) === 0) {
    net.fetchAll(urls, { limit: FLOOD_AT_ONCE });
    Atomics.wait(ended, 0, 0, FLOOD_PAUSE_MS);
  }
}

parentPort?.on('message', (asked: Asked) => {
  const net = connectNet(asked.link);
  parentPort?.postMessage(asked.kind === 'flood' ? flood(net, asked) : callQuietly(net, asked));
});
