/**
 * A body that comes by calls, each bringing a piece: for a guest that shares no memory with the kernel. Powerless.
 */
import type { WireValue } from '../wire/codec.ts';
import type { KernelBody } from './body-stream.ts';
import { expectBytesOrNull, type Session } from './session.ts';

/** Most bytes of one piece. */
const PIECE_BYTES = 1_048_576;

export class BodyCalls {
  readonly #session: Session;
  readonly #handle: number;
  readonly #timeout: number | null;
  #trailers: WireValue = null;

  /** Reads the body behind a handle. `timeout`: seconds until the kernel ends it, null: no limit. */
  constructor(session: Session, { handle }: KernelBody, timeout: number | null) {
    this.#session = session;
    this.#handle = handle;
    this.#timeout = timeout;
  }

  /** The trailer lines as they crossed; null before the body's end. */
  get trailers(): WireValue {
    return this.#trailers;
  }

  /** All of it, in one piece of memory. Raises what broke the body. */
  whole(): Uint8Array {
    const pieces = [...this.pieces()];
    const [only] = pieces;
    if (only !== undefined && pieces.length === 1) return only;
    const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  /** Piece by piece, each as it arrives. Leaving the loop early closes the body. */
  *pieces(): Generator<Uint8Array> {
    let open = true;
    try {
      for (let piece = this.#next(); piece !== null; piece = this.#next()) yield piece;
      open = false;
      this.#trailers = this.#session.call('body.finish', this.#handle, []);
    } finally {
      if (open) this.#session.call('release', this.#handle, []);
    }
  }

  #next(): Uint8Array | null {
    return expectBytesOrNull(this.#session.call('body.read', this.#handle, [PIECE_BYTES], this.#timeout), 'body');
  }
}
