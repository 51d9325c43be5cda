/**
 * Waiting for several sockets and listeners at once, on the script's side. Powerless. What can be told from here without
 * the kernel (bytes that lie in a ring already) is ready; the kernel is asked for the rest, without waiting then.
 */
import { ArgumentError } from '../errors/classes.ts';
import type { WireValue } from '../wire/codec.ts';
import { isList, type Session, unexpected } from './session.ts';

/** The key of what `select` asks of an object. */
export const SELECTED: unique symbol = Symbol('selected');

/** How an object stands, as far as that is known here. */
export interface Selected {
  readonly handle: number;
  /** Whether it is known to be ready; false: the kernel has to be asked. */
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface SyncSelectable {
  readonly [SELECTED]: Selected;
}

/** Those of both lists that are ready, in the order in which they were given. */
export type SyncReady<R, W> = [readable: R[], writable: W[]];

/** One list: its objects, their handles, and which of them are known to be ready. */
interface List<T> {
  readonly objects: readonly T[];
  readonly states: readonly Selected[];
  readonly known: readonly boolean[];
}

/** Raises ArgumentError for lists that hold something else. `timeout` in seconds: null is no limit, 0 looks once. */
export function selectReady<R extends SyncSelectable, W extends SyncSelectable>(
  session: Session,
  net: number,
  [readers, writers]: readonly [readonly R[], readonly W[]],
  timeout: number | null,
): SyncReady<R, W> {
  const read = readList('readers', readers, ({ readable }) => readable);
  const write = readList('writers', writers, ({ writable }) => writable);
  const limit = read.known.includes(true) || write.known.includes(true) ? 0 : timeout;
  const answer = session.call('net.select', net, [unknown(read), unknown(write), limit], limit);
  if (!isList(answer)) return unexpected('select');
  return [readyIn(read, answer[0]), readyIn(write, answer[1])];
}

function readList<T extends SyncSelectable>(
  name: string,
  list: readonly T[],
  isKnown: (state: Selected) => boolean,
): List<T> {
  const objects: readonly T[] = Array.isArray(list) ? [...list] : [];
  if (!Array.isArray(list) || objects.some((each) => !isSelectable(each))) {
    throw new ArgumentError(`select: ${name} must be a list of sockets${name === 'readers' ? ' and listeners' : ''}`);
  }
  const states = objects.map((each) => each[SELECTED]);
  return { objects, states, known: states.map(isKnown) };
}

function isSelectable(item: unknown): boolean {
  return typeof item === 'object' && item !== null && SELECTED in item;
}

/** The handles that the kernel has to say something about. */
function unknown({ states, known }: List<unknown>): number[] {
  return states.filter((_state, at) => known[at] !== true).map(({ handle }) => handle);
}

function readyIn<T>({ objects, states, known }: List<T>, answer: WireValue | undefined): T[] {
  const found = new Set(isList(answer) ? answer : unexpected('select'));
  return objects.filter((_object, at) => known[at] === true || found.has(states[at]?.handle ?? null));
}
