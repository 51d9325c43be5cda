/**
 * Bytes that have arrived and that nobody has read yet, in order. Trusted side, pure; how much may lie here is the
 * business of the flow control around it.
 */

/** Smaller pieces than this are put together, so that a peer that drips bytes does not make a list of thousands. */
const SMALL_PIECE = 4096;
const BLOCK_SIZE = 16_384;

export class ReadBuffer {
  /** The pieces; bytes before `#start` in the first have been read. */
  readonly #pieces: Buffer[] = [];
  #start = 0;
  #size = 0;
  /** A block of our own that the last piece is the beginning of: small pieces go on in it. Null: the last is not ours. */
  #block: Buffer | null = null;

  /** How many bytes lie here. */
  get size(): number {
    return this.#size;
  }

  /** What lies here first, as far as it is one piece: a view. Null if nothing lies here. */
  get first(): Uint8Array | null {
    return this.#pieces[0]?.subarray(this.#start) ?? null;
  }

  /** Puts bytes at the end. They are kept as they are, not copied, unless small pieces come one after another. */
  push(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#size += piece.length;
    if (this.#joinToLast(piece)) return;
    this.#block = null;
    this.#pieces.push(piece);
  }

  /** Takes the first `count` bytes out, or all if there are fewer. */
  take(count: number): Uint8Array {
    const taken = this.#copyOrShare(Math.min(count, this.#size));
    this.drop(taken.length);
    return taken;
  }

  /** Throws the first `count` bytes away, or all if there are fewer. */
  drop(count: number): void {
    let left = Math.min(count, this.#size);
    this.#size -= left;
    while (left > 0) {
      const first = this.#first();
      const here = first.length - this.#start;
      if (left < here) {
        this.#start += left;
        return;
      }
      left -= here;
      this.#start = 0;
      this.#pieces.shift();
    }
    if (this.#size === 0) this.#block = null;
  }

  /**
   * Where `mark` first stands, counted from the first byte here; -1 if nowhere. Nothing before `from` is looked at.
   * The mark is not empty.
   */
  indexOf(mark: Buffer, from: number): number {
    let end = 0;
    let previous = 0;
    for (const [index, piece] of this.#pieces.entries()) {
      const offset = index === 0 ? this.#start : 0;
      previous = end;
      end += piece.length - offset;
      if (end <= from) continue;
      const across = this.#indexAcross(mark, Math.max(from, previous - mark.length + 1), previous);
      if (across !== -1) return across;
      const found = piece.indexOf(mark, offset + Math.max(0, from - previous));
      if (found !== -1) return previous + found - offset;
    }
    return -1;
  }

  /** Looks for a mark that begins before a border between two pieces and ends behind it. */
  #indexAcross(mark: Buffer, from: number, border: number): number {
    if (mark.length === 1 || border === 0 || from >= border) return -1;
    const window = this.#copy(from, Math.min(this.#size, border + mark.length - 1));
    const found = window.indexOf(mark);
    return found === -1 ? -1 : from + found;
  }

  #joinToLast(piece: Buffer): boolean {
    const last = this.#pieces.at(-1);
    if (last === undefined || piece.length >= SMALL_PIECE) return false;
    if (this.#block === null) {
      if (last.length >= SMALL_PIECE) return false;
      this.#block = Buffer.allocUnsafeSlow(BLOCK_SIZE);
      last.copy(this.#block);
    }
    const end = last.length + piece.length;
    if (end > this.#block.length) return false;
    piece.copy(this.#block, last.length);
    this.#pieces[this.#pieces.length - 1] = this.#block.subarray(0, end);
    return true;
  }

  /** The first `count` bytes: a view where one piece has them all (bytes here are never overwritten), else a copy. */
  #copyOrShare(count: number): Uint8Array {
    const first = this.#pieces[0];
    const shared = first !== undefined && this.#start + count <= first.length;
    return shared ? first.subarray(this.#start, this.#start + count) : this.#copy(0, count);
  }

  /** A copy with memory of its own: Node's pool would show whoever gets it the bytes of others. */
  #copy(from: number, to: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(to - from);
    let at = 0;
    for (const [index, piece] of this.#pieces.entries()) {
      const bytes = index === 0 ? piece.subarray(this.#start) : piece;
      const begin = Math.max(0, from - at);
      if (at + begin >= to) break;
      if (begin < bytes.length) bytes.copy(copy, at + begin - from, begin, Math.min(bytes.length, to - at));
      at += bytes.length;
    }
    return copy;
  }

  #first(): Buffer {
    const first = this.#pieces[0];
    if (first === undefined) throw new RangeError('the buffer is empty');
    return first;
  }
}
