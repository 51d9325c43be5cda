/**
 * The operation that waits for several handles at once. Trusted side. A handle that is closed is ready: what is asked of
 * it is answered at once.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { WireValue } from '../../wire/codec.ts';
import { Net } from '../net.ts';
import type { Reader, Writer } from '../socket/select.ts';
import { TcpListener } from '../socket/tcp-listener.ts';
import { TcpSocket } from '../socket/tcp-socket.ts';
import { UdpSocket } from '../socket/udp-socket.ts';
import type { Call } from './guard.ts';
import type { LinkSession } from './session.ts';

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isReader = (thing: object): thing is Reader =>
  thing instanceof TcpSocket || thing instanceof UdpSocket || thing instanceof TcpListener;

/** Handles of one list and what they stand for; null for those that are closed. */
type Held<T> = readonly (readonly [handle: number, thing: T | null])[];

export async function select(session: LinkSession, handle: number, call: Call): Promise<WireValue> {
  const net = session.handles.get(handle, 'net', isNet);
  // SECURITY: each once, so that no list is longer than what the script holds (test/attacks/bridge-select-handles.test.ts).
  const [reads, writes] = [new Set(call.integers(0)), new Set(call.integers(1))];
  const readers: Held<Reader> = [...reads].map((each) => [each, session.handles.open(each, isReader)]);
  const writers: Held<Writer> = [...writes].map((each) => [each, writer(session.handles.open(each, isReader))]);
  const anyClosed = [...readers, ...writers].some(([, thing]) => thing === null);
  const timeout = anyClosed ? 0 : call.seconds(2);
  const [readable, writable] = await net.select(open(readers), open(writers), timeout, { signal: session.signal });
  return [ready(readers, readable), ready(writers, writable)];
}

function writer(thing: Reader | null): Writer | null {
  if (thing instanceof TcpListener) throw new ArgumentError('select: writers must be sockets, not listeners');
  return thing;
}

function open<T>(held: Held<T>): T[] {
  return held.flatMap(([, thing]) => (thing === null ? [] : [thing]));
}

function ready<T>(held: Held<T>, things: readonly T[]): number[] {
  const found = new Set(things);
  return held.flatMap(([handle, thing]) => (thing === null || found.has(thing) ? [handle] : []));
}
