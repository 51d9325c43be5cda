/**
 * Rates that many processes share, at the price of one question to the state for a batch of requests. Trusted side.
 * Tokens that lie unused for a second go back, so that no process keeps what another could use. While the state does not
 * answer each process has its share of each bucket.
 */

import type { Clock, Timer } from '../../net/clock.ts';
import type { Rate } from '../../net/grants/narrowing.ts';
import type { Eventual, State, Taken } from '../state/state.ts';
import { LocalBuckets, type Outage } from './outage.ts';

/** One bucket that a request draws on. */
export interface RateKey {
  readonly key: string;
  readonly rate: Rate;
  /** What the bucket holds; null: as many as the rate has in its time. */
  readonly burst: number | null;
  /** Named in the error: `app_rate`, `allow api.example.com`. */
  readonly rule: string;
}

/** Null: a token of each was taken. Else the bucket that was empty, and how long until it may not be. */
export type RateRefusal = { readonly rule: string; readonly waitMs: number } | null;

interface Reserve {
  readonly text: string;
  readonly rate: Rate;
  tokens: number;
  usedAt: number;
  /** When the state will have a token, as far as it said; and until when it is not asked again. */
  tokenAt: number;
  askAgainAt: number;
}

const IDLE_MS = 1_000;
/** How long an empty bucket counts as empty, at most: a flood that is refused is no flood of questions to the state. */
const EMPTY_MS = 20;
/** A batch is so much of a bucket: 5 of 100. */
const BATCH_SHARE = 20;
const LARGEST_BATCH = 500;

/** One token, and none to keep. */
const ONE: Taken = Object.freeze({ granted: 1, waitMs: 0 });

export type RateState = Pick<State, 'rates' | 'now' | 'sharers'>;

export class Rates {
  readonly #state: RateState;
  readonly #clock: Clock;
  readonly #outage: Outage;
  readonly #local = new LocalBuckets();
  readonly #reserves = new Map<string, Reserve>();
  #sweep: Timer | null = null;

  constructor(state: RateState, clock: Clock, outage: Outage) {
    this.#state = state;
    this.#clock = clock;
    this.#outage = outage;
  }

  /** Takes one token of each bucket, or none at all. */
  take(keys: readonly RateKey[]): Eventual<RateRefusal> {
    for (const [index, key] of keys.entries()) {
      const asked = this.#takeOwn(key) ?? this.#ask(key);
      if (asked instanceof Promise) return asked.then((taken) => this.#resume(keys, index, taken));
      const refusal = this.#settle(keys, index, asked);
      if (refusal !== null) return refusal;
    }
    return null;
  }

  /** After a state that had to be waited for: goes on with what is left. */
  async #resume(keys: readonly RateKey[], from: number, first: Taken): Promise<RateRefusal> {
    let refusal = this.#settle(keys, from, first);
    for (let index = from + 1; refusal === null && index < keys.length; index++) {
      const key = keys[index];
      if (key === undefined) continue;
      refusal = this.#settle(keys, index, this.#takeOwn(key) ?? (await this.#ask(key)));
    }
    return refusal;
  }

  /** By what is known here; null: the state must be asked. */
  #takeOwn({ key, rate }: RateKey): Taken | null {
    const reserve = this.#reserves.get(key);
    if (reserve === undefined || reserve.text !== rate.text) return null;
    const now = this.#clock.now();
    if (reserve.tokens >= 1) {
      reserve.tokens -= 1;
      reserve.usedAt = now;
      return ONE;
    }
    return now < reserve.askAgainAt ? { granted: 0, waitMs: reserve.tokenAt - now } : null;
  }

  #ask(key: RateKey): Eventual<Taken> {
    const holds = key.burst ?? key.rate.count;
    const batch = Math.min(LARGEST_BATCH, Math.max(1, Math.floor(holds / BATCH_SHARE)));
    try {
      const taken = this.#state.rates.take(key.key, batch, key.rate, holds, this.#state.now());
      if (!(taken instanceof Promise)) return this.#answered(key, taken);
      return taken.then(
        (given) => this.#answered(key, given),
        () => this.#takeLocal(key, holds),
      );
    } catch {
      return this.#takeLocal(key, holds);
    }
  }

  #answered(key: RateKey, taken: Taken): Taken {
    this.#outage.worked();
    if (taken.granted > 0) return taken;
    const reserve = this.#reserve(key);
    const now = this.#clock.now();
    reserve.tokenAt = now + taken.waitMs;
    reserve.askAgainAt = now + Math.min(taken.waitMs, EMPTY_MS);
    return taken;
  }

  #takeLocal({ key, rate }: RateKey, holds: number): Taken {
    this.#outage.failed();
    this.#sweepLater();
    return this.#local.take(key, rate, holds, this.#state.sharers(), this.#state.now());
  }

  /** Keeps what was granted but one; or gives back what the buckets before have given. */
  #settle(keys: readonly RateKey[], index: number, { granted, waitMs }: Taken): RateRefusal {
    const key = keys[index];
    if (key === undefined) return null;
    if (granted > 0) {
      if (granted > 1) this.#keep(key, granted - 1);
      return null;
    }
    for (const before of keys.slice(0, index)) this.#keep(before, 1);
    return { rule: key.rule, waitMs };
  }

  #keep(key: RateKey, tokens: number): void {
    this.#reserve(key).tokens += tokens;
  }

  /** What is known of a bucket, as of now; of one whose rate is another, nothing. */
  #reserve({ key, rate }: RateKey): Reserve {
    let reserve = this.#reserves.get(key);
    if (reserve === undefined || reserve.text !== rate.text) {
      const never = Number.NEGATIVE_INFINITY;
      reserve = { text: rate.text, rate, tokens: 0, usedAt: never, tokenAt: never, askAgainAt: never };
      this.#reserves.set(key, reserve);
    }
    reserve.usedAt = this.#clock.now();
    this.#sweepLater();
    return reserve;
  }

  #sweepLater(): void {
    this.#sweep ??= this.#clock.after(IDLE_MS, () => this.#sweepIdle());
  }

  #sweepIdle(): void {
    this.#sweep = null;
    const now = this.#clock.now();
    for (const [key, reserve] of this.#reserves) {
      if (now - reserve.usedAt < IDLE_MS) continue;
      this.#reserves.delete(key);
      if (reserve.tokens > 0) this.#putBack(key, reserve);
    }
    this.#local.sweep(this.#state.now());
    if (this.#reserves.size > 0 || this.#local.size > 0) this.#sweepLater();
  }

  #putBack(key: string, { tokens, rate }: Reserve): void {
    // A state that is away for a moment loses these tokens: the bucket fills again by itself.
    ignoreFailure(() => this.#state.rates.putBack(key, tokens, rate));
  }

  close(): void {
    this.#sweep?.cancel();
    for (const [key, reserve] of this.#reserves) this.#putBack(key, reserve);
    this.#reserves.clear();
  }
}

/** For what may be lost: giving back what comes back by itself. */
export function ignoreFailure(step: () => Eventual<unknown>): void {
  try {
    const done = step();
    if (done instanceof Promise) done.catch(() => {});
  } catch {
    // Lost, as said.
  }
}
