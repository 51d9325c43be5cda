/**
 * Whether more than one owner of work uses this event loop: who is alone may take larger slices of it. Trusted side. An owner
 * is a script, or what the host program calls from itself.
 */
import { type Clock, systemClock } from './clock.ts';

/** How long after two have asked for something both count as there. */
const LASTING_MS = 100;

export class Company {
  readonly #clock: Clock;
  /** Who has asked last, and when it was somebody else's turn to. */
  #last: symbol | null = null;
  #changedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An owner asks for something. */
  note(owner: symbol): void {
    if (owner === this.#last) return;
    if (this.#last !== null) this.#changedAt = this.#clock.now();
    this.#last = owner;
  }

  get isThere(): boolean {
    return this.#clock.now() - this.#changedAt <= LASTING_MS;
  }
}

/** Of this process, as its loop is. */
export const company = new Company(systemClock);
