/**
 * The operations of WebSockets and event streams. Trusted side; every argument has passed the guard. What a script may
 * have lying in the kernel is bounded in sum.
 */
import { LimitReachedError } from '../../errors/classes.ts';
import type { WireValue } from '../../wire/codec.ts';
import type { EventSourceRecord, WebSocketRecord } from '../../wire/records.ts';
import { checkWritten } from '../../wire/written-bodies.ts';
import { Net } from '../net.ts';
import { NetEventSource } from '../stream/event-source.ts';
import { NetWebSocket } from '../stream/web-socket.ts';
import type { OperationFamily } from './dispatch.ts';
import type { LinkSession } from './session.ts';

/** The most that all WebSockets and event streams of a script may keep together. */
export const MAX_KEPT_BYTES = 536_870_912;
/** How long a script's WebSockets may take to say goodbye once it has ended, in seconds. */
const CLOSE_AT_END = 1;

const isNet = (thing: object): thing is Net => thing instanceof Net;
const isWebSocket = (thing: object): thing is NetWebSocket => thing instanceof NetWebSocket;
const isEvents = (thing: object): thing is NetEventSource => thing instanceof NetEventSource;

/** What the streams of each script may keep. */
const kept = new WeakMap<LinkSession, number>();

/** SECURITY: many streams with large messages are as good as one without a cap (test/attacks/bridge-many-streams.test.ts). */
function keepStream(
  session: LinkSession,
  kind: 'webSocket' | 'events',
  stream: NetWebSocket | NetEventSource,
  close: () => void,
): number {
  const sum = (kept.get(session) ?? 0) + stream.mayKeep;
  if (sum > MAX_KEPT_BYTES) {
    close();
    throw new LimitReachedError('the WebSockets and event streams of the script could take too much memory together', {
      hint: 'close those that are no longer needed, or open them with a smaller maxMessage or maxEvent',
    });
  }
  kept.set(session, sum);
  return session.keep(kind, stream, () => {
    kept.set(session, (kept.get(session) ?? 0) - stream.mayKeep);
    close();
  });
}

function describeSocket({ url, protocol, closed, closeCode, closeReason }: NetWebSocket, handle: number): WireValue {
  return { handle, url, protocol, closed, closeCode, closeReason } satisfies WebSocketRecord;
}

function describeEvents({ url, closed, lastEventId }: NetEventSource, handle: number): WireValue {
  return { handle, url, closed, lastEventId } satisfies EventSourceRecord;
}

export const STREAM_OPERATIONS: OperationFamily = {
  'net.webSocket': async (session, handle, call) => {
    session.handles.checkRoom('webSocket');
    const net = session.handles.get(handle, 'net', isNet);
    const context = { signal: call.signal ?? session.signal, by: call.by(2) };
    const socket = await net.webSocket(call.text(0), call.record(1), context);
    const close = (): void => {
      socket.close(1000, '', { timeout: CLOSE_AT_END }).catch(() => {});
    };
    return describeSocket(socket, keepStream(session, 'webSocket', socket, close));
  },
  'webSocket.send': async (session, handle, call) => {
    const socket = session.handles.get(handle, 'webSocket', isWebSocket);
    const bytes = call.bytes(0);
    // Bytes that are no UTF-8 are no text: what is sent is then another.
    const message = call.boolean(1) ? Buffer.from(bytes).toString('utf8') : bytes;
    await socket.send(message, { timeout: call.seconds(2), signal: session.signal });
    return null;
  },
  'webSocket.recv': (session, handle, call) => {
    const socket = session.handles.get(handle, 'webSocket', isWebSocket);
    return socket.recv({ timeout: call.seconds(0), signal: session.signal });
  },
  'webSocket.state': (session, handle) => describeSocket(session.handles.get(handle, 'webSocket', isWebSocket), handle),
  'webSocket.close': async (session, handle, call) => {
    if (!session.handles.holds(handle)) return null;
    const socket = session.handles.get(handle, 'webSocket', isWebSocket);
    await socket.close(call.integer(0), call.text(1), { timeout: call.seconds(2), signal: session.signal });
    session.handles.release(handle);
    return describeSocket(socket, handle);
  },
  'net.eventSource': async (session, handle, call) => {
    session.handles.checkRoom('events');
    const net = session.handles.get(handle, 'net', isNet);
    const context = { signal: session.signal, by: call.by(2) };
    const options = call.record(1);
    checkWritten(options);
    const events = await net.eventSource(call.text(0), options, context);
    return describeEvents(
      events,
      keepStream(session, 'events', events, () => void events.close()),
    );
  },
  'events.next': async (session, handle, call) => {
    const events = session.handles.get(handle, 'events', isEvents);
    const event = await events.next({ timeout: call.seconds(0), signal: session.signal }, { by: call.by(1) });
    return event === null ? null : { ...event };
  },
  'events.state': (session, handle) => describeEvents(session.handles.get(handle, 'events', isEvents), handle),
};
