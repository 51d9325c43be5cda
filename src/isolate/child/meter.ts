/**
 * CPU time and memory of the guests of a child process. The engine's clock runs as long as an isolate does, also while
 * its thread waits for a CPU, and what other threads do for a guest it does not know: so what the process really used
 * is shared out by it.
 */
import type { Guest } from './guest.ts';
import { usedByOthers } from './usage.ts';

const PERIOD_MS = 10;
/**
 * Most that counts for a guest of the time that it says it has run: the collector and the compiler have threads of their
 * own. What is beyond was for nobody here.
 */
const MOST_RATE = 2;
/** What the process itself needs beside its guests, and what a guest needs beside its heap. */
const OWN_MB = 320;
const BESIDE_HEAP = 1.5;
const MEGABYTE = 1_048_576;

export class Meter {
  readonly #guests: () => Iterable<Guest>;
  #timer: NodeJS.Timeout | null = null;
  #othersUs = 0;

  constructor(guests: () => Iterable<Guest>) {
    this.#guests = guests;
  }

  /** A guest has begun to use something, or has stopped: that is counted while it does, and once after. */
  update(guest: Guest): void {
    if (!guest.isUsing || this.#timer !== null) return;
    this.#othersUs = usedByOthers();
    this.#timer = setInterval(() => this.#measure(), PERIOD_MS);
  }

  #measure(): void {
    const now = usedByOthers();
    const usedNs = (now - this.#othersUs) * 1_000;
    this.#othersUs = now;
    const claims: [Guest, number][] = [];
    let using = false;
    for (const guest of this.#guests()) {
      using ||= guest.isUsing;
      const claim = claimOf(guest);
      if (claim > 0) claims.push([guest, claim]);
    }
    const claimed = claims.reduce((sum, [, claim]) => sum + claim, 0);
    const rate = Math.min(MOST_RATE, usedNs / claimed);
    for (const [guest, claim] of claims) guest.charge(claim * rate);
    this.#watchMemory();
    if (using || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
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

/**
 * Nanoseconds since it was last asked. An isolate that can't say any more was ended by the engine for its memory; where
 * its code does not stop by that the process has to.
 */
function claimOf(guest: Guest): number {
  try {
    return guest.claimNs();
  } catch {
    if (guest.busySince !== null && performance.now() - guest.busySince > 1_000) guest.lose('memory_limit_exceeded');
    return 0;
  }
}
