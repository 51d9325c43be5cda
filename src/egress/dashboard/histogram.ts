/**
 * Durations counted in steps of 5 %, so that percentiles of any number of calls take one small array. Trusted side, pure.
 */
const STEP = 1.05;
/** What the first step ends with; the last is beyond a day. */
const SMALLEST_MS = 0.1;
const STEPS = 440;

export class Histogram {
  readonly #counts = new Uint32Array(STEPS);
  #total = 0;

  add(ms: number): void {
    const step = ms <= SMALLEST_MS ? 0 : Math.min(STEPS - 1, Math.ceil(Math.log(ms / SMALLEST_MS) / Math.log(STEP)));
    this.#change(step, 1);
  }

  addAll(other: Histogram): void {
    for (const [step, count] of other.#counts.entries()) if (count > 0) this.#change(step, count);
  }

  /** Takes away what `addAll` has added. */
  removeAll(other: Histogram): void {
    for (const [step, count] of other.#counts.entries()) if (count > 0) this.#change(step, -count);
  }

  #change(step: number, count: number): void {
    this.#counts[step] = (this.#counts[step] ?? 0) + count;
    this.#total += count;
  }

  /** The duration in milliseconds that this share of calls stays within, at most 5 % too high; null without calls. */
  percentile(share: number): number | null {
    let left = Math.ceil(this.#total * share);
    if (left === 0) return null;
    const step = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return Math.round(SMALLEST_MS * STEP ** step * 100) / 100;
  }
}
