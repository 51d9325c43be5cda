/**
 * A body that comes through a ring: the kernel writes it in as it arrives, and the script's thread reads it out without
 * a call for each piece. Powerless.
 */
import { ConnectionResetError } from '../errors/classes.ts';
import type { WireValue } from '../wire/codec.ts';
import { type RingReader, RingState } from '../wire/ring.ts';
import { expectNumber, type Session } from './session.ts';

/** Most bytes of one piece. */
const PIECE_BYTES = 262_144;
/** A stated length up to which memory is set aside at once. */
const MAX_AHEAD = 16_777_216;

/** A body that is in the kernel's hands. */
export interface KernelBody {
  readonly handle: number;
  /** The ring that it is on its way into; null where the kernel had none free when the headers came. */
  readonly ring: number | null;
  /** As the server stated it; null if it did not. */
  readonly length: number | null;
}

export class BodyStream {
  readonly #session: Session;
  readonly #handle: number;
  readonly #timeout: number | null;
  readonly #ring: RingReader;
  /** As the server stated it; null if it did not. */
  readonly #length: number | null;
  #trailers: WireValue = null;

  /** Reads the body behind a handle. `timeout`: seconds until the kernel ends it, null: no limit. */
  constructor(session: Session, { handle, ring, length }: KernelBody, timeout: number | null) {
    this.#session = session;
    this.#handle = handle;
    this.#timeout = timeout;
    this.#ring = session.ring(ring ?? expectNumber(session.call('body.open', handle, []), 'body'));
    this.#length = length;
  }

  /** The trailer lines as they crossed; null before the body's end. */
  get trailers(): WireValue {
    return this.#trailers;
  }

  /** All of it, in one piece of memory. Raises what broke the body. */
  whole(): Uint8Array {
    let target = new Uint8Array(Math.min(this.#length ?? PIECE_BYTES, MAX_AHEAD));
    let size = 0;
    while (this.#wait(this.#length === null ? PIECE_BYTES : Math.min(this.#length - size, PIECE_BYTES))) {
      if (size === target.length) target = grown(target);
      size += this.#ring.read(target, size, target.length);
    }
    if (this.#length !== null && size !== this.#length) {
      throw new ConnectionResetError(`the body ended after ${size} of ${this.#length} bytes`, { operation: 'fetch' });
    }
    return size === target.length ? target : target.slice(0, size);
  }

  /** Piece by piece, each as it arrives. Leaving the loop early closes the body. */
  *pieces(): Generator<Uint8Array> {
    let open = true;
    try {
      while (this.#wait(1)) {
        const piece = new Uint8Array(Math.min(PIECE_BYTES, this.#ring.unread));
        this.#ring.read(piece, 0, piece.length);
        yield piece;
      }
      open = false;
    } finally {
      if (open) this.#session.call('release', this.#handle, []);
    }
  }

  /**
   * Blocks until there is something to read, `wanted` bytes of it if they are to come; false at the end, when the kernel
   * has the ring back.
   */
  #wait(wanted: number): boolean {
    const ring = this.#ring;
    ring.want(wanted);
    for (;;) {
      if (ring.wantsResume) this.#session.call('body.resume', this.#handle, []);
      // The state first: the kernel writes the last bytes before it says that they were the last.
      const { state } = ring;
      if (ring.unread > 0) return true;
      if (state !== RingState.OPEN) break;
      this.#session.waitForRing(ring, this.#timeout);
    }
    // A body that broke raises here what broke it.
    this.#trailers = this.#session.call('body.finish', this.#handle, []);
    return false;
  }
}

function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(PIECE_BYTES, bytes.length * 2));
  larger.set(bytes);
  return larger;
}
