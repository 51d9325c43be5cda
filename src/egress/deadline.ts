/**
 * The host's deadline as a budget: each call gets what is left of it, less a margin. Trusted side, pure.
 */
import { ArgumentError, BudgetExhaustedError } from '../errors/classes.ts';
import type { Operation } from './operation.ts';
import type { Settings } from './settings.ts';

/** With less left than this a call is not tried. */
const LEAST_MS = 50;

/** What a call may take. */
export interface CallTime {
  readonly operation: Operation;
  readonly asked: number | null | undefined;
  /** Of the entry; null where it does not say. */
  readonly entry: number | null;
  /** By the kernel's clock; null where the host gave none. */
  readonly deadlineAt: number | null;
  readonly now: number;
}

/** Milliseconds for the whole call. Raises BudgetExhaustedError, retryable, where there is not enough left to try. */
export function callTime(settings: Settings, { operation, asked, entry, deadlineAt, now }: CallTime): number {
  // No limit at all is more than anybody may ask for.
  const wanted =
    asked === null ? settings.max_timeout : asked === undefined ? (entry ?? settings.timeout) : asked * 1_000;
  const most = Math.min(wanted, settings.max_timeout);
  if (deadlineAt === null) return most;
  const left = deadlineAt - now - settings.deadline_margin;
  if (left < LEAST_MS) {
    throw new BudgetExhaustedError(
      `${Math.max(0, Math.round(left))} ms are left of the time for this run, too few to try`,
      { operation, retryable: true },
    );
  }
  return Math.min(most, left);
}

/** A point in time by the kernel's clock: of seconds from now, or a Date. Raises ArgumentError. */
export function readDeadline(raw: unknown, now: number, wall: number): number | null {
  if (raw === undefined || raw === null) return null;
  if (typeof raw === 'number' && raw >= 0) return now + raw * 1_000;
  if (raw instanceof Date && !Number.isNaN(raw.getTime())) return now + (raw.getTime() - wall);
  throw new ArgumentError('deadline must be seconds from now, or a Date');
}
