/**
 * `.select` of `%net`: from a script's objects to what they stand for and back. Powerless. Reference: spec/surface.md,
 * "Waiting for several at once".
 */
import { type ClassValue, type NativeFunction, stateIn, type Value } from '../../caspian/native.ts';
import { ArgumentError } from '../../errors/classes.ts';
import type { SyncListener } from '../sync-listener.ts';
import type { SyncNet } from '../sync-net.ts';
import type { SyncTcpSocket } from '../sync-socket.ts';
import type { SyncUdpSocket } from '../sync-udp.ts';
import { timeoutIn } from './arguments.ts';
import type { Asker } from './options.ts';

type Writer = SyncTcpSocket | SyncUdpSocket;
type Reader = Writer | SyncListener;

/** The classes of what can be waited for. */
export interface Selectables {
  readonly sockets: readonly ClassValue[];
  readonly listener: ClassValue;
}

export function selecting(asker: Asker, { sockets, listener }: Selectables): NativeFunction<SyncNet> {
  const socketOf = (value: Value): Writer | null => {
    for (const each of sockets) {
      const state = stateIn<Writer>(value, each);
      if (state !== null) return state;
    }
    return null;
  };
  const readerOf = (value: Value): Reader =>
    socketOf(value) ??
    stateIn<SyncListener>(value, listener) ??
    refuse('readers must be a list of sockets and listeners');
  const writerOf = (value: Value): Writer => socketOf(value) ?? refuse('writers must be a list of sockets');
  return {
    params: ['readers', 'writers?', 'timeout?'],
    blocking: true,
    run: (net, [readable, writable, timeout], call) => {
      const reading = listOf(readable, 'readers must be a list of sockets and listeners');
      const writing = listOf(writable ?? [], 'writers must be a list of sockets');
      const readers = reading.map(readerOf);
      const writers = writing.map(writerOf);
      const given = timeout === undefined ? {} : { timeout: secondsOf(timeout) };
      const [read, written] = asker.ask(given, call, (options) =>
        net.select(readers, writers, timeoutIn(options).timeout),
      );
      // Its time-out is no error, that of a `%utils.timeout` around it is.
      call.checkTime();
      return [those(reading, readers, read), those(writing, writers, written)];
    },
  };
}

function listOf(value: Value | undefined, refusal: string): readonly Value[] {
  return Array.isArray(value) ? value : refuse(refusal);
}

function secondsOf(value: Value): number | null {
  if (value === null || typeof value === 'number') return value;
  return refuse('timeout must be seconds, 0 or more, or null for no limit');
}

/** The script's own objects for those that are ready. */
function those(objects: readonly Value[], states: readonly Reader[], ready: readonly Reader[]): Value[] {
  const found = new Set(ready);
  return objects.filter((_object, at) => {
    const state = states[at];
    return state !== undefined && found.has(state);
  });
}

function refuse(what: string): never {
  throw new ArgumentError(`select: ${what}`);
}
