/**
 * The guest's way out: one function of the process around it, held here alone and called by functions that were taken
 * before any other code ran. Powerless. Everything that a guest says goes through here, in order.
 */
import { Bridge, SHORT_BYTES } from '../wire/bridge.ts';
import { CloneWriter } from '../wire/clone/writer.ts';
import { BATCH_BYTES } from '../wire/limits.ts';
import { BatchWriter } from '../wire/messages.ts';

/** A reference to a function outside: not callable itself, and nothing of it is ever handed on. */
export interface BridgeHandle {
  applyIgnored(receiver: undefined, args: readonly unknown[], options: object): void;
  applySyncPromise(receiver: undefined, args: readonly unknown[], options: object): unknown;
}

const { apply } = Reflect;
const { fromCharCode } = String;
const { charCodeAt } = String.prototype;

/** SECURITY: no prototype, so that nothing set on Object.prototype is taken for an option (test/attacks/isolate-escapes.test.ts). */
const OPTIONS = Object.freeze(
  Object.assign(Object.create(null), { arguments: Object.freeze(Object.assign(Object.create(null), { copy: true })) }),
);

/** As `OPTIONS`, for what is no object. */
const PLAIN = Object.freeze(Object.create(null));

/** Posts, and bytes of them, between two that wait for the host. */
const POSTS_AHEAD = 128;
const BYTES_AHEAD = 262_144;

let handle: BridgeHandle | null = null;
let ignoring: BridgeHandle['applyIgnored'];
let waiting: BridgeHandle['applySyncPromise'];

const writer = new CloneWriter();
const batch = new BatchWriter();
let flushing = false;
let posts = 0;
let bytes = 0;

/** Takes the way out. Once, before any code of the guest's runs. */
export function attach(given: BridgeHandle): void {
  handle = given;
  ignoring = given.applyIgnored;
  waiting = given.applySyncPromise;
}

function tell(what: number, data: unknown): void {
  if (handle !== null) apply(ignoring, handle, [undefined, [what, data], OPTIONS]);
}

/** Blocks this guest, and only it, until there is an answer. */
function ask(what: number, data: unknown): unknown {
  if (handle === null) throw new TypeError('the isolate is not connected');
  return apply(waiting, handle, [undefined, [what, data], typeof data === 'object' ? OPTIONS : PLAIN]);
}

/** Says something to the host. Throws CloneFault for data that can't cross, and then nothing was said. */
export function say(message: readonly unknown[]): void {
  batch.add(writer.encode(message));
  if (batch.size >= BATCH_BYTES) flush();
  else if (!flushing) {
    flushing = true;
    void flushSoon();
  }
}

async function flushSoon(): Promise<void> {
  await undefined;
  flush();
}

/** Sends what has been said. A guest that says much waits here for its host. */
export function flush(): void {
  flushing = false;
  if (batch.count === 0) return;
  const sent = batch.take();
  posts += 1;
  bytes += sent.length;
  if (posts < POSTS_AHEAD && bytes < BYTES_AHEAD) {
    if (sent.length > SHORT_BYTES) tell(Bridge.POST, sent.buffer);
    else if (handle !== null) apply(ignoring, handle, [undefined, [Bridge.POST, textOf(sent)], PLAIN]);
    return;
  }
  posts = 0;
  bytes = 0;
  ask(Bridge.POST_AND_WAIT, sent.buffer);
}

/** A blocking call to the network. */
export function callOut(request: Uint8Array<ArrayBuffer>): Uint8Array {
  // What was said before is heard before.
  flush();
  return toBytes(ask(Bridge.CALL, request.length > SHORT_BYTES ? request.buffer : textOf(request)));
}

export function wake(afterMs: number): void {
  tell(Bridge.WAKE, afterMs);
}

export function randomBytes(count: number): Uint8Array {
  return toBytes(ask(Bridge.RANDOM, count));
}

/** A request to WebCrypto; the answer is delivered. */
export function askCrypto(request: readonly unknown[]): void {
  const encoded = writer.encode(request);
  tell(Bridge.CRYPTO, encoded.slice().buffer);
}

/** The source of a table by its name. */
export function tableSource(name: string): string {
  return String(ask(Bridge.TABLE, name));
}

function textOf(short: Uint8Array): string {
  return apply(fromCharCode, undefined, short);
}

function toBytes(answer: unknown): Uint8Array {
  if (typeof answer === 'string') {
    const bytes = new Uint8Array(answer.length);
    for (let index = 0; index < answer.length; index++) bytes[index] = apply(charCodeAt, answer, [index]);
    return bytes;
  }
  if (!(answer instanceof ArrayBuffer)) throw new TypeError('the answer can not be read');
  return new Uint8Array(answer);
}
