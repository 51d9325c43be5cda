/**
 * A response's body on its way into a ring. Trusted side. The server waits while the ring is full; the script says when
 * there is room again.
 */
import { LimitReachedError, SocketError } from '../../errors/classes.ts';
import { RingState, Waits } from '../../wire/ring.ts';
import type { Sink, Source } from '../http/body.ts';
import { free } from '../http/lent.ts';
import type { HeaderLine, HttpResponse } from '../http/response.ts';
import { MAX_BLOCKS } from './arena.ts';
import type { LentRing, Rings } from './rings.ts';

/** Most bytes of a piece that crosses by itself. */
const MAX_PIECE = 1_048_576;

export class BodyStream implements Sink {
  readonly #response: HttpResponse;
  readonly #rings: Rings;
  /** Tells the script's thread that something has happened. */
  readonly #bump: () => void;
  #ring: LentRing | null = null;
  #source: Source | null = null;
  /** What did not fit into the ring, in memory of its own, and how much of it has gone in since. */
  #rest: Uint8Array | null = null;
  #restSent = 0;
  #end: 'open' | 'ended' | { readonly error: unknown } = 'open';

  constructor(response: HttpResponse, rings: Rings, bump: () => void) {
    this.#response = response;
    this.#rings = rings;
    this.#bump = bump;
  }

  /** As the server stated it, decoded; null if it did not. */
  get length(): number | null {
    return this.#response.expectedLength;
  }

  /** Begins to fill a ring, if one is free, and returns its number; null if none is. */
  tryOpen(): number | null {
    if (this.#ring === null) {
      this.#ring = this.#rings.lend();
      if (this.#ring !== null) this.#source = this.#response.pipe(this);
    }
    return this.#ring?.number ?? null;
  }

  /** As `tryOpen`, for a script that reads now. Raises LimitReachedError if no ring is free. */
  open(): number {
    const number = this.tryOpen();
    if (number !== null) return number;
    throw new LimitReachedError(
      `the script has ${MAX_BLOCKS} MiB of bodies and sockets open at once, the most it may`,
      {
        hint: 'read a body to its end, or close it, before reading more',
      },
    );
  }

  /** The next piece by itself, for who shares no memory with us; null at the end. At most `max` bytes, and 1 MiB. */
  async read(max: number): Promise<Uint8Array | null> {
    if (this.#source !== null) throw new SocketError('the body is on its way into a ring');
    const piece = await this.#response.read({ max: Math.min(Math.max(1, max), MAX_PIECE) });
    if (piece === null) this.#end = 'ended';
    return piece;
  }

  /** There is room again. Raises what broke the body, if anything has. */
  resume(): void {
    const ring = this.#ring;
    if (ring === null) throw new SocketError('the body has not been opened');
    if (typeof this.#end === 'object') throw this.#end.error;
    if (this.#rest !== null) {
      this.#restSent += this.#put(this.#rest, this.#restSent);
      if (this.#restSent < this.#rest.length) return;
      free(this.#rest);
      this.#rest = null;
    }
    ring.writer.stall(Waits.NO);
    if (this.#end === 'ended') ring.writer.finish(RingState.ENDED);
    else this.#source?.resume();
  }

  /** What came after the body. Raises what broke it, if anything has. */
  finish(): HeaderLine[] {
    if (typeof this.#end === 'object') throw this.#end.error;
    return this.#response.trailerLines();
  }

  /** Ends the body wherever it is, and gives the ring back. */
  close(): void {
    if (this.#end === 'open') {
      if (this.#source === null) void this.#response.close();
      else this.#source.cancel(new SocketError('the body was closed before its end'));
    }
    if (this.#ring !== null) this.#rings.giveBack(this.#ring);
    this.#ring = null;
    this.#rest = null;
  }

  write(chunk: Uint8Array): boolean {
    const written = this.#put(chunk, 0);
    if (written === chunk.length) return true;
    // A copy: the chunk is lent, and `slice` of a Buffer would be a view of it.
    this.#rest = new Uint8Array(chunk.subarray(written));
    this.#restSent = 0;
    this.#ring?.writer.stall(Waits.YES);
    this.#bump();
    return false;
  }

  /** Puts as much as fits into the ring, and returns how many bytes. */
  #put(chunk: Uint8Array, from: number): number {
    // Without a ring nobody reads any more.
    if (this.#ring === null) return chunk.length - from;
    const written = this.#ring.writer.write(chunk, from);
    if (written > 0 && this.#ring.writer.satisfies) this.#bump();
    return written;
  }

  end(): void {
    this.#end = 'ended';
    // What did not fit goes first: `resume` says then that the body has ended.
    if (this.#rest === null) this.#finish(RingState.ENDED);
  }

  fail(error: unknown): void {
    this.#end = { error };
    this.#finish(RingState.FAILED);
  }

  #finish(state: number): void {
    this.#ring?.writer.finish(state);
    this.#bump();
  }
}
