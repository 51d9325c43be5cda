/**
 * What all blocking objects of one script share: the link, and who is asking. Powerless.
 */
import { SocketError } from '../errors/classes.ts';
import type { WireValue } from '../wire/codec.ts';
import type { OperationName } from '../wire/operations.ts';
import type { By } from '../wire/records.ts';
import { RingReader, viewRing } from '../wire/ring.ts';
import type { Caller } from './caller.ts';

/** Every blocking operation ends after this many seconds unless it is told otherwise. */
export const DEFAULT_TIMEOUT = 30;

/** Options as they cross: plain data, checked by the kernel. */
export type RawOptions = { readonly [key: string]: WireValue | undefined };

/** What a session needs of what is below it: a link, or a guest's calls through the process around it. */
export interface Calls {
  call(name: OperationName, handle: number, args: readonly WireValue[], timeoutMs: number | null): WireValue;
  /** This thread's end of shared memory; null where there is none: all data then comes by calls. */
  readonly link: Caller | null;
}

export class Session {
  readonly #caller: Calls;
  readonly #by: () => By;

  /** `by` answers who is asking just now; reports and the wording of denials depend on it, nothing else. */
  constructor(caller: Calls, by: () => By = () => USER_BY) {
    this.#caller = caller;
    this.#by = by;
  }

  /** Who asks, as it crosses. */
  get by(): WireValue {
    const { role, file, line } = this.#by();
    return [role, file, line];
  }

  /** A call that the kernel ends after `timeout` seconds; null: when it is done. */
  call(name: OperationName, handle: number, args: readonly WireValue[], timeout: number | null = DEFAULT_TIMEOUT) {
    return this.#caller.call(name, handle, args, timeout === null ? null : timeout * 1000);
  }

  /** Milliseconds since some moment. */
  now(): number {
    return this.#caller.link?.platform.now() ?? Date.now();
  }

  /** Whether memory is shared with the kernel. */
  get hasLink(): boolean {
    return this.#caller.link !== null;
  }

  /** The thread's end of the link itself. */
  get link(): Caller {
    return this.#caller.link ?? unexpected('link');
  }

  /** A ring that the kernel has named for a body. */
  ring(number: number): RingReader {
    return new RingReader(viewRing(this.link.block(number)), this.link.platform.copy);
  }

  /** Blocks until a ring has something to read, or has ended; the kernel ends it after `timeout` seconds. */
  waitForRing(ring: RingReader, timeout: number | null): void {
    this.link.waitFor(() => ring.ready, timeout === null ? null : timeout * 1000);
  }
}

const USER_BY: By = { role: 'user', file: null, line: null };

/** The time-out among raw options, as far as it is one; the kernel checks it. `fallback`: what holds if none is given. */
export function timeoutOf(options: RawOptions, fallback: number | null = DEFAULT_TIMEOUT): number | null {
  const { timeout } = options;
  if (timeout === null) return null;
  return typeof timeout === 'number' && timeout > 0 ? timeout : fallback;
}

/** An answer of the kernel that is not what the operations table says: this package is at odds with itself. */
export function unexpected(name: string): never {
  throw new SocketError(`${name}: the kernel's answer can not be read`);
}

/** An answer that must be a number. */
export function expectNumber(value: WireValue, name: string): number {
  return typeof value === 'number' ? value : unexpected(name);
}

/** An answer that must be bytes. */
export function expectBytes(value: WireValue, name: string): Uint8Array {
  return value instanceof Uint8Array ? value : unexpected(name);
}

/** An answer that must be bytes, or null at the end of a stream. */
export function expectBytesOrNull(value: WireValue, name: string): Uint8Array | null {
  return value === null || value instanceof Uint8Array ? value : unexpected(name);
}

/** An answer that must be a record. */
export function expectRecord(value: WireValue, name: string): { readonly [key: string]: WireValue | undefined } {
  const isRecord = typeof value === 'object' && value !== null && !(value instanceof Uint8Array) && !isList(value);
  return isRecord ? value : unexpected(name);
}

export function isList(value: WireValue | undefined): value is readonly WireValue[] {
  return Array.isArray(value);
}
