/**
 * The end of one operation: a single deadline for all its phases, and the one way to run a step that may have to be
 * given up. Trusted side. Whatever ends a step early also cancels what the step had begun, so that nothing is left open.
 */
import { TimeoutError, type TimeoutPhase } from '../../errors/classes.ts';
import { type Place, targetText } from '../address/target.ts';
import type { Clock } from '../clock.ts';

/** What an operation is about, for its errors. */
export interface About {
  /** As Caspian names it: `connect`, `recv_line`, `fetch`. */
  readonly operation: string;
  readonly target: Place;
}

/** When an operation must be over. One object for the whole of it; `phase` follows what is going on. */
export class Deadline {
  readonly clock: Clock;
  /** On the clock, in milliseconds; Infinity for no limit. */
  readonly at: number;
  /** What a time-out says it struck in. */
  phase: TimeoutPhase;

  constructor(clock: Clock, at: number, phase: TimeoutPhase) {
    this.clock = clock;
    this.at = at;
    this.phase = phase;
  }

  /** A deadline `seconds` from now; null is no limit. */
  static after(clock: Clock, seconds: number | null, phase: TimeoutPhase): Deadline {
    return new Deadline(clock, seconds === null ? Number.POSITIVE_INFINITY : clock.now() + seconds * 1000, phase);
  }

  /** The earlier of this deadline and one `seconds` from now; null changes nothing. */
  within(seconds: number | null): Deadline {
    const capped = Deadline.after(this.clock, seconds, this.phase);
    return capped.at < this.at ? capped : this;
  }

  /** Milliseconds that are left: 0 or less when it is past, Infinity without a limit. */
  get leftMs(): number {
    return this.at - this.clock.now();
  }

  /** The error of an operation that this deadline has ended. */
  error(about: About): TimeoutError {
    const { operation, target } = about;
    return new TimeoutError(`${operation} ${targetText(target)}: not done in time (${this.phase})`, {
      host: target.written,
      port: target.port,
      operation,
      phase: this.phase,
    });
  }
}

/** What may end a step before it is done. */
export interface Bounds {
  readonly deadline: Deadline;
  readonly about: About;
  /** Each ends the step with its own reason. */
  readonly signals: readonly (AbortSignal | undefined)[];
}

/** How a step reports its outcome. Only the first report counts. */
export interface Outcome<T> {
  readonly done: (value: T) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Runs one step of an operation. `start` begins it and returns how to cancel it; cancel is called if and only if the
 * deadline or a signal ends the step first, and must leave nothing open. Nothing is begun if it is over already.
 */
export function runStep<T>(bounds: Bounds, start: (outcome: Outcome<T>) => () => void): Promise<T> {
  const { deadline, about } = bounds;
  const signals = bounds.signals.filter((signal) => signal !== undefined);
  return new Promise<T>((resolve, reject) => {
    const stopped = signals.find((signal) => signal.aborted);
    if (stopped !== undefined) return reject(stopped.reason);
    const { leftMs } = deadline;
    if (leftMs <= 0) return reject(deadline.error(about));

    let cancel: (() => void) | null = null;
    let settled = false;
    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      timer?.cancel();
      for (const signal of signals) signal.removeEventListener('abort', onAbort);
      return true;
    };
    const giveUp = (reason: unknown): void => {
      if (!settle()) return;
      cancel?.();
      reject(reason);
    };
    const onAbort = (event: Event): void => giveUp(reasonOf(event));
    const timer =
      leftMs === Number.POSITIVE_INFINITY ? null : deadline.clock.after(leftMs, () => giveUp(deadline.error(about)));
    for (const signal of signals) signal.addEventListener('abort', onAbort);
    const failed = (error: unknown): void => {
      if (settle()) reject(error);
    };
    const done = (value: T): void => {
      if (settle()) resolve(value);
    };
    try {
      cancel = start({ done, failed });
    } catch (error) {
      failed(error);
    }
  });
}

function reasonOf(event: Event): unknown {
  return event.target instanceof AbortSignal ? event.target.reason : undefined;
}
