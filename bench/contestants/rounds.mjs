/**
 * How a contestant that stays speaks with the bench: a line with milliseconds comes in, a line of JSON goes out.
 * Plain JavaScript, since Deno and Bun run it too.
 */
import { createInterface } from 'node:readline';

/** Answers every line with what `round(ms)` gives: a Sample, or a promise of one. */
export async function answerRounds(round) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await round(Number(line)))}\n`);
  }
  process.exit();
}

/** Times a second that `step` can be done, one after another, each awaited. */
export async function rateAwaited(ms, step) {
  const start = performance.now();
  let count = 0;
  let now = start;
  for (; now - start < ms; now = performance.now()) {
    await step();
    count++;
  }
  return { value: (count * 1000) / (now - start) };
}

/** Times a second that `step` can be done, where it blocks. */
export function rateBlocking(ms, step) {
  const start = performance.now();
  let count = 0;
  let now = start;
  for (; now - start < ms; now = performance.now()) {
    step();
    count++;
  }
  return { value: (count * 1000) / (now - start) };
}

/** Times a second that `step` can be done, one after another, where it calls back. */
export function rateCalledBack(ms, step) {
  return new Promise((resolve) => {
    const start = performance.now();
    let count = 0;
    const next = () => {
      count++;
      const now = performance.now();
      if (now - start < ms) step(next);
      else resolve({ value: (count * 1000) / (now - start) });
    };
    step(next);
  });
}

/** Most single times that are kept for quantiles. */
const MOST = 200_000;

/** How long one `step` takes, where it blocks: the median in µs, and the 99th of a hundred. */
export function latencyBlocking(ms, step) {
  const times = new Float64Array(MOST);
  const start = performance.now();
  let count = 0;
  let before = start;
  for (; count < MOST && before - start < ms; count++) {
    step();
    const now = performance.now();
    times[count] = now - before;
    before = now;
  }
  const sorted = times.subarray(0, count).sort();
  const quantile = (share) => sorted[Math.min(count - 1, Math.floor(count * share))] * 1000;
  return { value: quantile(0.5), also: { p99: quantile(0.99) } };
}
