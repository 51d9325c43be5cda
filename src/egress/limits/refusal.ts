/**
 * The errors of limits. Trusted side. They come by the thousand, and from one place: they carry no stack, which is most of
 * what an error costs.
 */
import { LimitReachedError, RateLimitedError } from '../../errors/classes.ts';
import type { Operation } from '../operation.ts';
import type { Settings } from '../settings.ts';

interface RefusedAsk {
  readonly operation: Operation;
  readonly app: string;
  readonly settings: Settings;
}

export function slotError({ operation, app, settings }: RefusedAsk, reason: string): LimitReachedError {
  const { app_concurrency: own, total_concurrency: total } = settings;
  const message = `${reason}: app ${app} may have ${own} ${own === 1 ? 'call' : 'calls'} at once, all apps ${total}`;
  const retryAfter = settings.queue_wait / 1_000;
  return withoutStack(() => new LimitReachedError(message, { operation, retryAfter }));
}

export function rateError(
  { operation }: Pick<RefusedAsk, 'operation'>,
  rule: string,
  waitMs: number,
): RateLimitedError {
  const message = `too many requests in a while (${rule})`;
  const retryAfter = Math.ceil(waitMs) / 1_000;
  return withoutStack(() => new RateLimitedError(message, { operation, retryAfter }));
}

function withoutStack<E extends Error>(make: () => E): E {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
