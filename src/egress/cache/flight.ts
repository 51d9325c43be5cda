/**
 * Waiting for what another call fetches just now. Trusted side. SECURITY: nobody waits longer than its own call may take,
 * and nobody fails for what ended another's (test/attacks/egress-flight-leader.test.ts).
 */
import { TimeoutError } from '../../errors/classes.ts';
import type { Clock } from '../../net/clock.ts';

/** How long a call may wait. */
export interface Patience {
  readonly clock: Clock;
  /** Null: no limit. */
  readonly ms: number | null;
  readonly signal: AbortSignal | undefined;
}

/** Whether the other call has left something; false also where it failed. Raises TimeoutError, and the signal's reason. */
export function inTime(flight: Promise<boolean>, { clock, ms, signal }: Patience): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => over(() => reject(signal?.reason));
    const timer = ms === null ? null : clock.after(ms, () => over(() => reject(tooLong())));
    const over = (settle: () => void): void => {
      timer?.cancel();
      signal?.removeEventListener('abort', onAbort);
      settle();
    };
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
    flight.then(
      (kept) => over(() => resolve(kept)),
      () => over(() => resolve(false)),
    );
  });
}

function tooLong(): TimeoutError {
  return new TimeoutError('not done in time: it waited for the same request of another call', {
    operation: 'fetch',
    phase: 'headers',
    retryable: true,
  });
}
