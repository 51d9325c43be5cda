/** Random choices that are the same each time: a seed names a run, so that a failure can be had again. */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** An integer from 0 to `below` - 1 (mulberry32). */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  /** An integer between both, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** Whether something that happens so many times in a hundred happens. */
  percent(chance: number): boolean {
    return this.below(100) < chance;
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.below(from.length)];
    if (found === undefined) throw new RangeError('nothing to pick from');
    return found;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }

  /** A text of this length of these letters. */
  text(length: number, letters: string): string {
    return Array.from({ length }, () => letters[this.below(letters.length)]).join('');
  }

  /** The bytes in pieces of random lengths, few or many, one at a time for one; a hundred or so at most. */
  cut(bytes: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    const longest = Math.max(this.pick([1, 3, 20, 400, 5000]), Math.ceil(bytes.length / 50));
    for (let at = 0; at < bytes.length; ) {
      const end = at + this.between(1, longest);
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }
}
