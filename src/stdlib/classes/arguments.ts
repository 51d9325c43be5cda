/**
 * Positional arguments of a script's, as the kind that they must be. Powerless. The kernel checks ranges.
 */
import type { Value } from '../../caspian/native.ts';
import { ArgumentError } from '../../errors/classes.ts';
import type { RawOptions } from '../session.ts';

export function integerOf(value: Value | undefined, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new ArgumentError(`${what} must be an integer`);
}

export function flagOf(value: Value | undefined, what: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new ArgumentError(`${what} must be true or false`);
}

/** The time-out among options that have been bounded by `blocking`. */
export function timeoutIn({ timeout }: RawOptions): { timeout?: number | null } {
  return timeout === null || typeof timeout === 'number' ? { timeout } : {};
}
