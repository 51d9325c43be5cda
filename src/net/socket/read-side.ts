/**
 * The reading half of a socket: what has arrived, how the stream stands, and who waits. Trusted side. It knows nothing of
 * Node's sockets: bytes are pushed in from outside, and it says when they should stop and go on coming.
 *
 * A read is a question put to the buffer again and again until it has an answer, so one that is given up has taken
 * nothing. One read at a time: two would share the stream in an order that nobody chose.
 */
import { type CaspianError, SocketError } from '../../errors/classes.ts';
import { type Bounds, runStep } from '../dial/deadline.ts';
import { ReadBuffer } from './read-buffer.ts';

/** How the read side asks for more bytes or for fewer. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** That no more bytes will come: at the end of the stream, or by a failure. */
export interface StreamEnd {
  readonly failure: CaspianError | null;
}

/**
 * What a read makes of the buffer: an answer, undefined to wait for more, or an error. It takes bytes out only with an
 * answer. `end` is null while more may come; at an end without failure it must answer.
 */
export type Question<T> = (buffer: ReadBuffer, end: StreamEnd | null) => T | undefined;

/** Where bytes go as they come, in place of waiting here to be asked for: the ring of a script's thread. */
export interface Sink {
  /** Bytes in it that nobody has read. */
  readonly unread: number;
  /** Whether it has so little room that no more should come; it says to its reader that this waits, until it has room. */
  readonly full: boolean;
  /** Whether it has enough room for more to come again. */
  readonly roomy: boolean;
  /** Takes as many of the first bytes as there is room for, and says how many. */
  put(piece: Uint8Array): number;
  /** Room in a row, a view, where the next bytes may be written; null if there is none, or it may move. */
  space(): Uint8Array | null;
  /** So many bytes have been written there. */
  landed(count: number): void;
  /** Its reader is told that whoever fills it waits for room, or that it does no longer. */
  stall(stalled: boolean): void;
  /** Takes out what nobody has read. */
  takeBack(): Uint8Array;
  /** No more will come. What came before can still be read. */
  end(failure: CaspianError | null): void;
  /** Nothing in it counts any more. */
  close(): void;
}

interface Waiter {
  /** Puts the question again, after something has changed. */
  look(): void;
  fail(error: CaspianError): void;
}

export class ReadSide {
  readonly #buffer = new ReadBuffer();
  readonly #flow: Flow;
  readonly #readAhead: number;
  /** Called when a read that would have waited may be answered now. */
  readonly #changed: () => void;
  #end: StreamEnd | null = null;
  /** Raised whatever the buffer holds: the socket is closed, revoked, spent. */
  #closed: CaspianError | null = null;
  #discarding = false;
  #paused = false;
  #waiter: Waiter | null = null;
  /** How many bytes the waiting read needs to see at once. */
  #wanted = 0;
  #received = 0;
  #sink: Sink | null = null;

  constructor(flow: Flow, readAhead: number, changed: () => void = () => {}) {
    this.#flow = flow;
    this.#readAhead = readAhead;
    this.#changed = changed;
  }

  /** Whether a read of what is there would be answered at once: bytes, the end, an error. */
  get ready(): boolean {
    return this.unread > 0 || this.#end !== null || this.#closed !== null;
  }

  /** Bytes that have arrived so far, read or not. */
  get received(): number {
    return this.#received;
  }

  /** Bytes that have arrived and that nobody has read. */
  get unread(): number {
    return this.#buffer.size + (this.#sink?.unread ?? 0);
  }

  /** Whether a read is waiting. */
  get busy(): boolean {
    return this.#waiter !== null;
  }

