/**
 * A ring of shared bytes between the kernel and a script's thread: one writer, one reader, no round trip for each piece.
 * Crosses. The script's side is hostile: the kernel keeps a cursor of its own, reads the script's once and clamps it.
 *
 * Heads and tails count bytes from the beginning and wrap at 2³²; sizes are powers of two, so they wrap together.
 */

/** Int32 words on a cache line. */
const LINE = 16;
/** Bytes written so far. The writer's. */
const HEAD = 0 * LINE;
/** Bytes read so far. The reader's. */
const TAIL = 1 * LINE;
/** How the stream stands: see RingState. The kernel's. */
const STATE = 2 * LINE;
/** Whether the kernel waits, for room or for bytes: see Waits. The script then tells it when there are some. The kernel's. */
const WAITS = 3 * LINE;
/** Bytes, or bytes of room, that the script wants before it is woken: a wake-up for each small piece costs more than the piece. The script's. */
const WANTED = 4 * LINE;

/** Bytes of a ring's words, which stand before its bytes or elsewhere. */
export const RING_HEADER_BYTES: number = 5 * LINE * 4;

/** `CLOSED`: nothing in the ring counts any more. After `ENDED` and `FAILED` what lies in it can still be read. */
export const RingState = Object.freeze({ OPEN: 0, ENDED: 1, FAILED: 2, CLOSED: 3 });

/** `GROW`: the kernel waits for room, and would make the ring larger if it is asked. */
export const Waits = Object.freeze({ NO: 0, YES: 1, GROW: 2 });

/** Copies bytes; fast also where one side is shared. */
export type CopyBytes = (
  source: Uint8Array,
  target: Uint8Array,
  targetStart: number,
  sourceStart: number,
  sourceEnd: number,
) => void;

/** The words and the bytes of one ring. */
export interface RingMemory {
  readonly words: Int32Array<SharedArrayBuffer>;
  /** A power of two of them. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
}

/** Shared memory for a ring of `size` bytes, a power of two. */
export function createRing(size: number): SharedArrayBuffer {
  if (!Number.isInteger(size) || size < 16 || (size & (size - 1)) !== 0) throw new RangeError('no size of a ring');
  return new SharedArrayBuffer(RING_HEADER_BYTES + size);
}

/** The ring in memory of `createRing`. */
export function viewRing(buffer: SharedArrayBuffer): RingMemory {
  return { words: viewHeader(buffer, 0), bytes: new Uint8Array(buffer, RING_HEADER_BYTES) };
}

/** A ring's words, which stand at `at`. */
export function viewHeader(buffer: SharedArrayBuffer, at: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(buffer, at, RING_HEADER_BYTES / 4);
}

/** The writing end: the kernel's where it sends, the script's where that does. Believes no tail that makes no sense. */
export class RingWriter {
  readonly #words: Int32Array<SharedArrayBuffer>;
  #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #copy: CopyBytes;
  #head = 0;
  /** The last tail that made sense. */
  #tail = 0;

  constructor({ words, bytes }: RingMemory, copy: CopyBytes) {
    this.#words = words;
    this.#bytes = bytes;
    this.#copy = copy;
  }

