/**
 * Shares the turns of the event loop among bodies: libuv reads up to 32 times from one socket before it looks at another,
 * so that a few fast servers could keep everybody else waiting for many milliseconds. Trusted side. What is small is never
 * held up; who moves much goes on in a later turn, one after another.
 */

/** Moved in one turn before the rest has to wait for the next: some 100 µs of work. */
const TURN_BYTES = 131_072;
/** A piece below this is small. */
const SMALL_BYTES = 8_192;

export class Turns {
  #left = TURN_BYTES;
  #armed = false;
  readonly #waiting = new Set<() => void>();

  /**
   * Counts a piece that was moved. False: its source is to stop, until `goOn` is called in a later turn; asking again
   * before then does nothing more.
   */
  take(bytes: number, goOn: () => void): boolean {
    if (bytes < SMALL_BYTES) return true;
    this.#left -= bytes;
    this.#arm();
    if (this.#left > 0) return true;
    this.#waiting.add(goOn);
    return false;
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#armed = false;
    this.#left = TURN_BYTES;
    const [goOn] = this.#waiting;
    if (goOn === undefined) return;
    this.#waiting.delete(goOn);
    if (this.#waiting.size > 0) this.#arm();
    goOn();
  }
}

/** Of this process, as its loop is. */
export const turns = new Turns();
