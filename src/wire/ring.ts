/**
 * A ring of shared bytes from the kernel to a script's thread: one writer, one reader, no round trip for each piece.
 * Crosses. The script's side is hostile: the kernel keeps a cursor of its own, reads the script's once and clamps it.
 *
 * Heads and tails count bytes from the beginning and wrap at 2³²; sizes are powers of two, so they wrap together.
 */

/** Int32 words on a cache line. */
const LINE = 16;
/** Bytes written so far. The kernel's. */
const HEAD = 0 * LINE;
/** Bytes read so far. The script's. */
const TAIL = 1 * LINE;
/** How the stream stands: see RingState. The kernel's. */
const STATE = 2 * LINE;
/** 1 while the writer waits for room: the reader then asks the kernel to go on. The kernel's. */
const STALLED = 3 * LINE;
/** Unread bytes that the reader wants before it is woken: a wake-up for each small piece costs more than the piece. The script's. */
const WANTED = 4 * LINE;
const HEADER_BYTES = 5 * LINE * 4;

export const RingState = Object.freeze({ OPEN: 0, ENDED: 1, FAILED: 2 });

/** Copies bytes; fast also where one side is shared. */
export type CopyBytes = (
  source: Uint8Array,
  target: Uint8Array,
  targetStart: number,
  sourceStart: number,
  sourceEnd: number,
) => void;

/** Shared memory for a ring of `size` bytes, a power of two. */
export function createRing(size: number): SharedArrayBuffer {
  if (!Number.isInteger(size) || size < 16 || (size & (size - 1)) !== 0) throw new RangeError('no size of a ring');
  return new SharedArrayBuffer(HEADER_BYTES + size);
}

/** The kernel's end. */
export class RingWriter {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #copy: CopyBytes;
  #head = 0;
  /** The last tail that made sense. */
  #tail = 0;

  constructor(buffer: SharedArrayBuffer, copy: CopyBytes) {
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(buffer, HEADER_BYTES);
    this.#copy = copy;
  }

  /** Makes the ring ready for another stream. The reader must not be reading. */
  reset(): void {
    this.#head = 0;
    this.#tail = 0;
    for (const word of [HEAD, TAIL, STATE, STALLED, WANTED]) Atomics.store(this.#words, word, 0);
  }

  /** Bytes that may be written now. A tail that makes no sense leaves the room as it was. */
  get room(): number {
    const tail = Atomics.load(this.#words, TAIL) >>> 0;
    const unread = (this.#head - tail) >>> 0;
    if (unread <= (this.#head - this.#tail) >>> 0) this.#tail = tail;
    return this.#bytes.length - ((this.#head - this.#tail) >>> 0);
  }

  /** Writes as much of `chunk` as there is room for, from `start`, and returns how many bytes. */
  write(chunk: Uint8Array, start = 0): number {
    const count = Math.min(this.room, chunk.length - start);
    if (count <= 0) return 0;
    const at = this.#head & (this.#bytes.length - 1);
    const first = Math.min(count, this.#bytes.length - at);
    this.#copy(chunk, this.#bytes, at, start, start + first);
    if (first < count) this.#copy(chunk, this.#bytes, 0, start + first, start + count);
    this.#head = (this.#head + count) >>> 0;
    Atomics.store(this.#words, HEAD, this.#head | 0);
    return count;
  }

  /** Whether there is as much to read as the reader has said that it wants. What it says harms nobody but itself. */
  get satisfies(): boolean {
    return (this.#head - Atomics.load(this.#words, TAIL)) >>> 0 >= Atomics.load(this.#words, WANTED) >>> 0;
  }

  /** Says that the writer waits for room, or that it does no longer. */
  stall(stalled: boolean): void {
    Atomics.store(this.#words, STALLED, stalled ? 1 : 0);
  }

  /** No more will be written. */
  finish(state: number): void {
    Atomics.store(this.#words, STATE, state);
  }
}

/** The script's end. It trusts the kernel. */
export class RingReader {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #copy: CopyBytes;
  #wanted = 1;

  constructor(buffer: SharedArrayBuffer, copy: CopyBytes) {
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#bytes = new Uint8Array(buffer, HEADER_BYTES);
    this.#copy = copy;
  }

  /** Bytes that can be read now. */
  get unread(): number {
    return (Atomics.load(this.#words, HEAD) - Atomics.load(this.#words, TAIL)) >>> 0;
  }

  get state(): number {
    return Atomics.load(this.#words, STATE);
  }

  /** Whether the writer waits and there is enough room again to make its going on worth a call. */
  get wantsResume(): boolean {
    return Atomics.load(this.#words, STALLED) === 1 && this.unread <= this.#bytes.length / 2;
  }

  /** Says how many bytes are worth a wake-up, at least 1 and at most half of the ring. */
  want(bytes: number): void {
    this.#wanted = Math.max(1, Math.min(bytes, this.#bytes.length / 2));
    Atomics.store(this.#words, WANTED, this.#wanted);
  }

  /**
   * Whether there is something to do: as many bytes as are wanted, an end, or a writer that waits. The last counts too: the reader may
   * have emptied the ring in the moment between the writer's finding it full and its saying so.
   */
  get ready(): boolean {
    return this.unread >= this.#wanted || this.state !== RingState.OPEN || this.wantsResume;
  }

  /** Reads up to `max` bytes into `target` at `start` and returns how many. */
  read(target: Uint8Array, start: number, max: number): number {
    const tail = Atomics.load(this.#words, TAIL) >>> 0;
    const count = Math.min(this.unread, max, target.length - start);
    if (count <= 0) return 0;
    const at = tail & (this.#bytes.length - 1);
    const first = Math.min(count, this.#bytes.length - at);
    this.#copy(this.#bytes, target, start, at, at + first);
    if (first < count) this.#copy(this.#bytes, target, start + first, 0, count - first);
    Atomics.store(this.#words, TAIL, (tail + count) | 0);
    return count;
  }
}
