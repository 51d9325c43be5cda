/**
 * CPU time and memory of the guests of a child process. The engine's clock runs as long as an isolate does, also while
 * its thread waits for a CPU: so what it says is scaled by what the process really used.
 */
import type { Guest } from './guest.ts';

const PERIOD_MS = 10;
/** What the process itself needs beside its guests, and what a guest needs beside its heap. */
const OWN_MB = 320;
const BESIDE_HEAP = 1.5;
const MEGABYTE = 1_048_576;

export class Meter {
  readonly #guests: () => Iterable<Guest>;
  #timer: NodeJS.Timeout | null = null;
  #processUs = 0;

  constructor(guests: () => Iterable<Guest>) {
    this.#guests = guests;
  }

  /** A guest has begun to run, or has stopped: what it has used is counted while it runs, and once after. */
  update(guest: Guest): void {
    if (guest.isRunning && this.#timer === null) {
      this.#processUs = usedByProcess();
      this.#timer = setInterval(() => this.#measure(), PERIOD_MS);
    }
  }

  #measure(): void {
    const now = usedByProcess();
    const processNs = (now - this.#processUs) * 1_000;
    this.#processUs = now;
    const deltas: [Guest, number][] = [];
    let running = false;
    for (const guest of this.#guests()) {
      running ||= guest.isRunning;
      const delta = this.#delta(guest);
      if (delta > 0) deltas.push([guest, delta]);
    }
    const claimed = deltas.reduce((sum, [, delta]) => sum + delta, 0);
    const scale = claimed > processNs ? processNs / claimed : 1;
    for (const [guest, delta] of deltas) {
      guest.usedNs += delta * scale;
      if (guest.cpuMs !== null && guest.usedNs > guest.cpuMs * 1e6) guest.end('cpu_limit_exceeded');
    }
    this.#watchMemory();
    if (running || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  /**
   * Nanoseconds since it was last asked. An isolate that can't say any more, and has not been ended by us, was ended by
   * the engine for its memory; where its code does not stop by that the process has to.
   */
  #delta(guest: Guest): number {
    try {
      const total = guest.cpuNs;
      const delta = Number(total - guest.seenNs);
      guest.seenNs = total;
      return delta;
    } catch {
      if (guest.busySince !== null && performance.now() - guest.busySince > 1_000) guest.lose('memory_limit_exceeded');
      return 0;
    }
  }

  /** Memory that no heap counts: the guest that has run the longest is taken for the one that holds it. */
  #watchMemory(): void {
    let allowed = OWN_MB;
    let suspect: Guest | null = null;
    for (const guest of this.#guests()) {
      if (guest.memoryMb === 0) return;
      allowed += guest.memoryMb * BESIDE_HEAP;
      if (guest.busySince !== null && (suspect === null || guest.busySince < (suspect.busySince ?? 0))) suspect = guest;
    }
    if (process.memoryUsage.rss() > allowed * MEGABYTE) suspect?.end('memory_limit_exceeded');
  }
}

/** Microseconds of CPU time of all threads of the process. */
function usedByProcess(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
