/**
 * `puck.uno/web_socket` and `puck.uno/event_source`. Powerless: each method is one blocking operation on what the kernel
 * holds. Reference: spec/surface.md, "WebSockets" and "Event streams".
 */
import {
  Bytes,
  type Call,
  type ClassValue,
  defineClass,
  fromPlain,
  makeObject,
  type NativeFunction,
  textOf,
  type Value,
} from '../../caspian/native.ts';
import { ArgumentError } from '../../errors/classes.ts';
import type { SyncEventSource } from '../sync-event-source.ts';
import type { SyncNet } from '../sync-net.ts';
import type { SyncWebSocket } from '../sync-web-socket.ts';
import { integerOf, timeoutIn } from './arguments.ts';
import { type Asker, blocking, readOptions } from './options.ts';

const WEB_SOCKET = 'puck.uno/web_socket';
const EVENT_SOURCE = 'puck.uno/event_source';

export interface StreamClasses {
  readonly webSocket: ClassValue;
  readonly eventSource: ClassValue;
}

/** The classes, around the net of the role `user`; `userNet` raises where there is none. */
export function streamClasses(asker: Asker, userNet: (url: string) => SyncNet): StreamClasses {
  const opening = { params: ['url', 'options?'], named: 'any' as const, blocking: true };
  return {
    webSocket: defineClass<SyncWebSocket>({
      url: WEB_SOCKET,
      requiresNet: true,
      construct: { ...opening, run: (args, call) => openWebSocket(asker, userNet(WEB_SOCKET), args, call) },
      methods: webSocketMethods(),
    }),
    eventSource: defineClass<SyncEventSource>({
      url: EVENT_SOURCE,
      requiresNet: true,
      construct: { ...opening, run: (args, call) => openEventSource(asker, userNet(EVENT_SOURCE), args, call) },
      methods: eventSourceMethods(asker),
    }),
  };
}

/** `.web_socket` and `.event_source` of a net. */
export function streamMethods(asker: Asker, { webSocket, eventSource }: StreamClasses) {
  const opening = { params: ['url', 'options?'], named: 'any' as const, blocking: true };
  return {
    web_socket: {
      ...opening,
      run: (net: SyncNet, args: readonly Value[], call: Call) =>
        makeObject(webSocket, openWebSocket(asker, net, args, call)),
    },
    event_source: {
      ...opening,
      run: (net: SyncNet, args: readonly Value[], call: Call) =>
        makeObject(eventSource, openEventSource(asker, net, args, call)),
    },
  };
}

function openWebSocket(asker: Asker, net: SyncNet, [url, options]: readonly Value[], call: Call): SyncWebSocket {
  const given = readOptions(options, call, 'web_socket', ['url']);
  return asker.ask(given, call, (all) => net.webSocket(textOf(url, 'url'), all));
}

function openEventSource(asker: Asker, net: SyncNet, [url, options]: readonly Value[], call: Call): SyncEventSource {
  const given = readOptions(options, call, 'event_source', ['url']);
  return asker.ask(given, call, (all) => net.eventSource(textOf(url, 'url'), all));
}

function webSocketMethods(): Readonly<
  Record<string, NativeFunction<SyncWebSocket> | ((socket: SyncWebSocket) => Value)>
> {
  return {
    url: (socket) => socket.url,
    protocol: (socket) => socket.protocol,
    'closed?': (socket) => socket.closed,
    close_code: (socket) => socket.closeCode,
    close_reason: (socket) => socket.closeReason,
    send: {
      params: ['message'],
      named: ['timeout'],
      blocking: true,
      run: (socket, [message], call) => {
        const data = messageOf(message);
        bounded(socket, call, 'send', (options) => socket.send(data, options));
        return null;
      },
    },
    recv: {
      named: ['timeout'],
      blocking: true,
      run: (socket, _args, call) => fromPlain(bounded(socket, call, 'recv', (options) => socket.recv(options))),
    },
    close: {
      params: ['code?', 'reason?'],
      named: ['timeout'],
      blocking: true,
      run: (socket, [code, reason], call) => {
        const given = code === undefined || code === null ? 1000 : integerOf(code, 'code');
        const words = reason === undefined || reason === null ? '' : textOf(reason, 'reason');
        bounded(socket, call, 'close', (options) => socket.close(given, words, options));
        return null;
      },
    },
  };
}

function eventSourceMethods(
  asker: Asker,
): Readonly<Record<string, NativeFunction<SyncEventSource> | ((source: SyncEventSource) => Value)>> {
  return {
    url: (source) => source.url,
    'closed?': (source) => source.closed,
    last_event_id: (source) => source.lastEventId,
    next: {
      named: ['timeout'],
      blocking: true,
      run: (source, _args, call) => {
        const given = { timeout: source.timeout, ...readOptions(undefined, call, 'next') };
        // A reconnect is decided in the name of who waits for it.
        const event = asker.ask(given, call, (options) => source.next(timeoutIn(options)));
        return event === null ? null : fromPlain({ ...event });
      },
    },
    close: {
      run: (source) => {
        source.close();
        return null;
      },
    },
  };
}

/** Runs an operation with the time-out that it was given, or the WebSocket's own, within `%utils.timeout`. */
function bounded<T>(
  socket: SyncWebSocket,
  call: Call,
  what: string,
  run: (options: { timeout?: number | null }) => T,
): T {
  const given = { timeout: socket.timeout, ...readOptions(undefined, call, what) };
  return blocking(given, call, (options) => run(timeoutIn(options)));
}

function messageOf(message: Value | undefined): string | Uint8Array {
  if (typeof message === 'string') return message;
  if (message instanceof Bytes) return message.data;
  throw new ArgumentError('message must be a text or bytes');
}