  /** Bytes have come. */
  push(piece: Buffer): void {
    this.#received += piece.length;
    if (this.#discarding || this.#closed !== null) return;
    const taken = this.#sunk(piece);
    if (taken < piece.length) this.#buffer.push(taken === 0 ? piece : piece.subarray(taken));
    this.#took();
  }

  /** As `push`, of bytes that are only lent. */
  pushLent(piece: Uint8Array): void {
    this.#received += piece.length;
    if (this.#discarding || this.#closed !== null) return;
    const taken = this.#sunk(piece);
    if (taken < piece.length) this.#buffer.push(Buffer.from(piece.subarray(taken)));
    this.#took();
  }

  /** Room of the sink's that the next bytes may be read into; null: they are to be pushed. */
  space(): Uint8Array | null {
    const flows = !this.#discarding && this.#closed === null && this.#end === null && this.#buffer.size === 0;
    return flows ? (this.#sink?.space() ?? null) : null;
  }

  /** So many bytes have been read into that room. */
  landed(count: number): void {
    this.#received += count;
    if (this.#discarding || this.#closed !== null) return;
    this.#sink?.landed(count);
    this.#took();
  }

  /** How many of the first bytes the sink has taken. */
  #sunk(piece: Uint8Array): number {
    return this.#buffer.size === 0 ? (this.#sink?.put(piece) ?? 0) : 0;
  }

  #took(): void {
    this.#waiter?.look();
    this.#adjustFlow();
    this.#changed();
  }

  /** Takes out all that has arrived and that nobody has read. */
  takeAll(): Uint8Array {
    const here = this.#buffer.take(this.#buffer.size);
    return this.#sink === null ? here : Buffer.concat([this.#sink.takeBack(), here]);
  }

  /** From now on what comes goes to a sink, what lies here first. Reads are answered only when no more comes. */
  pipe(sink: Sink): void {
    this.#sink = sink;
    if (this.#closed !== null) sink.close();
    this.flow();
  }

  /** There may be room in the sink again. */
  flow(): void {
    const sink = this.#sink;
    if (sink === null || this.#closed !== null) return;
    for (let piece = this.#buffer.first; piece !== null; piece = this.#buffer.first) {
      const taken = sink.put(piece);
      this.#buffer.drop(taken);
      if (taken < piece.length) break;
    }
    this.#tellEnd();
    this.#adjustFlow();
  }

  /** The sink learns of the end after the last byte; not if it is closed, which says more (test/attacks/ring-revoked.test.ts). */
  #tellEnd(): void {
    if (this.#closed !== null) return;
    if (this.#end !== null && this.#buffer.size === 0) this.#sink?.end(this.#end.failure);
  }

  /** No more will come. A failure is raised when all that had come before it has been read. The first end counts. */
  end(failure: CaspianError | null): void {
    if (this.#end !== null) return;
    this.#end = { failure };
    this.#tellEnd();
    this.#waiter?.look();
    this.#changed();
  }

  /** From now on every read raises this, and so does the one that waits. What lies here is gone. */
  close(reason: CaspianError): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#buffer.drop(this.#buffer.size);
    this.#sink?.close();
    this.#waiter?.fail(reason);
    this.#changed();
  }

  /** Reads find the end from now on; what lies here and what comes is dropped. */
  discard(): void {
    this.#discarding = true;
    this.#end = { failure: null };
    this.#buffer.drop(this.#buffer.size);
    this.#tellEnd();
    this.#waiter?.look();
    this.#adjustFlow();
    this.#changed();
  }

  /**
   * Puts a question until it is answered. `wanted` is how many bytes it may need to see at once: as many are let in,
   * whatever the read-ahead. What can be answered is answered at once; `bounds` is asked for only if there is something
   * to wait for. Raises SocketError if another read is waiting.
   */
  read<T>(question: Question<T>, wanted: number, bounds: () => Bounds): T | Promise<T> {
    if (this.#waiter !== null) throw new SocketError('another read of this socket is waiting');
    if (this.#sink !== null && this.#end === null && this.#closed === null) {
      throw new SocketError('what this socket receives goes to a ring');
    }
    const answer = this.#ask(question);
    if (answer === undefined) return this.#wait(question, wanted, bounds());
    this.#adjustFlow();
    return answer;
  }

  #wait<T>(question: Question<T>, wanted: number, bounds: Bounds): Promise<T> {
    return runStep<T>(bounds, ({ done, failed }) => {
      const fail = (error: unknown): void => {
        this.#stopWaiting();
        failed(error);
      };
      const look = (): void => {
        try {
          const answer = this.#ask(question);
          if (answer === undefined) return;
          this.#stopWaiting();
          done(answer);
        } catch (error) {
          fail(error);
        }
      };
      this.#waiter = { look, fail };
      this.#wanted = wanted;
      this.#adjustFlow();
      return () => this.#stopWaiting();
    });
  }

  #stopWaiting(): void {
    this.#waiter = null;
    this.#wanted = 0;
    this.#adjustFlow();
  }

  #ask<T>(question: Question<T>): T | undefined {
    if (this.#closed !== null) throw this.#closed;
    const answer = question(this.#buffer, this.#end);
    if (answer === undefined && this.#end?.failure) throw this.#end.failure;
    return answer;
  }

  /**
   * Stops at the read-ahead (or at what a read needs to see), goes on when half of it has been read. With a sink it is the
   * sink's room that counts, and that all that is here has gone there.
   */
  #adjustFlow(): void {
    const sink = this.#discarding ? null : this.#sink;
    const { size } = this.#buffer;
    const limit = Math.max(this.#readAhead, this.#wanted);
    if (!this.#paused) {
      if (sink === null ? size < limit : size === 0 && !sink.full) return;
      this.#paused = true;
      sink?.stall(true);
      this.#flow.pause();
    } else if (sink === null ? size < limit / 2 || size < this.#wanted : size === 0 && sink.roomy) {
      this.#paused = false;
      sink?.stall(false);
      this.#flow.resume();
    }
  }
}
