/**
 * What a peer sends unasked, kept until somebody asks for it: messages of a WebSocket, events of a stream. Trusted side.
 * It says when it is full, so that the peer can be made to wait.
 */
import { SocketError } from '../../errors/classes.ts';
import { type Bounds, type Outcome, runStep } from '../dial/deadline.ts';

/** What an entry takes beside its own bytes, so that empty ones fill the inbox too. */
const ENTRY_BYTES = 128;

interface Entry<T> {
  readonly value: T;
  readonly bytes: number;
}

type Over = 'ended' | { readonly error: unknown };

export class Inbox<T> {
  readonly #room: number;
  readonly #onRoom: () => void;
  #entries: Entry<T>[] = [];
  /** Those before have been taken. */
  #first = 0;
  #bytes = 0;
  #full = false;
  #over: Over | null = null;
  #reader: Outcome<T | null> | null = null;

  /** `room`: bytes from which on it is full. `onRoom` is called once it no longer is. */
  constructor(room: number, onRoom: () => void) {
    this.#room = room;
    this.#onRoom = onRoom;
  }

  /** The bytes that lie here. */
  get bytes(): number {
    return this.#bytes;
  }

  get full(): boolean {
    return this.#full;
  }

  /** Somebody is waiting. */
  get awaited(): boolean {
    return this.#reader !== null;
  }

  get empty(): boolean {
    return this.#first === this.#entries.length;
  }

  /** Takes one in. After the end it is dropped. */
  put(value: T, bytes: number): void {
    if (this.#over !== null) return;
    const reader = this.#reader;
    if (reader !== null) {
      this.#reader = null;
      reader.done(value);
      return;
    }
    const entry = { value, bytes: bytes + ENTRY_BYTES };
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    if (this.#bytes >= this.#room) this.#full = true;
  }

  /** Nothing more comes: who asks gets what lies here, then null. The first end counts. */
  end(): void {
    this.#finish('ended');
  }

  /** As `end`, with an error in place of null. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  /** Drops what lies here. */
  clear(): void {
    this.#entries = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#full = false;
  }

  /** The next one, waiting for it within `bounds`; null at the end. One reader at a time. */
  async take(bounds: Bounds): Promise<T | null> {
    if (!this.empty) return this.#shift();
    if (this.#over === 'ended') return null;
    if (this.#over !== null) throw this.#over.error;
    if (this.#reader !== null) throw new SocketError(`${bounds.about.operation}: another one is waiting already`);
    return await runStep<T | null>(bounds, (reader) => {
      this.#reader = reader;
      return () => {
        this.#reader = null;
      };
    });
  }

  #shift(): T | null {
    const entry = this.#entries[this.#first];
    if (entry === undefined) return null;
    this.#first += 1;
    this.#bytes -= entry.bytes;
    if (this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    if (this.#full && this.#bytes <= this.#room / 2) {
      this.#full = false;
      this.#onRoom();
    }
    return entry.value;
  }

  #finish(over: Over): void {
    if (this.#over !== null) return;
    this.#over = over;
    const reader = this.#reader;
    this.#reader = null;
    if (over === 'ended') reader?.done(null);
    else reader?.failed(over.error);
  }
}
