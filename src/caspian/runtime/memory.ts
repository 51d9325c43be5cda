/**
 * The memory limit as the script's own side keeps it. Powerless side. V8 ends the whole process where one allocation does
 * not fit, so what is large is asked for here before it is made, and what is small is counted until it is worth a look.
 * SECURITY: the engine's own watch and V8's limit lie above this one (test/attacks/engine-memory-*).
 */
import type { RuntimeHost } from '../host.ts';
import { Alarm, MEMORY_LIMIT } from './errors.ts';

/** What may come together before the heap is looked at. */
const LOOK_BYTES = 2 ** 21;

export class Gauge {
  readonly #host: RuntimeHost;
  readonly #limit: number;
  #charged = 0;

  constructor(host: RuntimeHost, limit: number) {
    this.#host = host;
    this.#limit = limit;
  }

  /** To be called now and then, and before something of `bytes` is made: throws the alarm if that is too much. */
  look(bytes = 0): void {
    this.#charged = 0;
    if (this.#host.usedMemory() + bytes <= this.#limit) return;
    // Much of it may be garbage that nobody has collected yet.
    this.#host.collectGarbage();
    if (this.#host.usedMemory() + bytes <= this.#limit) return;
    throw new Alarm(MEMORY_LIMIT, `the script holds more than ${Math.floor(this.#limit / 2 ** 20)} MB of memory`);
  }

  charge(bytes: number): void {
    this.#charged += bytes;
    if (bytes >= LOOK_BYTES) this.look(bytes);
    else if (this.#charged >= LOOK_BYTES) this.look();
  }
}

/** Of the run that this thread is in; null without a limit. A thread runs one script at a time. */
let current: Gauge | null = null;

/** Counts against `gauge` until it is told otherwise; gives what was before. */
export function useGauge(gauge: Gauge | null): Gauge | null {
  const before = current;
  current = gauge;
  return before;
}

/** Tells of memory that is about to be taken. */
export function charge(bytes: number): void {
  if (current !== null) current.charge(bytes);
}
