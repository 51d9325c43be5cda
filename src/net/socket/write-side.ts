/**
 * The writing half of a socket, over a connection of the dialler's. Trusted side. A write is over when the system has
 * the bytes; until then the caller waits, so that memory does not grow with what a slow peer leaves lying.
 * Writes are made one after another, whole: two callers never mix their bytes.
 */
import { type CaspianError, SocketError } from '../../errors/classes.ts';
import type { Connection } from '../dial/connection.ts';
import { type Bounds, runStep } from '../dial/deadline.ts';

/** What is given to the system at once. A write that is given up sends no further pieces. */
const PIECE_SIZE = 262_144;

/** What is poured without a turn of the event loop for everybody else. */
const BYTES_IN_A_TURN = 1_048_576;

/** Bytes that somebody else keeps: the ring of a script's thread. */
export interface Source {
  /** How many more bytes have room in it. */
  readonly room: number;
  /** The next bytes, as long as the system has not taken them; null while there are none. */
  next(): Uint8Array | null;
  /** The system has taken so many of them: they may be overwritten. */
  taken(count: number): void;
}

/** Someone who waits: for a turn, for pieces to be taken, for the end of the stream. */
interface Waiter {
  done(): void;
  fail(error: CaspianError): void;
}

export class WriteSide {
  readonly #connection: Connection;
  /** Called when a write that would have waited may begin now. */
  readonly #changed: () => void;
  /** Who waits for a turn, the first first; null while nobody has one. */
  #queue: Set<Waiter> | null = null;
  /** Whoever has the turn, while the system takes its bytes. */
  readonly #waiting = new Set<Waiter>();
  /** Raised by every write from now on. */
  #closed: CaspianError | null = null;
  #ending = false;
  #begun = 0;
  #taken = 0;
  #sent = 0;

  constructor(connection: Connection, changed: () => void = () => {}) {
    this.#connection = connection;
    this.#changed = changed;
  }

  /** Bytes that the system has taken. */
  get sent(): number {
    return this.#sent;
  }

  /** Whether a write has begun that the system has not taken whole. */
  get busy(): boolean {
    return this.#queue !== null || this.#begun > this.#taken;
  }

  /** Whether a write would begin at once, or would raise. */
  get ready(): boolean {
    return !this.busy || this.#ending || this.#closed !== null;
  }

  /**
   * Gives all bytes to the system, after the writes before it. On a time-out, pieces that have not begun are not sent;
   * the one under way may be, so the bytes must not be changed until the socket is closed.
   */
  write(bytes: Uint8Array, bounds: () => Bounds): Promise<void> {
    return this.#inTurn(bounds, async () => {
      let limits: Bounds | null = null;
      for (let at = 0; at < bytes.length; at += PIECE_SIZE) {
        if (this.#closed !== null) throw this.#closed;
        if (this.#give(bytes.subarray(at, at + PIECE_SIZE))) continue;
        limits ??= bounds();
        await this.#wait(limits, this.#waiting);
      }
    });
  }

  /**
   * Gives the system all that a source has, after the writes before it, as fast as the peer lets it. Null if it has taken
   * everything at once, as it does mostly: nobody waits for a promise then.
   */
  pour(source: Omit<Source, 'room'>, bounds: () => Bounds): Promise<void> | null {
    let first: Uint8Array | null = null;
    if (this.#queue === null && this.#refusal() === null) {
      first = this.#pourAtOnce(source);
      if (first === null) return null;
    }
    return this.#inTurn(bounds, () => this.#pourOn(source, first, bounds()));
  }

  /** Pours until there is no more, or enough for one turn, or the system has not taken a piece: the last piece then. */
  #pourAtOnce(source: Omit<Source, 'room'>): Uint8Array | null {
    let given = 0;
    while (this.#closed === null) {
      const piece = source.next();
      if (piece === null) return null;
      given += piece.length;
      if (!this.#give(piece) || given >= BYTES_IN_A_TURN) return piece;
      source.taken(piece.length);
    }
    return null;
  }

