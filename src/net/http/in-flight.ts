/**
 * Every fetch of a kernel that waits for a server: one timer and one listener for all of them. Trusted side. A time-out
 * is seldom met, so that a timer for each fetch would nearly always be set in vain.
 */
import type { Clock, Timer } from '../clock.ts';
import type { Operation } from './operation.ts';

/** How often the deadlines are looked at. */
const ROUND_MS = 1_000;
/** What ends before the round after next has a timer of its own: time-outs are exact. */
const NEAR_MS = 2 * ROUND_MS;

export class InFlight {
  readonly #clock: Clock;
  readonly #heeded = new WeakSet<AbortSignal>();
  /** The first of a list; each operation knows its neighbours. */
  #first: Operation | null = null;
  #round: Timer | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  join(operation: Operation): void {
    operation.after = this.#first;
    if (this.#first !== null) this.#first.before = operation;
    this.#first = operation;
    const { lifetime, session } = operation;
    if (!this.#heeded.has(lifetime)) this.#heed(lifetime);
    if (session !== undefined && !this.#heeded.has(session)) this.#heed(session);
    this.mind(operation);
  }

  /** Leaving twice does nothing. */
  leave(operation: Operation): void {
    const { before, after } = operation;
    if (before !== null) before.after = after;
    else if (this.#first === operation) this.#first = after;
    if (after !== null) after.before = before;
    operation.before = null;
    operation.after = null;
  }

  /** Sees to it that it ends when it is due. */
  mind(operation: Operation): void {
    const { dueAt } = operation;
    if (dueAt === Number.POSITIVE_INFINITY) return;
    const leftMs = dueAt - this.#clock.now();
    if (leftMs < NEAR_MS) operation.arm(leftMs);
    else this.#round ??= this.#clock.after(ROUND_MS, () => this.#lookAround());
  }

  #lookAround(): void {
    this.#round = null;
    for (let at = this.#first; at !== null; at = at.after) this.mind(at);
  }

  /** One listener on a signal, however many operations it would end. */
  #heed(signal: AbortSignal): void {
    this.#heeded.add(signal);
    signal.addEventListener('abort', () => {
      for (let at = this.#first; at !== null; ) {
        // Ending it takes it off the list.
        const { after } = at;
        if (at.lifetime === signal || at.session === signal) at.abort(signal.reason);
        at = after;
      }
    });
  }
}
