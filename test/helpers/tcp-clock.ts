/** A clock that moves only when the test says so. */
import type { Clock, Timer } from '../../src/net/clock.ts';

interface Pending {
  readonly at: number;
  readonly fn: () => void;
}

export class ManualClock implements Clock {
  #now = 0;
  readonly #pending = new Set<Pending>();

  now(): number {
    return this.#now;
  }

  after(ms: number, fn: () => void): Timer {
    const pending = { at: this.#now + ms, fn };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#pending.size;
  }

  /** Moves on, calling what falls due in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#pending].filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
      if (due === undefined) break;
      this.#pending.delete(due);
      this.#now = due.at;
      due.fn();
    }
    this.#now = end;
  }
}
