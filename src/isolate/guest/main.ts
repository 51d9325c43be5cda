/**
 * The prelude: what a guest finds when it begins. Powerless, and run before any code of a guest's, into a snapshot. It
 * leaves the web's APIs and `NETWORK` behind, takes away what reaches further than they do, and gives the process
 * around it one function that starts it.
 */
import './globals.ts';
import { TextDecoderStream, TextEncoderStream } from 'caspian:encoding';
import {
  ByteLengthQueuingStrategy,
  CountQueuingStrategy,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  TransformStream,
  TransformStreamDefaultController,
  URL,
  URLSearchParams,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
} from 'caspian:packages';
import { Has } from '../wire/bridge.ts';
import { GuestSays } from '../wire/messages.ts';
import { AbortController, AbortSignal } from './abort.ts';
import { Blob, File, FileReader } from './blob.ts';
import { Request, Response } from './body.ts';
import { attach, type BridgeHandle, flush } from './bridge.ts';
import { structuredClone } from './clone.ts';
import { CompressionStream, DecompressionStream } from './compression.ts';
import { console, makeConsoleLoud } from './console.ts';
import { Crypto, CryptoKey, crypto, SubtleCrypto } from './crypto.ts';
import { DOMException } from './dom-exception.ts';
import { atob, btoa, TextDecoder, TextEncoder } from './encoding.ts';
import { EventSource } from './event-source.ts';
import {
  CloseEvent,
  CustomEvent,
  ErrorEvent,
  Event,
  EventTarget,
  MessageEvent,
  ProgressEvent,
  PromiseRejectionEvent,
  reportThrown,
} from './events.ts';
import { fetch } from './fetch.ts';
import { FormData } from './form-data.ts';
import { Headers } from './headers.ts';
import { openNet } from './net.ts';
import { hear, NETWORK, reportFault, sayData } from './network.ts';
import {
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  performance,
  startClock,
} from './performance.ts';
import { BroadcastChannel, MessageChannel, MessagePort } from './ports.ts';
import { loadTable } from './tables.ts';
import {
  clearInterval,
  clearTimeout,
  queueMicrotask,
  reportTimerThrown,
  runTimers,
  setInterval,
  setTimeout,
} from './timers.ts';
import { listenToHost, WebSocket } from './web-socket.ts';

const GLOBALS = {
  AbortController,
  AbortSignal,
  Blob,
  BroadcastChannel,
  ByteLengthQueuingStrategy,
  CloseEvent,
  CompressionStream,
  CountQueuingStrategy,
  Crypto,
  CryptoKey,
  CustomEvent,
  DecompressionStream,
  DOMException,
  ErrorEvent,
  Event,
  EventSource,
  EventTarget,
  File,
  FileReader,
  FormData,
  Headers,
  MessageChannel,
  MessageEvent,
  MessagePort,
  NETWORK,
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  ProgressEvent,
  PromiseRejectionEvent,
  ReadableByteStreamController,
  ReadableStream,
  ReadableStreamBYOBReader,
  ReadableStreamBYOBRequest,
  ReadableStreamDefaultController,
  ReadableStreamDefaultReader,
  Request,
  Response,
  SubtleCrypto,
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  TextEncoderStream,
  TransformStream,
  TransformStreamDefaultController,
  URL,
  URLSearchParams,
  WebSocket,
  WritableStream,
  WritableStreamDefaultController,
  WritableStreamDefaultWriter,
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  console,
  crypto,
  fetch,
  net: null,
  performance,
  queueMicrotask,
  self: globalThis,
  setInterval,
  setTimeout,
  structuredClone,
};

/** Memory shared between threads, and code that the limits of memory do not reach. */
const REMOVED = ['SharedArrayBuffer', 'Atomics', 'WebAssembly'];

/** Glue that the package's own code in the child process calls. */
const START = '__caspian_start';

for (const [name, value] of Object.entries(GLOBALS)) {
  if (typeof value === 'function') nameIt(value, name);
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
Object.defineProperty(globalThis, 'URLPattern', { get: loadPattern, set: setPattern, configurable: true });
// It stood in while packages loaded; the engine puts its own in when it makes a context of the snapshot.
Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');

/** SECURITY: in the context, not in the snapshot, which the engine adds to (test/attacks/isolate-escapes.test.ts). */
function removeReach(): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
}

/** URLPattern comes when it is first used. */
function loadPattern(): unknown {
  const { URLPattern } = loadTable('pattern');
  setPattern(URLPattern);
  return URLPattern;
}

function setPattern(value: unknown): void {
  Object.defineProperty(globalThis, 'URLPattern', { value, writable: true, configurable: true, enumerable: false });
}

/** The build makes names short: here they are what the web calls them, also in `Object.prototype.toString`. */
function nameIt(value: { readonly prototype?: object }, name: string): void {
  Object.defineProperty(value, 'name', { value: name, configurable: true });
  const { prototype } = value;
  if (prototype !== undefined && !Object.hasOwn(prototype, Symbol.toStringTag)) {
    Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  }
}

/**
 * How the process around the guest enters it: with a batch of the host's; with an id and the function that a source has
 * become; with what the guest is to have, before anything else; or with nothing, when timers are due.
 */
type Enter = (batch?: ArrayBuffer, id?: number, body?: () => Promise<unknown>) => void;

/** Called ahead, when it is not known yet what the guest is to have. */
function start(bridge: BridgeHandle): Enter {
  Reflect.deleteProperty(globalThis, START);
  removeReach();
  attach(bridge);
  reportThrown(reportFault);
  reportTimerThrown(reportFault);
  listenToHost();
  return (batch, id, body) => {
    if (batch !== undefined) hear(new Uint8Array(batch));
    else if (id === undefined) runTimers();
    else if (body === undefined) begin(id);
    else void settleRun(id, body);
  };
}

function begin(has: number): void {
  startClock();
  if ((has & Has.CONSOLE) !== 0) makeConsoleLoud();
  if ((has & Has.NET) !== 0) Object.defineProperty(globalThis, 'net', { value: openNet() });
}

/** Runs the function and says what it has come to. */
async function settleRun(id: number, body: () => Promise<unknown>): Promise<void> {
  let value: unknown;
  try {
    value = await body();
  } catch (thrown) {
    tell(id, 'failed', thrown);
    return;
  }
  tell(id, 'done', value);
}

function tell(id: number, how: 'done' | 'failed', value: unknown): void {
  // Nobody waits for what an `execute` comes to, unless it fails.
  if (id === 0) {
    if (how === 'failed') reportFault(value);
    return;
  }
  try {
    sayData([GuestSays.RESULT, id, how === 'done', value]);
  } catch (thrown) {
    sayData([GuestSays.RESULT, id, false, thrown]);
  }
  flush();
}

Object.defineProperty(globalThis, START, { value: start, configurable: true });
