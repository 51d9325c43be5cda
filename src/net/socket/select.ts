/**
 * Waits until one of several sockets and listeners is ready. Trusted side, pure. It takes nothing from any of them, and
 * leaves no watcher behind, however it ends.
 */
import { ArgumentError, TimeoutError } from '../../errors/classes.ts';
import { type Bounds, runStep } from '../dial/deadline.ts';
import type { Selectable } from './readiness.ts';
import { TcpListener } from './tcp-listener.ts';
import { TcpSocket } from './tcp-socket.ts';
import { UdpSocket } from './udp-socket.ts';

/** What can be waited for to be readable. */
export type Reader = TcpSocket | UdpSocket | TcpListener;
/** What can be waited for to be writable. */
export type Writer = TcpSocket | UdpSocket;

/** Those of both lists that are ready, in the order in which they were given. */
export type Ready<R, W> = [readable: R[], writable: W[]];

/**
 * Both lists as far as they are ready: at once if anything is, else as soon as one becomes ready; empty ones when the
 * time is over. `bounds` null: it looks once and does not wait.
 */
export async function selectReady<R extends Selectable, W extends Selectable>(
  readers: readonly R[],
  writers: readonly W[],
  bounds: Bounds | null,
): Promise<Ready<R, W>> {
  for (let waits = bounds !== null; ; ) {
    const ready: Ready<R, W> = [readers.filter((each) => each.readable), writers.filter((each) => each.writable)];
    if (bounds === null || !waits || ready[0].length + ready[1].length > 0) return ready;
    // Someone else may take what came before this goes on: then it waits again.
    waits = await someChange(readers, writers, bounds);
  }
}

/** False if the time is over first. */
async function someChange(
  readers: readonly Selectable[],
  writers: readonly Selectable[],
  bounds: Bounds,
): Promise<boolean> {
  try {
    await runStep<void>(bounds, ({ done }) => {
      const finish = (ready: boolean): void => {
        if (!ready) return;
        unwatch();
        done();
      };
      const stops = [
        ...readers.map((each) => each.watch(() => finish(each.readable))),
        ...writers.map((each) => each.watch(() => finish(each.writable))),
      ];
      const unwatch = (): void => {
        for (const stop of stops) stop();
      };
      return unwatch;
    });
    return true;
  } catch (error) {
    if (error instanceof TimeoutError) return false;
    throw error;
  }
}

/** Raises ArgumentError for what `select` can't take; its callers are raw until then. */
export function checkSelect(readers: unknown, writers: unknown, timeout: unknown): void {
  if (!isListOf(readers, isReader)) throw new ArgumentError('select: readers must be a list of sockets and listeners');
  if (!isListOf(writers, isWriter)) throw new ArgumentError('select: writers must be a list of sockets');
  if (timeout !== null && !(typeof timeout === 'number' && timeout >= 0 && timeout <= MAX_TIMEOUT)) {
    throw new ArgumentError(`select: timeout must be 0 to ${MAX_TIMEOUT} seconds, or null for no limit`);
  }
  if (timeout === null && readers.length + writers.length === 0) {
    throw new ArgumentError('select: there is nothing to wait for, and no time-out to end it');
  }
}

/** The most seconds a timer of the system can hold. */
const MAX_TIMEOUT = 2_147_483;

function isListOf<T>(list: unknown, is: (item: unknown) => item is T): list is readonly T[] {
  return Array.isArray(list) && list.every(is);
}

function isWriter(item: unknown): item is Writer {
  return item instanceof TcpSocket || item instanceof UdpSocket;
}

function isReader(item: unknown): item is Reader {
  return item instanceof TcpListener || isWriter(item);
}