  /** `piece`: the last one that was given. */
  async #pourOn(source: Omit<Source, 'room'>, piece: Uint8Array | null, bounds: Bounds): Promise<void> {
    for (let last = piece ?? this.#pourAtOnce(source); last !== null; last = this.#pourAtOnce(source)) {
      if (this.#closed !== null) throw this.#closed;
      if (this.#begun > this.#taken) await this.#wait(bounds, this.#waiting);
      else await new Promise<void>((resolve) => setImmediate(resolve));
      source.taken(last.length);
    }
    if (this.#closed !== null) throw this.#closed;
  }

  /** Waits until the system has everything that was written before, a write that was given up included. */
  flush(bounds: Bounds): Promise<void> {
    return this.#inTurn(
      () => bounds,
      async () => {
        if (this.#begun > this.#taken) await this.#wait(bounds, this.#waiting);
      },
    );
  }

  /** Ends the stream towards the peer after everything that was written (with a close_notify under TLS). */
  async end(bounds: Bounds): Promise<void> {
    const { socket } = this.#connection;
    if (socket.writableFinished) return;
    const turn = this.#takeTurn(() => bounds);
    this.#ending = true;
    this.#changed();
    await turn;
    try {
      if (!socket.writableEnded) socket.once('finish', () => this.#advance()).end();
      while (!socket.writableFinished) await this.#wait(bounds, this.#waiting);
    } finally {
      this.#passTurn();
    }
  }

  /** No more can be written; whoever waits fails with this. */
  close(reason: CaspianError): void {
    this.#closed ??= reason;
    for (const waiter of [...this.#waiting, ...(this.#queue ?? [])]) waiter.fail(this.#closed);
    this.#changed();
  }

  async #inTurn(bounds: () => Bounds, work: () => Promise<void>): Promise<void> {
    await this.#takeTurn(bounds, this.#refusal());
    try {
      await work();
    } finally {
      this.#passTurn();
    }
  }

  #refusal(): CaspianError | null {
    if (this.#closed !== null) return this.#closed;
    return this.#ending ? new SocketError('the sending side of this socket has been shut down') : null;
  }

  /** Waits for a turn; not at all if nobody has one. */
  #takeTurn(bounds: () => Bounds, refusal: CaspianError | null = this.#closed): Promise<void> | undefined {
    if (refusal !== null) return Promise.reject(refusal);
    if (this.#queue !== null) return this.#wait(bounds(), this.#queue);
    this.#queue = new Set();
    return undefined;
  }

  #passTurn(): void {
    const [next] = this.#queue ?? [];
    if (next === undefined) this.#queue = null;
    else next.done();
    if (!this.busy) this.#changed();
  }

  /** True if the system has taken the piece, and all before it, at once. */
  #give(piece: Uint8Array): boolean {
    const { socket } = this.#connection;
    const number = ++this.#begun;
    socket.write(piece, (error) => {
      if (!error) this.#count(number, piece);
    });
    const taken = socket.writableLength === 0 && !socket.destroyed;
    if (taken) this.#count(number, piece);
    return taken;
  }

  /** A piece has been taken, and so have all before it. Node says so a second time, a little later, for some. */
  #count(number: number, piece: Uint8Array): void {
    if (number <= this.#taken) return;
    this.#taken = number;
    this.#sent += piece.length;
    if (this.#taken === this.#begun) this.#advance();
  }

  #advance(): void {
    for (const waiter of [...this.#waiting]) waiter.done();
    if (!this.busy) this.#changed();
  }

  #wait(bounds: Bounds, among: Set<Waiter>): Promise<void> {
    return runStep<void>(bounds, ({ done, failed }) => {
      const leave = (): boolean => among.delete(waiter);
      const waiter: Waiter = {
        done: () => {
          leave();
          done();
        },
        fail: (error) => {
          leave();
          failed(error);
        },
      };
      among.add(waiter);
      return leave;
    });
  }
}
