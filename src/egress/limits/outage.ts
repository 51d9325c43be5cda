/**
 * Whether the state answers questions of limits, told when that changes; and the buckets that stand in for it. Trusted side.
 */
import type { Rate } from '../../net/grants/narrowing.ts';
import { takeTokens } from '../state/bucket.ts';
import type { Taken } from '../state/state.ts';

export class Outage {
  readonly #changed: (away: boolean) => void;
  #away = false;

  /** `changed`: with true when the state does not answer, with false when it does again. */
  constructor(changed: (away: boolean) => void) {
    this.#changed = changed;
  }

  failed(): void {
    this.#set(true);
  }

  worked(): void {
    this.#set(false);
  }

  #set(away: boolean): void {
    if (this.#away === away) return;
    this.#away = away;
    this.#changed(away);
  }
}

/** One of `sharers` equal parts; at least one, so that nobody stands still. */
export function shareOf(limit: number, sharers: number): number {
  return Math.max(1, Math.floor(limit / sharers));
}

/**
 * Buckets of this process alone, each a share of the one in the state. One that is not full is kept when the state comes
 * back, so that a state that comes and goes is no way to a full one.
 */
export class LocalBuckets {
  readonly #fullAt = new Map<string, number>();

  take(key: string, rate: Rate, burst: number, sharers: number, now: number): Taken {
    const share = { ...rate, perMs: rate.perMs * sharers };
    const { fullAt, ...taken } = takeTokens(this.#fullAt.get(key) ?? 0, 1, share, shareOf(burst, sharers), now);
    if (taken.granted > 0) this.#fullAt.set(key, fullAt);
    return taken;
  }

  /** Forgets those that are full. */
  sweep(now: number): void {
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
  }

  get size(): number {
    return this.#fullAt.size;
  }
}
