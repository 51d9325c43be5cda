/**
 * Spinning on credit. Crosses: both sides of a link use it. Waking an idle CPU costs about 20 µs, so a short wait is
 * best spent looking; but where both threads share one CPU, or the answer takes long, looking only burns time. Credit
 * decides: a hit earns, a miss costs, and at nothing there is just a probe now and then.
 */

const HIT = 2;
const MISS = 1;
const MOST = 40;
/** With no credit left, one wait in this many is still tried with a spin: conditions change. */
const PROBE_EVERY = 64;

export class SpinCredit {
  #credit: number;
  #skipped = 0;
  readonly #enabled: boolean;

  /** `enabled: false` where there is one CPU: it never spins. */
  constructor(options: { readonly enabled: boolean }) {
    this.#enabled = options.enabled;
    this.#credit = MOST / 2;
  }

  /** Whether the wait at hand may begin with a spin. */
  allows(): boolean {
    if (!this.#enabled) return false;
    if (this.#credit > 0) return true;
    this.#skipped = (this.#skipped + 1) % PROBE_EVERY;
    return this.#skipped === 0;
  }

  /** What came awaited came while spinning. */
  hit(): void {
    this.#credit = Math.min(MOST, this.#credit + HIT);
  }

  /** The spin ended with nothing. */
  miss(): void {
    this.#credit = Math.max(0, this.#credit - MISS);
  }
}
