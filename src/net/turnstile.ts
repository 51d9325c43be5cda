/**
 * Lets operations begin: of one owner a few in a turn of the event loop, and the rest in later turns, one owner after
 * another, so that who starts thousands at once takes small slices of the loop in place of all of it. Trusted side.
 */
import type { Clock } from './clock.ts';
import { type Company, company } from './company.ts';

/** What an owner may begin before it has to wait for a turn, and what all that wait begin in one. */
interface Slice {
  readonly atOnce: number;
  readonly inATurn: number;
}

/** While nobody else uses the loop. */
const ALONE: Slice = { atOnce: 8, inATurn: 8 };
/** Else: a call of who else is there takes several turns, and waits in each. Who calls one after another never waits. */
const IN_COMPANY: Slice = { atOnce: 4, inATurn: 1 };
/** After so long a turn is over, whoever counts it: far less than an operation takes. */
const TURN_MS = 0.5;

/** What of one owner waits, from `next` on. */
interface Line {
  readonly waiting: (() => void)[];
  next: number;
}

export class Turnstile {
  readonly #clock: Clock;
  /** What each owner has begun in this turn. */
  readonly #begun = new Map<string, number>();
  /** By owner; the one whose turn it is comes first. */
  readonly #lines = new Map<string, Line>();
  #since = Number.NEGATIVE_INFINITY;
  readonly #company: Pick<Company, 'isThere'>;

  constructor(clock: Clock, others: Pick<Company, 'isThere'> = company) {
    this.#clock = clock;
    this.#company = others;
  }

  /** Undefined: at once. Else resolves when it is its turn, which is soon: nobody needs to give up waiting. */
  pass(owner: string): Promise<void> | undefined {
    const line = this.#lines.get(owner);
    if (line !== undefined) return new Promise((resolve) => line.waiting.push(resolve));
    const now = this.#clock.now();
    if (now - this.#since > TURN_MS) {
      this.#since = now;
      this.#begun.clear();
    }
    const begun = this.#begun.get(owner) ?? 0;
    if (begun < this.#slice.atOnce) {
      this.#begun.set(owner, begun + 1);
      return undefined;
    }
    return new Promise((resolve) => {
      if (this.#lines.size === 0) setImmediate(() => this.#turn());
      this.#lines.set(owner, { waiting: [resolve], next: 0 });
    });
  }

  get #slice(): Slice {
    return this.#company.isThere ? IN_COMPANY : ALONE;
  }

  #turn(): void {
    this.#begun.clear();
    const { inATurn } = this.#slice;
    const lines = [...this.#lines].slice(0, inATurn);
    const each = Math.ceil(inATurn / lines.length);
    for (const [owner, line] of lines) {
      this.#lines.delete(owner);
      const end = line.next + each;
      for (const begin of line.waiting.slice(line.next, end)) begin();
      line.next = end;
      if (end < line.waiting.length) this.#lines.set(owner, line);
    }
    if (this.#lines.size > 0) setImmediate(() => this.#turn());
  }
}
