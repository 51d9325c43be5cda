/**
 * A socket's data between the kernel and a script's thread: what arrives is read ahead into one ring, what the script
 * writes into another is sent. Trusted side; the words of both rings can be changed by a hostile thread at any time, which
 * harms its own link alone. Beyond its data a socket is served by calls; so are its end and its failures.
 */
import type { CaspianError } from '../../errors/classes.ts';
import type { SocketRings } from '../../wire/records.ts';
import { RingDrain, RingState, RingWriter, Waits } from '../../wire/ring.ts';
import { viewIncoming, viewOutgoing } from '../../wire/slots.ts';
import type { Sink } from '../socket/read-side.ts';
import type { TcpSocket } from '../socket/tcp-socket.ts';
import type { Source } from '../socket/write-side.ts';
import { type Arena, type Block, bytesOf, copyBytes, type Piece } from './arena.ts';

/** What is given to the system at once. */
const PIECE_BYTES = 262_144;
/** What is read at once. */
const MOST_READ = 262_144;
/** A ring grows by this factor, so that it takes few steps from the first size to the last. */
const GROWTH = 4;

export interface StreamParts {
  readonly socket: TcpSocket;
  readonly arena: Arena;
  readonly slots: Block;
  readonly slot: number;
  readonly incoming: Piece;
  readonly outgoing: Piece;
  /** Tells the script's thread that something it may wait for has happened. */
  readonly bump: () => void;
  /** The script is likely to ring or to ask very soon. */
  readonly expect: () => void;
}

export class SocketStream implements Sink, Source {
  readonly #parts: StreamParts;
  readonly #in: RingWriter;
  readonly #out: RingDrain;
  #incoming: Piece;
  #outgoing: Piece;
  /** Memory that the ring has left and that the system may still be reading from. */
  readonly #left: Piece[] = [];
  #pouring = false;
  /** Bytes that the script has taken out of the ring without reading them. */
  #carried: Uint8Array = new Uint8Array(0);
  /** Whether the script has been offered a larger ring to receive into. */
  #offers = false;
  /** Whether a larger ring may be had. */
  #grows = true;

  constructor(parts: StreamParts) {
    const { slots, slot, incoming, outgoing, socket } = parts;
    this.#parts = parts;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    const { memory } = slots;
    this.#in = new RingWriter({ words: viewIncoming(memory, slot), bytes: bytesOf(incoming) }, copyBytes);
    this.#out = new RingDrain({ words: viewOutgoing(memory, slot), bytes: bytesOf(outgoing) }, copyBytes);
    this.#in.reset();
    this.#out.reset();
    socket.pipe(this, this);
  }

  /** Where the script finds the rings. */
  get record(): SocketRings {
    const { slots, slot } = this.#parts;
    return { slots: slots.number, slot, incoming: placeOf(this.#incoming), outgoing: placeOf(this.#outgoing) };
  }

  /** The script has rung: it has read, or written. */
  serve(): void {
    this.#parts.socket.flow();
    this.drain();
  }

  /** Sends what the script has written. */
  drain(): void {
    if (this.#pouring || this.#out.unread === 0) return;
    this.#pouring = true;
    this.#out.stall(Waits.NO);
    const done = (): void => {
      this.#pouring = false;
    };
    const pouring = this.#parts.socket.pour();
    if (pouring === null) done();
    // Why it can't go on is told by the call that the script makes when it finds the ring closed.
    else pouring.then(done, () => this.endSending());
  }

  /** The script gives back what it has taken out of the ring and not read: the first of what is unread. */
  carry(bytes: Uint8Array): void {
    this.#carried = bytes;
  }

  /**
   * Makes a ring larger, while the script's thread waits for just that. Where it is now; null if it is as large as it
   * gets, or there is no memory left.
   */
  grow(direction: 'send' | 'recv'): readonly number[] | null {
    const { arena, socket } = this.#parts;
    // The system may be about to write into a ring that was not offered.
    if (direction === 'recv' && !this.#offers) return null;
    const old = direction === 'recv' ? this.#incoming : this.#outgoing;
    const size = Math.min(old.size * GROWTH, arena.blockBytes);
    const piece = size > old.size ? arena.lend(size) : null;
    if (piece === null) {
      if (direction === 'recv') this.#keepSize();
      return null;
    }
    if (direction === 'recv') {
      this.#in.moveTo(bytesOf(piece));
      this.#incoming = piece;
      this.#offers = false;
      arena.giveBack(old);
      socket.flow();
    } else {
      this.#out.moveTo(bytesOf(piece));
      this.#outgoing = piece;
      if (this.#pouring) this.#left.push(old);
      else arena.giveBack(old);
    }
    return placeOf(piece);
  }

  /** There is no larger ring to receive into: the script reads on in the one it has. */
  #keepSize(): void {
    this.#grows = false;
    this.stall(true);
  }

  /** Gives the memory back. The connection must be closed, so that the system reads and writes nothing there. */
  release(): void {
    this.close();
    for (const piece of [this.#incoming, this.#outgoing, ...this.#left]) this.#parts.arena.giveBack(piece);
  }

  get unread(): number {
    return this.#in.unread;
  }

  put(piece: Uint8Array): number {
    const taken = this.#in.write(piece);
    this.#tell();
    return taken;
  }

  get full(): boolean {
    return this.#in.room < this.#in.size / 4;
  }

  get roomy(): boolean {
    return this.#in.room >= this.#in.size / 2;
  }

  space(): Uint8Array | null {
    // A ring that may move is left alone: the room that is given here would be used later.
    return this.#offers ? null : this.#in.space(MOST_READ);
  }

  landed(count: number): void {
    this.#in.landed(count);
    this.#tell();
  }

  /** Wakes a script that waits for what is here now. It is likely to ask for something next. */
  #tell(): void {
    if (!this.#in.isWanted) return;
    this.#parts.bump();
    this.#parts.expect();
  }

  stall(stalled: boolean): void {
    this.#offers = stalled && this.#grows && this.#in.size < this.#parts.arena.blockBytes;
    this.#in.stall(this.#offers ? Waits.GROW : stalled ? Waits.YES : Waits.NO);
    if (stalled) this.#parts.bump();
  }

  takeBack(): Uint8Array {
    return Buffer.concat([this.#carried, this.#in.copyUnread()]);
  }

  end(failure: CaspianError | null): void {
    this.#in.finish(failure === null ? RingState.ENDED : RingState.FAILED);
    if (failure === null) this.#parts.bump();
    else this.endSending();
  }

  close(): void {
    this.#in.finish(RingState.CLOSED);
    this.endSending();
  }

  get room(): number {
    return this.#out.size - this.#out.unread;
  }

  next(): Uint8Array | null {
    let view = this.#out.peek(PIECE_BYTES);
    if (view === null) {
      // It says that it waits, and looks again: the script writes first and looks whether the kernel waits afterwards.
      this.#out.stall(Waits.YES);
      view = this.#out.peek(PIECE_BYTES);
      if (view === null) return null;
      this.#out.stall(Waits.NO);
    }
    return view;
  }

  taken(count: number): void {
    this.#out.take(count);
    for (const piece of this.#left.splice(0)) this.#parts.arena.giveBack(piece);
    if (this.#out.satisfies) this.#parts.bump();
  }

  /** Takes no more: the script is told by a call why. */
  endSending(): void {
    this.#out.finish(RingState.CLOSED);
    this.#parts.bump();
  }
}

/** A piece as it crosses: the number of its block, where it begins, its size. */
function placeOf({ block, at, size }: Piece): readonly [block: number, at: number, size: number] {
  return [block.number, at, size];
}
