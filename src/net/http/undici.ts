/**
 * The only file that imports undici: its client for HTTP/1.1 and HTTP/2, one for each connection, without its dialler, pools, fetch
 * or time-outs. Trusted side; loaded at the first request, by `import()`.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import Client from 'undici/lib/dispatcher/client.js';
import { MAX_HEADER_BYTES } from './headers.ts';
import { staleError } from './stale.ts';
import type { Upload } from './upload.ts';
import type { Wire } from './wire.ts';

/** One request as it goes to the wire. `headers` alternates names and values; they have been checked. */
export interface Dispatch {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
  /** What is iterated over is sent with a content-length header if it is among the headers, else in chunks. */
  readonly body: Uint8Array | Upload | null;
  /** False: the connection is kept although this is a HEAD. */
  readonly reset?: false;
}

/** As it goes to undici, which only reads it. */
export interface Sent extends Omit<Dispatch, 'body'> {
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
}

/** What undici tells about one request's way. None of these may throw. */
export interface DispatchHandler {
  onRequestStart(controller: DispatchController): void;
  /** Called for 1xx too. Names are in lower case, values latin1; a repeated header is a list. */
  onResponseStart(controller: DispatchController, status: number, headers: RawHeaders, reason: string): void;
  onResponseData(controller: DispatchController, chunk: Buffer): void;
  onResponseEnd(controller: DispatchController, trailers: RawHeaders): void;
  /** The request is with the system, its body included. */
  onRequestSent(): void;
  /** This piece of the body is with the connection. */
  onBodySent(piece: Uint8Array): void;
  onResponseError(controller: DispatchController | null, error: Error): void;
}

export interface DispatchController {
  pause(): void;
  resume(): void;
  /** For HTTP/2: over HTTP/1 a connection is ended by its wire. */
  abort(reason: Error): void;
}

export type RawHeaders = Readonly<Record<string, string | readonly string[]>>;

/** A client around one connection. */
export interface HttpConnection {
  /** Of the requests that it has: those that have not begun, and those that are to begin anew. */
  readonly stats: { readonly pending: number };
  dispatch(request: Sent, handler: DispatchHandler): boolean;
  /** The connection takes no more requests. */
  on(event: 'disconnect', listener: () => void): unknown;
}

/** Idle connections close after this, unless the server says another time. */
const KEEP_ALIVE_MS = 4_000;
const KEEP_ALIVE_MAX_MS = 60_000;
/** A server's own idle time is cut by this much, so that we close first. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

const COMMON = {
  // The deadline of the whole operation is ours; undici's timers only watch for idleness.
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: KEEP_ALIVE_MS,
  keepAliveMaxTimeout: KEEP_ALIVE_MAX_MS,
  keepAliveTimeoutThreshold: KEEP_ALIVE_MARGIN_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
  strictContentLength: true,
  // SECURITY: said outright, so that UNDICI_USE_MILO can't swap the parser (test/attacks/http-environment.test.ts).
  useMilo: false,
};

/** A client that speaks over `wire` and never dials: when the wire is gone, what waits fails with the code STALE. */
export function openConnection(origin: string, wire: Wire): HttpConnection {
  return new Client(origin, { ...COMMON, connect: handOver(wire), pipelining: 1, allowH2: false });
}

export interface SharedParts {
  readonly socket: Socket;
  /** Requests at once. */
  readonly maxStreams: number;
  /** What has not begun is to go over another connection, and so is what the peer has given back. Calls `fail` to have it fail. */
  readonly onStale: (fail: () => void) => void;
}

/** The same over a TLS socket whose peer has agreed to speak HTTP/2. */
export function openShared(origin: string, { socket, maxStreams, onStale }: SharedParts): HttpConnection {
  return new Client(origin, {
    ...COMMON,
    connect: handOver(socket, onStale),
    pipelining: maxStreams,
    allowH2: true,
    h2Options: { maxConcurrentStreams: maxStreams, pingInterval: 0 },
  });
}

/**
 * What undici calls to connect: gives the one connection that there is, and no other after it. SECURITY: `onStale` calls
 * what it gets when nothing else goes on over the connection that was: undici would ask at once for another, again and
 * again, and nothing else in the process would go on (test/attacks/http2-goaway.test.ts).
 */
function handOver(
  connection: EventEmitter & { readonly destroyed: boolean },
  onStale: (fail: () => void) => void = queueMicrotask,
) {
  let handedOver = false;
  return (_options: unknown, done: (error: Error | null, socket: EventEmitter | null) => void): void => {
    if (handedOver || connection.destroyed) {
      onStale(() => done(staleError(), null));
      return;
    }
    handedOver = true;
    // Later, since undici looks for what waits only after this has returned.
    queueMicrotask(() => done(null, connection));
  };
}
