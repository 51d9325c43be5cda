/**
 * The prelude: what a guest finds when it begins. Powerless, and run before any code of a guest's, into a snapshot. It
 * leaves the web's APIs and `NETWORK` behind, takes away what reaches further than they do, and gives the process
 * around it one function that starts it.
 */
import './globals.ts';
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
import { attach, type BridgeHandle, flush } from './bridge.ts';
import { structuredClone } from './clone.ts';
import { CompressionStream, DecompressionStream } from './compression.ts';
import { console, makeConsoleLoud } from './console.ts';
import { Crypto, CryptoKey, crypto, SubtleCrypto } from './crypto.ts';
import { DOMException } from './dom-exception.ts';
import { atob, btoa, TextDecoder, TextDecoderStream, TextEncoder, TextEncoderStream } from './encoding.ts';
import {
  CloseEvent,
  CustomEvent,
  ErrorEvent,
  MessageEvent,
  ProgressEvent,
  PromiseRejectionEvent,
} from './event-kinds.ts';
import { EventSource } from './event-source.ts';
import { becomeTarget, Event, EventTarget, reportThrown } from './events.ts';
import { fetch } from './fetch.ts';
import { FormData } from './form-data.ts';
import { Headers } from './headers.ts';
import { exposeFunction, exposeInterface, exposeName } from './interface.ts';
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
import { PerformanceObserver, PerformanceObserverEntryList } from './performance-observer.ts';
import { BroadcastChannel, MessageChannel, MessagePort } from './ports.ts';
import { Request } from './request.ts';
import { Response } from './response.ts';
import { addEventListener, dispatchEvent, removeEventListener, reportError } from './scope.ts';
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

/** What packages bring: interfaces already, but for their names. */
const PACKAGES = {
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
};

const INTERFACES = {
  AbortController,
  AbortSignal,
  Blob,
  BroadcastChannel,
  CloseEvent,
  CompressionStream,
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
  Performance,
  PerformanceEntry,
  PerformanceMark,
  PerformanceMeasure,
  PerformanceObserver,
  PerformanceObserverEntryList,
  ProgressEvent,
  PromiseRejectionEvent,
  Request,
  Response,
  SubtleCrypto,
  TextDecoder,
  TextDecoderStream,
  TextEncoder,
  TextEncoderStream,
  WebSocket,
};

const FUNCTIONS = {
  addEventListener,
  atob,
  btoa,
  clearInterval,
  clearTimeout,
  dispatchEvent,
  fetch,
  queueMicrotask,
  removeEventListener,
  reportError,
  setInterval,
  setTimeout,
  structuredClone,
};

const OBJECTS = { NETWORK, console, crypto, net: null, performance, self: globalThis };

/** Memory shared between threads, and code that the limits of memory do not reach. */
const REMOVED = ['SharedArrayBuffer', 'Atomics', 'WebAssembly'];

/** Glue that the package's own code in the child process calls. */
const START = '__caspian_start';

for (const [name, Class] of Object.entries(PACKAGES)) exposeName(Class, name);
for (const [name, Class] of Object.entries(INTERFACES)) exposeInterface(Class, name);
for (const [name, value] of Object.entries({ ...PACKAGES, ...INTERFACES, ...OBJECTS })) setGlobal(name, value);
for (const [name, run] of Object.entries(FUNCTIONS)) setGlobal(name, exposeFunction(run, name));
Object.defineProperty(globalThis, 'URLPattern', { get: loadPattern, set: setPattern, configurable: true });
// It stood in while packages loaded; the engine puts its own in when it makes a context of the snapshot.
Reflect.deleteProperty(globalThis, 'SharedArrayBuffer');

/** SECURITY: in the context, not in the snapshot, which the engine adds to (test/attacks/isolate-escapes.test.ts). */
function removeReach(): void {
  for (const name of REMOVED) Reflect.deleteProperty(globalThis, name);
}

function setGlobal(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

/** URLPattern comes when it is first used. */
function loadPattern(): unknown {
  const { URLPattern } = loadTable('pattern');
  if (typeof URLPattern === 'function') exposeInterface(URLPattern, 'URLPattern');
  setPattern(URLPattern);
  return URLPattern;
}

function setPattern(value: unknown): void {
  setGlobal('URLPattern', value);
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
  becomeTarget(globalThis);
  reportThrown(reportError);
  reportTimerThrown(reportError);
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
