/**
 * Bytes that were taken out of a ring and that nobody has read yet, because a read needs to see more at once than the
 * ring holds. Powerless, pure.
 */

const FIRST_BYTES = 16_384;

export class Carry {
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get size(): number {
    return this.#end - this.#start;
  }

  /** Lets `fill` put up to `count` bytes behind those that are here; it says how many. `total`: what is still to come in all. */
  append(count: number, total: number, fill: (target: Uint8Array, start: number, max: number) => number): void {
    this.#makeRoom(count, total);
    this.#end += fill(this.#bytes, this.#end, count);
  }

  /** Takes the first bytes out, in memory of their own. */
  take(count: number): Uint8Array {
    const size = Math.min(count, this.size);
    const whole = this.#start === 0 && size === this.#end && size === this.#bytes.length;
    const taken = whole ? this.#bytes : this.#bytes.slice(this.#start, this.#start + size);
    this.#start += size;
    if (this.#start === this.#end) this.clear();
    return taken;
  }

  /** A copy of what is here. */
  copy(): Uint8Array {
    return this.#bytes.slice(this.#start, this.#end);
  }

  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#start = 0;
    this.#end = 0;
  }

  /** Where `mark` first stands, counted from the first byte here, from the `from`th on; -1 if nowhere. */
  indexOf(mark: Uint8Array, from: number): number {
    const [first = 0] = mark;
    const last = this.#end - mark.length;
    for (let at = this.#start + from; at <= last; at++) {
      at = this.#bytes.indexOf(first, at);
      if (at === -1 || at > last) return -1;
      let same = 1;
      while (same < mark.length && this.#bytes[at + same] === mark[same]) same++;
      if (same === mark.length) return at - this.#start;
    }
    return -1;
  }

  #makeRoom(count: number, total: number): void {
    const { size } = this;
    if (this.#end + count <= this.#bytes.length) return;
    // Twice as much as there is, so that many small pieces are not copied over and over; no more than is to come.
    const wanted = Math.max(size + count, Math.min(size + total, Math.max(FIRST_BYTES, size * 2)));
    const larger = new Uint8Array(wanted);
    larger.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = larger;
    this.#start = 0;
    this.#end = size;
  }
}
