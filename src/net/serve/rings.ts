/**
 * The rings of one link: shared memory that bodies come through, made when first needed and used again. Trusted side.
 */
import type { RingMessage } from '../../wire/records.ts';
import { createRing, RingWriter } from '../../wire/ring.ts';

/** A body's ring: a fast server fills it while the script's thread empties it. */
const RING_BYTES = 1_048_576;
/** Most rings of a link at once: 64 MiB of memory, of which only what is used is ever taken. */
export const MAX_RINGS = 64;

export interface LentRing {
  readonly number: number;
  readonly writer: RingWriter;
}

export class Rings {
  readonly #send: (message: RingMessage) => void;
  readonly #free: LentRing[] = [];
  readonly #ringBytes: number;
  #made = 0;

  /** `send` brings a new ring's memory to the script's thread, before its number is first named. */
  constructor(send: (message: RingMessage) => void, ringBytes: number = RING_BYTES) {
    this.#send = send;
    this.#ringBytes = ringBytes;
  }

  /** Whether any ring is in use. */
  get lent(): boolean {
    return this.#made > this.#free.length;
  }

  /** A ring for one stream; null if all are in use. */
  lend(): LentRing | null {
    const ring = this.#free.pop() ?? (this.#made < MAX_RINGS ? this.#make() : null);
    ring?.writer.reset();
    return ring;
  }

  giveBack(ring: LentRing): void {
    this.#free.push(ring);
  }

  #make(): LentRing {
    const memory = createRing(this.#ringBytes);
    const number = this.#made++;
    this.#send({ ring: number, memory });
    return { number, writer: new RingWriter(memory, copyBytes) };
  }
}

/**
 * Several times faster than TypedArray.set where one side is shared memory. Node calls just that for a whole source, so
 * the last byte is copied apart.
 */
function copyBytes(source: Uint8Array, target: Uint8Array, targetStart: number, start: number, end: number): void {
  const last = end - 1;
  if (last > start) Buffer.prototype.copy.call(source, target, targetStart, start, last);
  target[targetStart + last - start] = source[last] ?? 0;
}
