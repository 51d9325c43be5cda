/**
 * Whether, and after how long, a request is made once more. Trusted side, pure. What may be sent twice by itself is what
 * HTTP calls idempotent (RFC 9110 section 9.2.2); anything else only where its caller says so.
 */
import { CaspianError } from '../../errors/classes.ts';

export interface RetryPlan {
  /** How often it is tried again; 0 for not at all. */
  readonly retries: number;
  /** Any method. */
  readonly unsafe: boolean;
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** The server asks for another try, or something before it had a bad moment. */
const STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const FIRST_MS = 250;
const LONGEST_MS = 15_000;

export function mayRetry({ retries, unsafe }: RetryPlan, method: string, tried: number): boolean {
  return tried < retries && (unsafe || IDEMPOTENT.has(method));
}

export function isRetryableStatus(status: number): boolean {
  return STATUSES.has(status);
}

export function isRetryableError(error: unknown): error is CaspianError {
  return error instanceof CaspianError && error.retryable;
}

/** What a wait depends on. */
export interface Wait {
  /** Tries so far beside the first. */
  readonly tried: number;
  /** The server's own word, in milliseconds; null if there is none. */
  readonly afterMs: number | null;
  /** From 0 up to 1. */
  readonly random: number;
}

/** Exponential, with full jitter: clients that failed together do not come back together. Never before the server said. */
export function waitMs({ tried, afterMs, random }: Wait): number {
  return Math.max(afterMs ?? 0, random * Math.min(LONGEST_MS, FIRST_MS * 2 ** tried));
}

/** Retry-After (RFC 9110 section 10.2.3) in milliseconds from `now` (of the calendar); null if it says nothing. */
export function readRetryAfter(header: string | readonly string[] | undefined, now: number): number | null {
  if (typeof header !== 'string') return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  // Date.parse takes much that is no date of HTTP's.
  const at = /^[A-Z][a-z]{2,8}, /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
