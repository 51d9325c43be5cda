/**
 * Lets operations begin: of one owner a few in a turn of the event loop, and the rest in later turns, one owner after
 * another, so that who starts thousands at once takes small slices of the loop in place of all of it. Whose operations
 * fail by the dozen has fewer still while others use the loop. Trusted side.
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
/** So many of one owner that fail hold up its next ones until so long after the first, where others use the loop. */
const MOST_FAILED = 4;
const FAILED_MS = 1;

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
  /** How many of each owner have failed of late. */
  readonly #failed = new Map<string, number>();
  /** Whether the next turn is on its way. */
  #turning = false;
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
    if (begun < this.#slice.atOnce && !this.#isHeld(owner)) {
      this.#begun.set(owner, begun + 1);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#lines.set(owner, { waiting: [resolve], next: 0 });
      this.#turnSoon();
    });
  }

  /** An operation of that owner has failed: what costs nobody else anything can be asked for without end. */
  failed(owner: string): void {
    if (this.#failed.size === 0) {
      // Not the clock's: what is held up would not keep the process alive.
      setTimeout(() => {
        this.#failed.clear();
        this.#turnSoon();
      }, FAILED_MS);
    }
    this.#failed.set(owner, (this.#failed.get(owner) ?? 0) + 1);
  }

  #isHeld(owner: string): boolean {
    return (this.#failed.get(owner) ?? 0) >= MOST_FAILED && this.#company.isThere;
  }

  get #slice(): Slice {
    return this.#company.isThere ? IN_COMPANY : ALONE;
  }

  #turnSoon(): void {
    if (this.#turning || this.#lines.size === 0) return;
    this.#turning = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#turning = false;
    this.#begun.clear();
    const { inATurn } = this.#slice;
    const lines = this.#first(inATurn);
    // Those that are held go on when it is forgotten what has failed.
    if (lines.length === 0) return;
    const each = Math.ceil(inATurn / lines.length);
    for (const [owner, line] of lines) {
      this.#lines.delete(owner);
      const end = line.next + each;
      for (const begin of line.waiting.slice(line.next, end)) begin();
      line.next = end;
      forgetBegun(line);
      if (line.waiting.length > 0) this.#lines.set(owner, line);
    }
    this.#turnSoon();
  }

  /** The lines whose turn it is, at most so many: none that is held. */
  #first(most: number): [string, Line][] {
    const lines: [string, Line][] = [];
    for (const line of this.#lines) {
      if (lines.length === most) break;
      if (!this.#isHeld(line[0])) lines.push(line);
    }
    return lines;
  }
}

/** SECURITY: a line may never be empty (test/attacks/turnstile-memory.test.ts). What is moved is less than what is forgotten. */
function forgetBegun(line: Line): void {
  if (line.next * 2 < line.waiting.length) return;
  line.waiting.splice(0, line.next);
  line.next = 0;
}
