/**
 * setTimeout and setInterval (HTML §8.7). Powerless. The timers are a heap in here; the process outside is asked for one
 * wake-up at a time. Callbacks of one instant run in the order in which they were set.
 */
import { wake } from './bridge.ts';

interface Timer {
  readonly id: number;
  readonly order: number;
  readonly callback: () => void;
  readonly everyMs: number | null;
  due: number;
  live: boolean;
}

/** More than this is taken for 1, as everywhere. */
const LONGEST_MS = 2_147_483_647;

const now = Date.now;
const heap: Timer[] = [];
const byId = new Map<number, Timer>();
let nextId = 1;
let nextOrder = 1;
let wokenAt = Number.POSITIVE_INFINITY;

/** Told of what a callback throws. */
let onThrown: (thrown: unknown) => void = () => {};

export function reportTimerThrown(report: (thrown: unknown) => void): void {
  onThrown = report;
}

export function setTimer(callback: () => void, afterMs: number, everyMs: number | null = null): number {
  const wait = afterMs >= 0 && afterMs <= LONGEST_MS ? afterMs : 0;
  const timer = { id: nextId++, order: nextOrder++, callback, everyMs, due: now() + wait, live: true };
  byId.set(timer.id, timer);
  push(timer);
  arm();
  return timer.id;
}

export function clearTimer(id: number): void {
  const timer = byId.get(id);
  if (timer === undefined) return;
  timer.live = false;
  byId.delete(id);
  if (byId.size === 0) heap.length = 0;
  arm();
}

/** Runs what is due. Called when the process outside has woken us. */
export function runTimers(): void {
  wokenAt = Number.POSITIVE_INFINITY;
  const started = now();
  const lastOrder = nextOrder;
  for (let first = heap[0]; first !== undefined; first = heap[0]) {
    if (first.live && (first.due > started || first.order >= lastOrder)) break;
    pop();
    if (first.live) fire(first);
  }
  arm();
}

function fire(timer: Timer): void {
  if (timer.everyMs === null) {
    timer.live = false;
    byId.delete(timer.id);
  }
  try {
    timer.callback();
  } catch (thrown) {
    onThrown(thrown);
  }
  if (timer.everyMs === null || !timer.live) return;
  const again = { ...timer, order: nextOrder++, due: now() + Math.max(1, timer.everyMs) };
  byId.set(timer.id, again);
  push(again);
}

/** Asks to be woken when the first timer is due. */
function arm(): void {
  while (heap[0]?.live === false) pop();
  const due = heap[0]?.due ?? Number.POSITIVE_INFINITY;
  if (due === wokenAt) return;
  wokenAt = due;
  wake(due === Number.POSITIVE_INFINITY ? -1 : Math.max(0, due - now()));
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}

function push(timer: Timer): void {
  let at = heap.push(timer) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !isBefore(timer, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = timer;
}

function pop(): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    const left = heap[at * 2 + 1];
    const right = heap[at * 2 + 2];
    const isRight = right !== undefined && left !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (child === undefined || !isBefore(child, last)) break;
    heap[at] = child;
    at = at * 2 + (isRight ? 2 : 1);
  }
  heap[at] = last;
}

/** The global functions. A text in place of a callback is refused. */
function start(callback: unknown, afterMs: unknown, args: readonly unknown[], repeats: 'once' | 'again'): number {
  if (typeof callback !== 'function') throw new TypeError('the callback must be a function');
  const wait = Number(afterMs ?? 0) || 0;
  const run = (): void => {
    Reflect.apply(callback, globalThis, args);
  };
  return setTimer(run, wait, repeats === 'again' ? wait : null);
}

export function setTimeout(callback: unknown, afterMs: unknown = 0, ...args: unknown[]): number {
  return start(callback, afterMs, args, 'once');
}

export function setInterval(callback: unknown, everyMs: unknown = 0, ...args: unknown[]): number {
  return start(callback, everyMs, args, 'again');
}

export function clearTimeout(id: unknown = 0): void {
  clearTimer(Number(id));
}

export function clearInterval(id: unknown = 0): void {
  clearTimer(Number(id));
}

export function queueMicrotask(callback: unknown): void {
  if (typeof callback !== 'function') throw new TypeError('the callback must be a function');
  void runSoon(callback);
}

async function runSoon(callback: unknown): Promise<void> {
  await undefined;
  try {
    if (typeof callback === 'function') Reflect.apply(callback, undefined, []);
  } catch (thrown) {
    onThrown(thrown);
  }
}
