/**
 * The writing half of a socket, over a connection of the dialler's. Trusted side. A write is over when the system has
 * the bytes; until then the caller waits, so that memory does not grow with what a slow peer leaves lying.
 */
import { type CaspianError, SocketError } from '../../errors/classes.ts';
import type { Connection } from '../dial/connection.ts';
import { type Bounds, runStep } from '../dial/deadline.ts';

/** What is given to the system at once. A write that is given up sends no further pieces. */
export const PIECE_SIZE = 262_144;

/** Someone who waits: for as many pieces as this to be taken, or for the end of the stream. */
interface Waiter {
  readonly pieces: number;
  done(): void;
  fail(error: CaspianError): void;
}

export class WriteSide {
  readonly #connection: Connection;
  readonly #waiting = new Set<Waiter>();
  /** Raised by every write from now on. */
  #closed: CaspianError | null = null;
  #ending = false;
  #begun = 0;
  #taken = 0;
  #sent = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Bytes that the system has taken. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether the stream has been ended from this side. */
  get ended(): boolean {
    return this.#ending;
  }

  /**
   * Gives all bytes to the system, in order with other writes. On a time-out, pieces that have not begun are not sent;
   * the one under way may be, so the bytes must not be changed until the socket is closed.
   */
  async write(bytes: Uint8Array, bounds: () => Bounds): Promise<void> {
    this.#checkOpen();
    let limits: Bounds | null = null;
    for (let at = 0; at < bytes.length; at += PIECE_SIZE) {
      const piece = bytes.subarray(at, at + PIECE_SIZE);
      if (this.#writeNow(piece)) continue;
      limits ??= bounds();
      await this.#wait(limits, this.#begun);
      this.#checkOpen();
    }
  }

  /** Waits until the system has everything that was written before. */
  async flush(bounds: Bounds): Promise<void> {
    this.#checkOpen();
    if (this.#connection.socket.writableLength > 0) await this.#wait(bounds, this.#begun);
  }

  /** Ends the stream towards the peer after everything that was written (with a close_notify under TLS). */
  async end(bounds: Bounds): Promise<void> {
    const { socket } = this.#connection;
    if (socket.writableFinished) return;
    if (this.#closed !== null) throw this.#closed;
    if (!this.#ending) {
      this.#ending = true;
      socket.once('finish', () => this.#advance(Number.POSITIVE_INFINITY));
      socket.end();
    }
    await this.#wait(bounds, Number.POSITIVE_INFINITY);
  }

  /** No more can be written; whoever waits fails with this. */
  close(reason: CaspianError): void {
    this.#closed ??= reason;
    for (const waiter of [...this.#waiting]) waiter.fail(this.#closed);
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw this.#closed;
    if (this.#ending) throw new SocketError('the sending side of this socket has been shut down');
  }

  /** True if the system has taken the piece, and all before it, at once. */
  #writeNow(piece: Uint8Array): boolean {
    const { socket } = this.#connection;
    const number = ++this.#begun;
    socket.write(piece, (error) => {
      if (!error) this.#count(number, piece);
    });
    const taken = socket.writableLength === 0;
    if (taken) this.#count(number, piece);
    return taken;
  }

  /** A piece has been taken, and so have all before it. Node says so a second time, a little later, for some. */
  #count(number: number, piece: Uint8Array): void {
    if (number <= this.#taken) return;
    this.#taken = number;
    this.#sent += piece.length;
    this.#advance(number);
  }

  #advance(pieces: number): void {
    for (const waiter of [...this.#waiting]) {
      if (waiter.pieces <= pieces) waiter.done();
    }
  }

  #wait(bounds: Bounds, pieces: number): Promise<void> {
    return runStep<void>(bounds, (outcome) => {
      const stop = (): boolean => this.#waiting.delete(waiter);
      const waiter: Waiter = {
        pieces,
        done: () => {
          stop();
          outcome.done();
        },
        fail: (error) => {
          stop();
          outcome.failed(error);
        },
      };
      this.#waiting.add(waiter);
      return stop;
    });
  }
}
