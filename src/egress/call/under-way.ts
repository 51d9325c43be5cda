/**
 * The calls that have begun and are not written down yet, so that closing can wait for their rows. Trusted side.
 */
import type { Clock } from '../../net/clock.ts';

/** What waiting for them takes at the most. */
const LONGEST_MS = 1_000;

export class UnderWay {
  readonly #clock: Clock;
  #count = 0;
  #onNone: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begun(): void {
    this.#count += 1;
  }

  over(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#onNone?.();
  }

  /** Resolves when all are over, or after a second. For who has ended them. */
  none(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#count === 0) return resolve();
      const late = this.#clock.after(LONGEST_MS, resolve);
      this.#onNone = () => {
        late.cancel();
        resolve();
      };
    });
  }
}
