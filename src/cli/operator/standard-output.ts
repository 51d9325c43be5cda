/**
 * Standard output of a command that others read: who reads it may go, and a disk may be full. Trusted side.
 */
import { Failure } from './failure.ts';

/** Nobody reads any more: there is nothing left to do, and nothing to complain of. */
export class ReaderGone extends Error {}

/** Resolves once it is written. Raises ReaderGone, and Failure where it can't be written. */
export function print(chunk: string | Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  process.stdout.write(chunk, (error) => {
    if (error == null) resolve();
    else reject(failureOf(error));
  });
  return promise;
}

/** What could not be written is told by `print`; unheard, the stream's own event would end the process with a stack. */
export function hearErrors(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore);
  }
}

function ignore(): void {}

function failureOf(error: Error): Error {
  const code = 'code' in error ? String(error.code) : error.message;
  return code === 'EPIPE' ? new ReaderGone() : new Failure(`standard output can not be written (${code})`);
}
