/**
 * Work that threads of the process do for one guest: a few pieces at once, the rest in turn, and how long it takes. Of a
 * child process.
 */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #countedAt = 0;
  #spentMs = 0;

  constructor(most: number) {
    this.#most = most;
  }

  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    // Who ends hands its turn on, so that the next is not overtaken.
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#change(1);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#change(-1);
      else next();
    }
  }

  /** Milliseconds of all pieces since this was last asked. */
  spentMs(): number {
    this.#change(0);
    const spent = this.#spentMs;
    this.#spentMs = 0;
    return spent;
  }

  #change(by: number): void {
    const now = performance.now();
    this.#spentMs += (now - this.#countedAt) * this.#running;
    this.#countedAt = now;
    this.#running += by;
  }
}
