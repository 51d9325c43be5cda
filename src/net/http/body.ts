/**
 * How a body moves: a source pushes into one sink, which says when to wait. Trusted side; the bytes are hostile.
 * Chunks are lent, so that the connection can read into the same memory again; a sink copies what it keeps.
 */
import { ArgumentError, TooLargeError } from '../../errors/classes.ts';
import type { RawHeaders } from './undici.ts';

/** Takes a body. After `end` or `fail` nothing more comes. None of these may throw. */
export interface Sink {
  /** `chunk` is lent for this call. False: no more until the source's `resume`, which is not to be called from here. */
  write(chunk: Uint8Array): boolean;
  end(): void;
  /** An error of ours, or the reason of the signal that ended it. */
  fail(error: unknown): void;
}

/** Gives a body, once. */
export interface Source {
  pipe(sink: Sink): void;
  resume(): void;
  /** Nobody wants the rest. The sink is told `error`. */
  cancel(error: unknown): void;
}

/** A response's body as it comes in, or as it was kept. */
export interface Incoming extends Source {
  /** True once the last byte has come. */
  readonly complete: boolean;
  /** What came after the body. */
  readonly trailers: RawHeaders;
  /** The whole body if all of it has come and nobody has begun to read it; else null. */
  takeComplete(): Uint8Array | null;
  /** Nobody has begun to read, and nobody will. */
  discard(): Promise<void>;
}

/** Passes a body on while it is within `limit` bytes; then the source is cancelled with TooLargeError. */
export class Cap implements Source {
  readonly #source: Source;
  readonly #limit: number;
  #passed = 0;

  constructor(source: Source, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  pipe(sink: Sink): void {
    this.#source.pipe({
      write: (chunk) => {
        this.#passed += chunk.length;
        if (this.#passed <= this.#limit) return sink.write(chunk);
        this.#source.cancel(tooLarge(this.#limit));
        return false;
      },
      end: () => sink.end(),
      fail: (error) => sink.fail(error),
    });
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(error: unknown): void {
    this.#source.cancel(error);
  }
}

/** What several bodies may hold together; an Allowance, or more than one. */
export interface Room {
  has(bytes: number): boolean;
  take(bytes: number): boolean;
  give(bytes: number): void;
}

/** Passes a body on while there is room for it; then the source is cancelled. What a broken body took is given back. */
export class Metered implements Source {
  readonly #source: Source;
  readonly #room: Room;
  readonly #full: () => unknown;
  #taken = 0;

  /** `full`: the error where there is no more room. */
  constructor(source: Source, room: Room, full: () => unknown) {
    this.#source = source;
    this.#room = room;
    this.#full = full;
  }

  pipe(sink: Sink): void {
    this.#source.pipe({
      write: (chunk) => {
        if (this.#room.take(chunk.length)) {
          this.#taken += chunk.length;
          return sink.write(chunk);
        }
        this.#source.cancel(this.#full());
        return false;
      },
      end: () => sink.end(),
      fail: (error) => {
        this.#room.give(this.#taken);
        this.#taken = 0;
        sink.fail(error);
      },
    });
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(error: unknown): void {
    this.#source.cancel(error);
  }
}

/** A sink copies what it keeps of a piece: not the whole body again. */
const MEMORY_PIECE = 1_048_576;

/** A body that is in memory already. */
export class MemorySource implements Source {
  readonly #bytes: Uint8Array;
  #sink: Sink | null = null;
  #given = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  pipe(sink: Sink): void {
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    while (this.#sink !== null && this.#given < this.#bytes.length) {
      const piece = this.#bytes.subarray(this.#given, this.#given + MEMORY_PIECE);
      this.#given += piece.length;
      if (!this.#sink.write(piece)) return;
    }
    const sink = this.#sink;
    this.#sink = null;
    sink?.end();
  }

  cancel(error: unknown): void {
    const sink = this.#sink;
    this.#sink = null;
    sink?.fail(error);
  }
}

/** The error of a body that is over its cap. */
export function tooLarge(limit: number): TooLargeError {
  return new TooLargeError(`the body is larger than ${limit} bytes`, { operation: 'fetch' });
}

/** A stated length up to which memory is set aside at once; beyond, it grows with what really comes. */
const MAX_AHEAD = 16_777_216;
const FIRST_GUESS = 65_536;

/** Collects a whole body in one piece of memory of its own. `expected`: the length that was stated, if any. */
export function collect(source: Source, limit: number, expected: number | null): Promise<Uint8Array> {
  if (expected !== null && expected > limit) {
    const error = tooLarge(limit);
    source.cancel(error);
    return Promise.reject(error);
  }
  return new Promise((resolve, reject) => {
    // Not from Buffer's pool: who gets the bytes may hand their ArrayBuffer on.
    let target = new Uint8Array(Buffer.allocUnsafeSlow(Math.min(expected ?? FIRST_GUESS, MAX_AHEAD)).buffer);
    let length = 0;
    source.pipe({
      write(chunk) {
        const wanted = length + chunk.length;
        if (wanted > limit) {
          source.cancel(tooLarge(limit));
          return false;
        }
        if (wanted > target.length) {
          const larger = Math.max(wanted, Math.min(target.length * 2, limit));
          target = new Uint8Array(target.buffer.transfer(larger));
        }
        target.set(chunk, length);
        length = wanted;
        return true;
      },
      end: () => resolve(length === target.length ? target : new Uint8Array(target.buffer.transfer(length))),
      fail: reject,
    });
  });
}

/** Bytes that wait for their reader before the source has to. */
const HIGH_WATER = 262_144;

/** A body that is asked for piece by piece, with back-pressure. One `read` at a time. */
export class Puller implements Sink {
  readonly #source: Source;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #stalled = false;
  #over = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: (() => void) | null = null;

  constructor(source: Source) {
    this.#source = source;
    source.pipe(this);
  }

  /** Between 1 and `max` bytes, in memory of their own; null at the end. Raises what broke the body, after what came. */
  async read(max: number): Promise<Uint8Array | null> {
    if (this.#wake !== null) throw new ArgumentError('the body is being read already');
    while (this.#waiting.length === 0) {
      if (this.#failure !== null) throw this.#failure.error;
      if (this.#over) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#resume();
      });
    }
    return this.#take(max);
  }

  #take(max: number): Uint8Array | null {
    const first = this.#waiting[0];
    if (first === undefined) return null;
    if (first.length <= max) this.#waiting.shift();
    else this.#waiting[0] = first.subarray(max);
    const taken = first.length <= max ? first : first.slice(0, max);
    this.#bytes -= taken.length;
    if (this.#bytes < HIGH_WATER / 2) this.#resume();
    return taken;
  }

  #resume(): void {
    if (!this.#stalled) return;
    this.#stalled = false;
    this.#source.resume();
  }

  write(chunk: Uint8Array): boolean {
    if (chunk.length > 0) {
      this.#waiting.push(new Uint8Array(chunk));
      this.#bytes += chunk.length;
      this.#rouse();
    }
    this.#stalled = this.#bytes >= HIGH_WATER;
    return !this.#stalled;
  }

  end(): void {
    this.#over = true;
    this.#rouse();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#rouse();
  }

  #rouse(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