  /** Makes the ring ready for another stream. The other side must not be using it. */
  reset(): void {
    this.#head = 0;
    this.#tail = 0;
    for (const word of [HEAD, TAIL, STATE, WAITS, WANTED]) Atomics.store(this.#words, word, 0);
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Bytes that the reader has not taken. A tail that makes no sense leaves them as they were. */
  get unread(): number {
    const tail = Atomics.load(this.#words, TAIL) >>> 0;
    const unread = (this.#head - tail) >>> 0;
    if (unread <= (this.#head - this.#tail) >>> 0) this.#tail = tail;
    return (this.#head - this.#tail) >>> 0;
  }

  /** Bytes that may be written now. */
  get room(): number {
    return this.#bytes.length - this.unread;
  }

  /** How the stream stands, for a script that writes. */
  get state(): number {
    return Atomics.load(this.#words, STATE);
  }

  /** Whether the kernel, which reads, has found nothing and waits to be told of more. */
  get isWaitedFor(): boolean {
    return Atomics.load(this.#words, WAITS) !== Waits.NO;
  }

  /** Writes as much of `chunk` as there is room for, from `start`, and returns how many bytes. */
  write(chunk: Uint8Array, start = 0): number {
    const count = Math.min(this.room, chunk.length - start);
    if (count <= 0) return 0;
    const at = this.#head & (this.#bytes.length - 1);
    const first = Math.min(count, this.#bytes.length - at);
    this.#copy(chunk, this.#bytes, at, start, start + first);
    if (first < count) this.#copy(chunk, this.#bytes, 0, start + first, start + count);
    this.#advance(count);
    return count;
  }

  /** Room in a row behind what is written, at most `most` bytes: a view. Null if there is none. */
  space(most: number): Uint8Array<SharedArrayBuffer> | null {
    const at = this.#head & (this.#bytes.length - 1);
    const count = Math.min(this.room, this.#bytes.length - at, most);
    return count > 0 ? this.#bytes.subarray(at, at + count) : null;
  }

  /** So many bytes have been written there. */
  landed(count: number): void {
    this.#advance(count);
  }

  #advance(count: number): void {
    this.#head = (this.#head + count) >>> 0;
    Atomics.store(this.#words, HEAD, this.#head | 0);
  }

  /** Whether there is as much to read as the reader has said that it wants. What it says harms nobody but itself. */
  get satisfies(): boolean {
    return (this.#head - Atomics.load(this.#words, TAIL)) >>> 0 >= Atomics.load(this.#words, WANTED) >>> 0;
  }

  /** Whether the reader waits, and for no more than there is. */
  get isWanted(): boolean {
    const wanted = Atomics.load(this.#words, WANTED) >>> 0;
    return wanted > 0 && (this.#head - Atomics.load(this.#words, TAIL)) >>> 0 >= wanted;
  }

  /** A script that writes says how much room is worth a wake-up, at least 1 and at most half of the ring. */
  want(room: number): void {
    Atomics.store(this.#words, WANTED, Math.max(1, Math.min(room, this.#bytes.length / 2)));
  }

  /** The kernel says that it waits for room, or that it does no longer: see Waits. */
  stall(waits: number): void {
    Atomics.store(this.#words, WAITS, waits);
  }

  /** The kernel says that no more will be written. */
  finish(state: number): void {
    Atomics.store(this.#words, STATE, state);
  }

  /** A copy of what is unread. */
  copyUnread(): Uint8Array {
    const { unread } = this;
    const copy = new Uint8Array(unread);
    const at = (this.#head - unread) & (this.#bytes.length - 1);
    const first = Math.min(unread, this.#bytes.length - at);
    if (first > 0) this.#copy(this.#bytes, copy, 0, at, at + first);
    if (first < unread) this.#copy(this.#bytes, copy, first, 0, unread - first);
    return copy;
  }

  /** Goes on in larger memory, where what is unread is copied. The reader must not be reading. */
  moveTo(bytes: Uint8Array<SharedArrayBuffer>): void {
    copyUnread(this.#bytes, bytes, this.#head, this.unread, this.#copy);
    this.#bytes = bytes;
  }

  /** As `moveTo`, where the reader has copied what is unread. */
  follow(bytes: Uint8Array<SharedArrayBuffer>): void {
    this.#bytes = bytes;
  }
}

/** Pieces up to this size have their bytes where objects lie, which is fast. */
const SMALLEST_POOLED = 65;
/** Larger ones have memory of their own. */
const LARGEST_POOLED = 4_096;
const POOL_BYTES = 16_384;
/** Each of four bytes 1, and the highest bit of each. */
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;
/** Part of a ring that may have been read without the kernel's being told. */
const UNTOLD_SHARE = 8;

/**
 * The script's reading end. It trusts the kernel. An atomic access costs as much as copying a small piece, so it looks at
 * the kernel's head when what it knows of does not suffice, and says how far it has read from time to time: `tell` does it
 * at once, before whatever depends on it.
 */
export class RingReader {
  readonly #words: Int32Array<SharedArrayBuffer>;
  #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #copy: CopyBytes;
  #wanted = 1;
  #tail: number;
  /** The same bytes, four at a time. */
  #quads: Int32Array<SharedArrayBuffer>;
  /** The tail that the kernel knows. */
  #told: number;
  /** The head as last seen. */
  #head: number;
  /** Memory that the next small pieces are cut from. */
  #pool = new ArrayBuffer(0);
  #used = 0;

  constructor({ words, bytes }: RingMemory, copy: CopyBytes) {
    this.#words = words;
    this.#bytes = bytes;
    this.#copy = copy;
    this.#tail = Atomics.load(words, TAIL) >>> 0;
    this.#told = this.#tail;
    this.#head = this.#tail;
    this.#quads = quadsOf(bytes);
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Bytes that can be read now. */
  get unread(): number {
    this.#head = Atomics.load(this.#words, HEAD) >>> 0;
    return (this.#head - this.#tail) >>> 0;
  }

  /** Bytes that can be read, `enough` or as many as there are. */
  upTo(enough: number): number {
    const known = (this.#head - this.#tail) >>> 0;
    return known >= enough ? known : this.unread;
  }

  get state(): number {
    return Atomics.load(this.#words, STATE);
  }

  /** As `state`, maybe a moment late: the kernel's word is read without waiting for it. */
  get stateHint(): number {
    return this.#words[STATE] ?? 0;
  }

  /** Whether the kernel waits for room, and how: see Waits. */
  get waits(): number {
    return Atomics.load(this.#words, WAITS);
  }

  /** As `waits`, maybe a moment late. */
  get waitsHint(): number {
    return this.#words[WAITS] ?? 0;
  }

  /** Whether the writer waits and there is enough room again to make its going on worth a call. */
  get wantsResume(): boolean {
    return this.waits !== Waits.NO && this.unread <= this.#bytes.length / 2;
  }

  /** Says how many bytes are worth a wake-up, at least 1 and at most half of the ring, and how far it has read. */
  want(bytes: number): void {
    this.tell();
    this.#wanted = Math.max(1, Math.min(bytes, this.#bytes.length / 2));
    Atomics.store(this.#words, WANTED, this.#wanted);
  }

  /** It waits no longer. */
  stopWanting(): void {
    this.#words[WANTED] = 0;
  }

  /**
   * Whether there is something to do: as many bytes as are wanted, an end, or a writer that waits. The last counts too: the reader may
   * have emptied the ring in the moment between the writer's finding it full and its saying so.
   */
  get ready(): boolean {
    return this.satisfied || this.wantsResume;
  }

  /** Whether there are as many bytes as are wanted, or an end. */
  get satisfied(): boolean {
    return this.unread >= this.#wanted || this.state !== RingState.OPEN;
  }

  /** Reads up to `max` bytes into `target` at `start` and returns how many. */
  read(target: Uint8Array, start: number, max: number): number {
    const wanted = Math.min(max, target.length - start);
    const count = Math.min(this.upTo(wanted), wanted);
    if (count <= 0) return 0;
    this.#copyOut(target, start, count);
    this.skip(count);
    return count;
  }

  /** Takes `count` bytes that are known to be there, in memory that nobody else writes to. */
  take(count: number): Uint8Array {
    const at = this.#tail & (this.#bytes.length - 1);
    if (count < SMALLEST_POOLED && at + count <= this.#bytes.length) {
      const piece = this.#bytes.slice(at, at + count);
      this.skip(count);
      return piece;
    }
    const piece = count > LARGEST_POOLED ? new Uint8Array(count) : this.#fromPool(count);
    this.#copyOut(piece, 0, count);
    this.skip(count);
    return piece;
  }

  #fromPool(count: number): Uint8Array<ArrayBuffer> {
    if (this.#used + count > this.#pool.byteLength) {
      this.#pool = new ArrayBuffer(POOL_BYTES);
      this.#used = 0;
    }
    const piece = new Uint8Array(this.#pool, this.#used, count);
    this.#used += count;
    return piece;
  }

  #copyOut(target: Uint8Array, start: number, count: number): void {
    const at = this.#tail & (this.#bytes.length - 1);
    const first = Math.min(count, this.#bytes.length - at);
    this.#copy(this.#bytes, target, start, at, at + first);
    if (first < count) this.#copy(this.#bytes, target, start + first, 0, count - first);
  }

  /** One of the unread bytes. */
  byteAt(index: number): number {
    return this.#bytes[(this.#tail + index) & (this.#bytes.length - 1)] ?? 0;
  }

  /** Where `mark` first stands whole among the first `limit` unread bytes, from the `from`th on; -1 if nowhere. */
  find(mark: Uint8Array, from: number, limit: number): number {
    const bytes = this.#bytes;
    const mask = bytes.length - 1;
    const first = mark[0] ?? 0;
    const end = limit - mark.length + 1;
    for (let index = this.#findByte(first, from, end); index !== -1; index = this.#findByte(first, index + 1, end)) {
      let same = 1;
      while (same < mark.length && bytes[(this.#tail + index + same) & mask] === mark[same]) same++;
      if (same === mark.length) return index;
    }
    return -1;
  }

  /** Where `byte` first stands before `end`; four bytes are looked at together. */
  #findByte(byte: number, from: number, end: number): number {
    const bytes = this.#bytes;
    const mask = bytes.length - 1;
    for (let index = from; index < end; index++) {
      const at = (this.#tail + index) & mask;
      if ((at & 3) === 0) {
        const run = Math.min(end - index, bytes.length - at);
        index += this.#quadsWithout(Math.imul(byte, ONES), at >> 2, run >> 2) * 4;
        if (index >= end) break;
      }
      if (bytes[(this.#tail + index) & mask] === byte) return index;
    }
    return -1;
  }

  /** How many of the next `count` quads do not have a byte of the pattern, before the first that has. */
  #quadsWithout(pattern: number, at: number, count: number): number {
    const quads = this.#quads;
    let passed = 0;
    for (; passed < count; passed++) {
      const other = (quads[at + passed] ?? 0) ^ pattern;
      // A bit is left where one of the four bytes is zero, as the one is that equals.
      if (((other - ONES) & ~other & HIGH_BITS) !== 0) break;
    }
    return passed;
  }

  /** Throws the first `count` unread bytes away. */
  skip(count: number): void {
    this.#tail = (this.#tail + count) >>> 0;
    if ((this.#tail - this.#told) >>> 0 >= this.#bytes.length / UNTOLD_SHARE) this.tell();
  }

  /** Says how far it has read. */
  tell(): void {
    if (this.#told === this.#tail) return;
    this.#told = this.#tail;
    Atomics.store(this.#words, TAIL, this.#tail | 0);
  }

  /** Goes on in larger memory, where the kernel has copied what is unread. */
  follow(bytes: Uint8Array<SharedArrayBuffer>): void {
    this.#bytes = bytes;
    this.#quads = quadsOf(bytes);
  }
}

function quadsOf({ buffer, byteOffset, length }: Uint8Array<SharedArrayBuffer>): Int32Array<SharedArrayBuffer> {
  return new Int32Array(buffer, byteOffset, length >> 2);
}

/** The kernel's reading end, of what a script's thread writes. A head that makes no sense is the end of the ring at most. */
export class RingDrain {
  readonly #words: Int32Array<SharedArrayBuffer>;
  #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #copy: CopyBytes;
  #tail = 0;

  constructor({ words, bytes }: RingMemory, copy: CopyBytes) {
    this.#words = words;
    this.#bytes = bytes;
    this.#copy = copy;
  }

  /** Makes the ring ready for another stream. The script must not be using it. */
  reset(): void {
    this.#tail = 0;
    for (const word of [HEAD, TAIL, STATE, WANTED]) Atomics.store(this.#words, word, 0);
    this.stall(Waits.YES);
  }

  get size(): number {
    return this.#bytes.length;
  }

  /** Bytes that have been written and not been taken. */
  get unread(): number {
    return Math.min((Atomics.load(this.#words, HEAD) - this.#tail) >>> 0, this.#bytes.length);
  }

  /** The first bytes that have not been taken, as far as they lie in a row: a view. Null if there are none. */
  peek(max: number): Uint8Array<SharedArrayBuffer> | null {
    const count = Math.min(this.unread, max);
    if (count === 0) return null;
    const at = this.#tail & (this.#bytes.length - 1);
    return this.#bytes.subarray(at, Math.min(at + count, this.#bytes.length));
  }

  /** Takes the first bytes out. */
  take(count: number): void {
    this.#tail = (this.#tail + count) >>> 0;
    Atomics.store(this.#words, TAIL, this.#tail | 0);
  }

  /** Whether the script waits for as much room as there is now. What it says harms nobody but itself. */
  get satisfies(): boolean {
    const wanted = Atomics.load(this.#words, WANTED) >>> 0;
    return wanted > 0 && this.#bytes.length - this.unread >= wanted;
  }

  /** The kernel says that it waits for bytes, or that it does no longer: see Waits. */
  stall(waits: number): void {
    Atomics.store(this.#words, WAITS, waits);
  }

  /** The kernel says that it takes no more. */
  finish(state: number): void {
    Atomics.store(this.#words, STATE, state);
  }

  /** Goes on in larger memory, where what has not been taken is copied. The script must not be writing. */
  moveTo(bytes: Uint8Array<SharedArrayBuffer>): void {
    const { unread } = this;
    copyUnread(this.#bytes, bytes, (this.#tail + unread) >>> 0, unread, this.#copy);
    this.#bytes = bytes;
  }
}

/** Copies the last `count` bytes before `head` from one ring to the same places of another. */
function copyUnread(from: Uint8Array, to: Uint8Array, head: number, count: number, copy: CopyBytes): void {
  for (let left = count; left > 0; ) {
    const place = (head - left) >>> 0;
    const [source, target] = [place & (from.length - 1), place & (to.length - 1)];
    const run = Math.min(left, from.length - source, to.length - target);
    copy(from, to, target, source, source + run);
    left -= run;
  }
}
