/**
 * What each kind of read asks of the buffer. Trusted side, pure. The bytes are the peer's; what is not answered stays
 * where it is.
 */
import { type CaspianError, ConnectionResetError, TooLargeError } from '../../errors/classes.ts';
import { type Target, targetText } from '../address/target.ts';
import type { Question, StreamEnd } from './read-side.ts';

/** Which read, of which socket: for its errors. */
export interface Reading {
  readonly operation: string;
  readonly target: Target;
}

/** 1 to `max` bytes; null at the end. */
export function some(max: number): Question<Uint8Array | null> {
  return (buffer, end) => (buffer.size > 0 ? buffer.take(max) : atEnd(end));
}

/** Exactly `count` bytes; null at the end; ConnectionResetError where the stream ends in between. */
export function exactly(count: number, reading: Reading): Question<Uint8Array | null> {
  return (buffer, end) => {
    if (buffer.size >= count) return buffer.take(count);
    if (end === null || (buffer.size === 0 && end.failure === null)) return atEnd(end);
    throw endedShort(buffer.size, count, end, reading);
  };
}

/** Everything to the end; null if that is nothing; TooLargeError for more than `max` bytes. */
export function everything(max: number, reading: Reading): Question<Uint8Array | null> {
  return (buffer, end) => {
    if (buffer.size > max) throw tooLarge(max, reading);
    if (end === null || end.failure !== null) return undefined;
    return buffer.size > 0 ? buffer.take(buffer.size) : null;
  };
}

/**
 * Through the next `mark`; at the end of the stream what is left without it, once; then null. TooLargeError for more
 * than `max` bytes, the mark included.
 */
export function through(mark: Buffer, max: number, reading: Reading): Question<Uint8Array | null> {
  let searched = 0;
  return (buffer, end) => {
    const at = buffer.indexOf(mark, searched);
    searched = Math.max(0, buffer.size - mark.length + 1);
    if (at !== -1 && at + mark.length <= max) return buffer.take(at + mark.length);
    if (at !== -1 || buffer.size > max) throw tooLarge(max, reading);
    if (end === null || end.failure !== null) return undefined;
    return buffer.size > 0 ? buffer.take(buffer.size) : null;
  };
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** The newline that ends lines. */
export const NEWLINE_MARK: Buffer = Buffer.from([NEWLINE]);

/** A line without its newline and without a carriage return before that. A tail that has no newline is left as it is. */
export function chomped(line: Uint8Array): Uint8Array {
  if (line.at(-1) !== NEWLINE) return line;
  return line.subarray(0, line.length - (line.at(-2) === RETURN ? 2 : 1));
}

function atEnd(end: StreamEnd | null): null | undefined {
  return end !== null && end.failure === null ? null : undefined;
}

function tooLarge(max: number, { operation, target }: Reading): TooLargeError {
  return new TooLargeError(`${operation} ${targetText(target)}: more than ${max} bytes`, about(operation, target));
}

/** A failure that is no reset, of TLS for one, says more than that bytes are missing. */
function endedShort(received: number, count: number, end: StreamEnd, { operation, target }: Reading): CaspianError {
  const { failure } = end;
  if (failure !== null && !(failure instanceof ConnectionResetError)) return failure;
  return new ConnectionResetError(
    `${operation} ${targetText(target)}: the stream ended after ${received} of ${count} bytes`,
    { ...about(operation, target), received, cause: failure ?? undefined },
  );
}

function about(operation: string, target: Target) {
  return { operation, host: target.written, port: target.port };
}
