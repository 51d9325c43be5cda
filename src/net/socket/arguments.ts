/**
 * The positional arguments of a socket's methods, checked. Trusted side; what callers pass is raw until then.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { MAX_READ } from './options.ts';

/** Which way a socket is shut down. */
export type Direction = 'send' | 'recv' | 'both';

/** The bytes to send: a text goes as UTF-8. */
export function checkBytes(operation: string, data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (data instanceof Uint8Array) return data;
  throw new ArgumentError(`${operation}: the data must be a Uint8Array or a text`);
}

/** How many bytes to read. */
export function checkCount(operation: string, count: unknown): void {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= MAX_READ) return;
  throw new ArgumentError(`${operation}: the count must be an integer from 0 to ${MAX_READ}`);
}

export function checkBoolean(name: string, on: unknown): boolean {
  if (typeof on === 'boolean') return on;
  throw new ArgumentError(`${name} must be true or false`);
}

export function checkDirection(direction: unknown): void {
  if (direction === 'send' || direction === 'recv' || direction === 'both') return;
  throw new ArgumentError('shutdown: the direction must be one of: send, recv, both');
}
