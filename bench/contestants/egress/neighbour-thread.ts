/**
 * An app on a thread of its own, over our link, that says when it is ready. `quiet` answers a message with milliseconds by
 * the times of its calls, made at a fixed rate for that long. `flood` begins with a message and goes on until its thread is
 * ended.
 */
import { parentPort, workerData } from 'node:worker_threads';
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

const { link, url, kind } = workerData;
const { connectNet } = await guest();
const net = connectNet(link);
const word = new Int32Array(new SharedArrayBuffer(4));

function callQuietly(ms: number): readonly number[] {
  const times: number[] = [];
  const start = performance.now();
  // From when each call was due: one that keeps the next ones waiting counts for all of them.
  for (let due = start; due < start + ms; due += EVERY_MS) {
    Atomics.wait(word, 0, 0, Math.max(0, due - SPIN_MS - performance.now()));
    while (performance.now() < due);
    if (net.fetch(url).bytes().length !== BODY_BYTES) throw new Error('not the body');
    times.push(performance.now() - due);
  }
  return times;
}

function flood(): never {
  const urls = Array.from({ length: FLOOD_CALLS }, () => url);
  for (;;) {
    net.fetchAll(urls, { limit: FLOOD_AT_ONCE });
    Atomics.wait(word, 0, 0, FLOOD_PAUSE_MS);
  }
}

parentPort?.on('message', (ms: number) => (kind === 'flood' ? flood() : parentPort?.postMessage(callQuietly(ms))));
parentPort?.postMessage('ready');
