/**
 * Shares the turns of the event loop among bodies: libuv reads up to 32 times from one socket before it looks at another,
 * so that a few fast servers could keep everybody else waiting for many milliseconds. Trusted side. What is small is never
 * held up; who moves much goes on in a later turn, one after another.
 */

/** Moved in one turn before the rest has to wait for the next: some 100 µs of work. */
const TURN_BYTES = 131_072;
/** A piece below this is small. */
const SMALL_BYTES = 8_192;

/** Who moves bytes of bodies. */
export interface Mover {
  /** To move nothing until `goOn`. */
  stop(): void;
  goOn(): void;
}

export class Turns {
  #left = TURN_BYTES;
  #armed = false;
  /** Who has moved much and has not been stopped since. */
  readonly #moving = new Set<Mover>();
  readonly #waiting = new Set<Mover>();

  /** Counts a piece that was moved. Where this turn has seen enough, everybody who moves much stops until a later one. */
  moved(bytes: number, mover: Mover): void {
    if (bytes < SMALL_BYTES) return;
    this.#moving.add(mover);
    this.#left -= bytes;
    this.#arm();
    if (this.#left > 0) return;
    // The others too: the system may have told of bytes for each of them in the same look.
    for (const each of this.#moving) {
      each.stop();
      this.#waiting.add(each);
    }
    this.#moving.clear();
  }

  /** It has nothing more to move. */
  leave(mover: Mover): void {
    this.#moving.delete(mover);
    this.#waiting.delete(mover);
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    setImmediate(() => this.#next());
  }

  #next(): void {
    this.#armed = false;
    this.#left = TURN_BYTES;
    const [mover] = this.#waiting;
    if (mover === undefined) return;
    this.#waiting.delete(mover);
    if (this.#waiting.size > 0) this.#arm();
    mover.goOn();
  }
}

/** Of this process, as its loop is. */
export const turns = new Turns();
