/**
 * What the requests and results of one `fetch_all` may hold of the kernel's memory, however its caller mixes them. Trusted
 * side, pure. SECURITY: counted over all at once, as bytes come (test/attacks/fetch-all-memory.test.ts).
 */
import { TooLargeError } from '../../errors/classes.ts';
import { Allowance } from '../allowance.ts';
import type { Room } from './body.ts';
import { type HttpResponse, MAX_IN_MEMORY } from './response.ts';

/** Heads whose responses were not taken, in bytes: one of 64 KiB may be thousands of objects. */
const MAX_HEADS = 67_108_864;
/** What a text in a head costs beside its characters, at most. */
const TEXT_BYTES = 64;
/** Requests that are not over: what is handed over beyond waits. */
const MAX_PENDING = 268_435_456;

function headBytes({ headSize: { texts, chars } }: HttpResponse): number {
  return texts * TEXT_BYTES + chars;
}

function tooLarge(what: string, limit: number): TooLargeError {
  return new TooLargeError(`${what} of fetch_all are larger than ${limit} bytes together`, { operation: 'fetch_all' });
}

/** Requests that came together, whose memory comes free together. */
interface Piece {
  readonly bytes: number;
  left: number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** For requests, from when they are handed over until they are over. */
export class RequestRoom {
  /** By the place of each request. */
  readonly #pieces = new Map<number, Piece>();
  #held = 0;
  #waiter: Waiter | null = null;

  /** What requests from `first` on hold together. */
  hold(first: number, count: number, bytes: number): void {
    if (count === 0) return;
    const piece = { bytes, left: count };
    this.#held += bytes;
    for (let at = first; at < first + count; at++) this.#pieces.set(at, piece);
  }

  /** A request is over, and perhaps the last of its piece. */
  over(at: number): void {
    const piece = this.#pieces.get(at);
    this.#pieces.delete(at);
    if (piece === undefined || --piece.left > 0) return;
    this.#held -= piece.bytes;
    this.#waiter?.resolve();
    this.#waiter = null;
  }

  get isWaitedFor(): boolean {
    return this.#waiter !== null;
  }

  /** One that is larger than all there is has it alone. */
  has(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= MAX_PENDING;
  }

  /** Until so many bytes may be held. One waits at a time. Rejects with what `fail` says. */
  async wait(bytes: number): Promise<void> {
    while (!this.has(bytes)) {
      await new Promise<void>((resolve, reject) => {
        this.#waiter = { resolve, reject };
      });
    }
  }

  fail(reason: unknown): void {
    this.#waiter?.reject(reason);
    this.#waiter = null;
  }
}

/** For responses, from their heads on until somebody has taken them. */
export class ResultRoom {
  readonly #own = new Allowance(MAX_IN_MEMORY);
  readonly #heads = new Allowance(MAX_HEADS);
  readonly #shared: Allowance | undefined;
  readonly #bodies: Room = {
    has: (bytes) => this.#own.has(bytes) && this.#shared?.has(bytes) !== false,
    take: (bytes) => {
      if (!this.#bodies.has(bytes)) return false;
      this.#shared?.take(bytes);
      return this.#own.take(bytes);
    },
    give: (bytes) => {
      this.#shared?.give(bytes);
      this.#own.give(bytes);
    },
  };

  /** `shared`: what bodies may hold beside those of other lists. */
  constructor(shared: Allowance | undefined) {
    this.#shared = shared;
  }

  /** Reads a body to its end, and gives what the head takes: for `giveHead`. Raises TooLargeError. */
  async read(response: HttpResponse): Promise<number> {
    const before = headBytes(response);
    if (!this.#heads.take(before)) {
      void response.close();
      throw tooLarge('the headers', MAX_HEADS);
    }
    try {
      await response.readAheadInto(this.#bodies, () => tooLarge('the bodies', MAX_IN_MEMORY));
      const head = headBytes(response);
      // With the trailers.
      if (this.#heads.take(head - before)) return head;
      this.#bodies.give(response.expectedLength ?? 0);
      throw tooLarge('the headers', MAX_HEADS);
    } catch (error) {
      this.#heads.give(before);
      throw error;
    }
  }

  giveHead(bytes: number): void {
    this.#heads.give(bytes);
  }

  /** Nobody takes that response any more: other lists may have what its body held. */
  giveBody(response: HttpResponse): void {
    this.#shared?.give(response.expectedLength ?? 0);
  }
}
