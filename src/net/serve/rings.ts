/**
 * The rings that the bodies of one link come through, made when first needed and used again. Trusted side.
 */
import { RingWriter, viewRing } from '../../wire/ring.ts';
import { type Arena, copyBytes } from './arena.ts';

export interface LentRing {
  readonly number: number;
  readonly writer: RingWriter;
}

export class Rings {
  readonly #arena: Arena;
  readonly #free: LentRing[] = [];
  #made = 0;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Whether any ring is in use. */
  get lent(): boolean {
    return this.#made > this.#free.length;
  }

  /** A ring for one stream; null if all are in use. */
  lend(): LentRing | null {
    const ring = this.#free.pop() ?? this.#make();
    ring?.writer.reset();
    return ring;
  }

  giveBack(ring: LentRing): void {
    this.#free.push(ring);
  }

  #make(): LentRing | null {
    const block = this.#arena.makeBlock();
    if (block === null) return null;
    this.#made += 1;
    return { number: block.number, writer: new RingWriter(viewRing(block.memory), copyBytes) };
  }
}
