/**
 * The words of a link's sockets, which both sides read: a slot for each, with the words of its two rings, and a bell that
 * the script rings for it. Crosses. The bytes of the rings lie elsewhere, since rings grow and their words stay.
 *
 * A bell is a bit of its slot. Above the bits stands a word of the link's own (`BELLS` in layout.ts): a bit for each word
 * of bits, so that the kernel looks at one word to know that nobody has rung.
 */
import { RING_HEADER_BYTES, viewHeader } from './ring.ts';

/** Sockets of a link that have rings; what is over has none. */
export const MAX_SLOTS = 1_024;

const BITS = 32;
const BELL_BYTES = (MAX_SLOTS / BITS) * 4;
/** The words of the ring that the kernel writes, then those of the ring that the script writes. */
const SLOT_BYTES = 2 * RING_HEADER_BYTES;

/** Shared memory for all slots of a link, all words zero. */
export function createSlots(): SharedArrayBuffer {
  return new SharedArrayBuffer(BELL_BYTES + MAX_SLOTS * SLOT_BYTES);
}

/** The words of a slot's ring to the script. */
export function viewIncoming(slots: SharedArrayBuffer, slot: number): Int32Array<SharedArrayBuffer> {
  return viewHeader(slots, BELL_BYTES + slot * SLOT_BYTES);
}

/** The words of a slot's ring from the script. */
export function viewOutgoing(slots: SharedArrayBuffer, slot: number): Int32Array<SharedArrayBuffer> {
  return viewHeader(slots, BELL_BYTES + slot * SLOT_BYTES + RING_HEADER_BYTES);
}

/** The bells of all slots. `summary`: where the link's own word stands. */
export class Bells {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #at: number;
  readonly #bits: Int32Array<SharedArrayBuffer>;

  constructor(slots: SharedArrayBuffer, words: Int32Array<SharedArrayBuffer>, at: number) {
    this.#bits = new Int32Array(slots, 0, MAX_SLOTS / BITS);
    this.#words = words;
    this.#at = at;
  }

  /** The script rings. The summary comes last: who sees it finds the bit. */
  ring(slot: number): void {
    const group = slot >>> 5;
    Atomics.or(this.#bits, group, 1 << (slot & 31));
    Atomics.or(this.#words, this.#at, 1 << group);
  }

  /** The kernel takes all that have rung, once each. */
  answer(serve: (slot: number) => void): void {
    for (let groups = Atomics.exchange(this.#words, this.#at, 0); groups !== 0; groups &= groups - 1) {
      const group = 31 - Math.clz32(groups & -groups);
      for (let bits = Atomics.exchange(this.#bits, group, 0); bits !== 0; bits &= bits - 1) {
        serve(group * BITS + 31 - Math.clz32(bits & -bits));
      }
    }
  }
}
