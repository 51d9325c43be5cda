/**
 * The powers of a script's thread: the only file of the script's side that touches Node. Each becomes one function of
 * the runtime's host or of the link's platform; there is no socket among them. Trusted code in the script's thread.
 */
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { DigestName, RegexEngine, UrlParts } from '../../caspian/program.ts';
import type { Platform } from '../../stdlib/platform.ts';

/** How long a full pipe is left alone before the next try. */
const RETRY_MS = 1;

const nothing = new Int32Array(new SharedArrayBuffer(4));

/** What the blocking half of a link needs of its thread. */
export function platform(port: MessagePort): Platform {
  return {
    now: () => performance.now(),
    copy: (source, target, targetStart, start, end) => {
      // Several times faster than TypedArray.set where one of them is shared memory.
      Buffer.prototype.copy.call(source, target, targetStart, start, end);
    },
    readText: (bytes, start, end) => Buffer.prototype.utf8Slice.call(bytes, start, end),
    wakeKernel: () => port.postMessage(0),
    takeMessage: () => receiveMessageOnPort(port)?.message,
    cpus: availableParallelism(),
  };
}

/** Blocks this thread. */
export function sleep(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}

/** From the system's generator. Loaded when first used: few scripts need it, and it costs a start-up milliseconds. */
export function randomBytes(count: number): Uint8Array {
  return process.getBuiltinModule('node:crypto').randomFillSync(new Uint8Array(count));
}

export function digest(algorithm: DigestName, bytes: Uint8Array): Uint8Array {
  return process.getBuiltinModule('node:crypto').createHash(algorithm).update(bytes).digest();
}

export function hmac(algorithm: DigestName, key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return process.getBuiltinModule('node:crypto').createHmac(algorithm, key).update(bytes).digest();
}

export function parseUrl(text: string, base: string | null): UrlParts | null {
  return URL.parse(text, base ?? undefined);
}

/** The heap, and the bytes that lie outside of it. */
export function usedMemory(): number {
  const { used_heap_size: heap, external_memory: outside } = getHeapStatistics();
  return heap + outside;
}

let collect: (() => void) | null = null;

export function collectGarbage(): void {
  collect ??= collector();
  collect();
}

/**
 * V8 hands its collector to contexts that are made while a flag is up; the flag is the process's, so it is put down at
 * once. A context of our own is only ever made for this.
 */
function collector(): () => void {
  if (typeof globalThis.gc === 'function') return globalThis.gc;
  setFlagsFromString('--expose-gc');
  const found: unknown = process.getBuiltinModule('node:vm').runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof found === 'function' ? () => found() : () => {};
}

let regexes: RegexEngine | null = null;

/** A bundle of its own beside this one: few scripts need it. */
export function regexEngine(): RegexEngine {
  regexes ??= (createRequire(import.meta.url)('./regex.cjs') as { readonly engine: RegexEngine }).engine;
  return regexes;
}

/** Writes all of it to standard output (1) or standard error (2). A reader that has gone away is no error. */
export function writeAll(descriptor: 1 | 2, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(descriptor, bytes, done);
    } catch (thrown) {
      const code = codeOf(thrown);
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw thrown;
      sleep(RETRY_MS);
    }
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : null;
}
