/**
 * The arithmetic of a token bucket that is kept as one number, the time at which it will be full again (GCRA). Trusted
 * side, pure. Both states do the same sum, so that they answer alike.
 */
import type { Rate } from '../../net/grants/narrowing.ts';
import type { Taken } from './state.ts';

/** Sums of milliseconds that are no whole numbers may be off by so much of a token. */
const ROUNDING = 1e-6;

export interface BucketTake extends Taken {
  readonly fullAt: number;
}

/** A bucket that says it will be full later than one that is empty now (the clock was set back) counts as empty now. */
export function takeTokens(fullAt: number, want: number, rate: Rate, burst: number, now: number): BucketTake {
  const perToken = rate.perMs / rate.count;
  const full = Math.min(fullAt, now + burst * perToken);
  const missing = Math.max(0, full - now) / perToken;
  const there = burst - missing + ROUNDING;
  const granted = Math.max(0, Math.min(want, Math.floor(there)));
  if (granted === 0) return { granted, fullAt: full, waitMs: Math.max(1, Math.ceil((1 - there) * perToken)) };
  return { granted, fullAt: Math.max(full, now) + granted * perToken, waitMs: 0 };
}
