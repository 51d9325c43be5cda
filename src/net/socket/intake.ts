/**
 * Reads a plain TCP connection straight into memory of its owner's, a ring, where there is room in a row; else into memory
 * that all share and that is emptied at once. Trusted side. Made before the connection is, since Node takes the memory then.
 */
import type { OnReadOpts } from 'node:net';

/** Whoever takes the bytes. */
export interface Taker {
  /** Room for bytes that come next, a view of its own memory; null if there is none just now. */
  space(): Uint8Array | null;
  /** So many bytes have come into the room that was given last. */
  landed(count: number): void;
  /** Bytes have come that are only lent: what is kept of them is copied. */
  push(piece: Uint8Array): void;
}

const SHARED_BYTES = 65_536;
/** Empty between two reads, and read by one socket at a time: its bytes are taken before the next read begins. */
let shared: Buffer | null = null;

export class Intake {
  readonly onread: OnReadOpts;
  #taker: Taker | null = null;
  /** Where the next bytes go; null: into the shared memory. */
  #space: Uint8Array | null = null;
  /** What came before there was a taker. */
  readonly #early: Uint8Array[] = [];

  constructor() {
    this.onread = {
      buffer: () => this.#next(),
      callback: (count) => this.#arrived(count),
    };
  }

  /** From now on bytes go to this taker, those that have come first. The socket must be resumed after this. */
  attach(taker: Taker): void {
    this.#taker = taker;
    for (const piece of this.#early.splice(0)) taker.push(piece);
  }

  detach(): void {
    this.#taker = null;
  }

  #next(): Uint8Array {
    this.#space = this.#taker?.space() ?? null;
    shared ??= Buffer.allocUnsafeSlow(SHARED_BYTES);
    return this.#space ?? shared;
  }

  /** False makes Node stop reading until the socket is resumed; with a taker it is the taker who pauses. */
  #arrived(count: number): boolean {
    if (this.#taker === null) {
      this.#early.push(Buffer.from(shared?.subarray(0, count) ?? []));
      return false;
    }
    if (this.#space !== null) this.#taker.landed(count);
    else if (shared !== null) this.#taker.push(shared.subarray(0, count));
    return true;
  }
}
