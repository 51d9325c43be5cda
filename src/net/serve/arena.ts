/**
 * The shared memory of one link beside its mailbox: blocks that are made when first needed, sent to the script's thread
 * under a number, and never given back before the link ends, since that thread could keep them. Trusted side. Sockets
 * cut rings out of blocks; a body takes one whole. When all are in use nobody gets more.
 */
import type { RingMessage } from '../../wire/records.ts';
import { type CopyBytes, RING_HEADER_BYTES } from '../../wire/ring.ts';

/** A block, and so the largest ring: a fast peer fills it while the script's thread empties it. */
export const BLOCK_BYTES = 1_048_576;
/** Most blocks of a link: 64 MiB, of which only what is used is ever taken from the system. */
export const MAX_BLOCKS = 64;
/** What a socket's ring begins with. */
export const FIRST_RING_BYTES = 16_384;

/** Memory that the script's thread has been sent under `number`. */
export interface Block {
  readonly number: number;
  readonly memory: SharedArrayBuffer;
}

/** A piece of a block. */
export interface Piece {
  readonly block: Block;
  readonly at: number;
  readonly size: number;
}

export class Arena {
  readonly #send: (message: RingMessage) => void;
  /** The bytes of a block that are for rings. */
  readonly blockBytes: number;
  /** The smallest piece. */
  readonly pieceBytes: number;
  /** By size, the pieces that nobody uses: where each begins, by block. */
  readonly #free = new Map<number, Piece[]>();
  readonly #maxBlocks: number;
  #numbers = 0;
  #blocks = 0;

  /** `send` brings a block to the script's thread, before its number is first named. `maxBlocks`: 0 shares none. */
  constructor(send: (message: RingMessage) => void, blockBytes: number = BLOCK_BYTES, maxBlocks: number = MAX_BLOCKS) {
    this.#send = send;
    this.#maxBlocks = maxBlocks;
    this.blockBytes = blockBytes;
    this.pieceBytes = Math.min(FIRST_RING_BYTES, blockBytes);
  }

  /** Shared memory that is none of the blocks. */
  add(memory: SharedArrayBuffer): Block {
    const number = this.#numbers++;
    this.#send({ ring: number, memory });
    return { number, memory };
  }

  /** A new block for one user, with room for a ring's words; null if there are as many as there may be. */
  makeBlock(): Block | null {
    if (this.#blocks >= this.#maxBlocks) return null;
    this.#blocks += 1;
    return this.add(new SharedArrayBuffer(RING_HEADER_BYTES + this.blockBytes));
  }

  /** `size` bytes, a power of two from the smallest piece to a block; null if that much is not left in one piece. */
  lend(size: number): Piece | null {
    const free = this.#freeOf(size).pop();
    if (free !== undefined) return free;
    const larger = size >= this.blockBytes ? this.#newPiece() : this.lend(size * 2);
    if (larger === null || larger.size === size) return larger;
    // Halved: the second half lies free until somebody wants it, or the first comes back.
    this.#freeOf(size).push({ ...larger, size, at: larger.at + size });
    return { ...larger, size };
  }

  /** Takes a piece back, and joins it with its other half where that lies free too. */
  giveBack(piece: Piece): void {
    const { block, at, size } = piece;
    const free = this.#freeOf(size);
    const other = free.findIndex((each) => each.block === block && each.at === (at ^ size));
    if (other === -1 || size >= this.blockBytes) {
      free.push(piece);
      return;
    }
    free.splice(other, 1);
    this.giveBack({ block, size: size * 2, at: at & ~size });
  }

  #newPiece(): Piece | null {
    const block = this.makeBlock();
    return block === null ? null : { block, at: 0, size: this.blockBytes };
  }

  #freeOf(size: number): Piece[] {
    let free = this.#free.get(size);
    if (free === undefined) {
      free = [];
      this.#free.set(size, free);
    }
    return free;
  }
}

/** The bytes of a piece. A Buffer, so that views of it are some: Node would make one of anything else that is sent. */
export function bytesOf({ block, at, size }: Piece): Uint8Array<SharedArrayBuffer> {
  return Buffer.from(block.memory, RING_HEADER_BYTES + at, size);
}

/**
 * Several times faster than TypedArray.set where one side is shared memory. Node calls just that for a whole source, so
 * the last byte is copied apart.
 */
export const copyBytes: CopyBytes = (source, target, targetStart, start, end) => {
  const last = end - 1;
  if (last > start) Buffer.prototype.copy.call(source, target, targetStart, start, last);
  target[targetStart + last - start] = source[last] ?? 0;
};
