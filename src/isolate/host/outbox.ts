/**
 * What is on its way to a guest: messages in batches, and sources, in the order in which the host gave them. Trusted
 * side. Only so much is with the child at once; the rest waits here, in the memory of who sent it.
 */
import { ToChild } from '../wire/frames.ts';
import { BATCH_BYTES } from '../wire/limits.ts';
import { BatchWriter } from '../wire/messages.ts';

const WINDOW_BYTES = 1_048_576;
const NOTHING = new Uint8Array(0);

interface Item {
  readonly kind: number;
  readonly payload: Uint8Array;
  readonly credit: number;
  /** How much of it the guest has asked for. */
  readonly answers: number;
}

export class Outbox {
  readonly #send: (kind: number, payload: Uint8Array) => void;
  readonly #batch = new BatchWriter();
  #waiting: Item[] = [];
  /** With the child, in the order in which they were sent. */
  #sent: Item[] = [];
  #answersInBatch = 0;
  #answers = 0;
  #scheduled = false;
  #undelivered = 0;
  #runs = 0;
  #forRoom: (() => void)[] = [];

  constructor(send: (kind: number, payload: Uint8Array) => void) {
    this.#send = send;
  }

  /** Whether anything has not reached the guest yet. */
  get busy(): boolean {
    return this.#batch.count > 0 || this.#waiting.length > 0 || this.#undelivered > 0 || this.#runs > 0;
  }

  /** Bytes that the guest has asked for and not taken. */
  get answers(): number {
    return this.#answers;
  }

  /** Resolves when not much is on its way: who brings more without end waits for this. */
  room(): Promise<void> | undefined {
    if (this.#undelivered < WINDOW_BYTES && this.#waiting.length === 0) return undefined;
    return new Promise((resolve) => this.#forRoom.push(resolve));
  }

  /** As `say`, for what the guest has asked for. */
  answer(message: Uint8Array): void {
    this.#answersInBatch += message.length;
    this.#answers += message.length;
    this.say(message);
  }

  say(message: Uint8Array): void {
    this.#batch.add(message);
    if (this.#batch.size >= BATCH_BYTES) this.#closeBatch();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.#closeBatch();
      });
    }
  }

  run(payload: Uint8Array): void {
    this.#closeBatch();
    this.#runs += 1;
    this.#waiting.push({ kind: ToChild.RUN, payload, credit: 0, answers: 0 });
    this.#pump();
  }

  /** The guest has taken so many bytes, and, if `run` is not 0, begun a run. */
  delivered(bytes: number, run: number): void {
    this.#undelivered = Math.max(0, this.#undelivered - bytes);
    this.#forget(bytes);
    if (run !== 0) this.#runs = Math.max(0, this.#runs - 1);
    this.#pump();
  }

  #closeBatch(): void {
    if (this.#batch.count === 0) return;
    const payload = this.#batch.take();
    this.#waiting.push({ kind: ToChild.DELIVER, payload, credit: payload.length, answers: this.#answersInBatch });
    this.#answersInBatch = 0;
    this.#pump();
  }

  /** Batches are taken whole, and in order. */
  #forget(bytes: number): void {
    let left = bytes;
    for (let next = this.#sent[0]; next !== undefined && next.credit <= left; next = this.#sent[0]) {
      left -= next.credit;
      this.#answers -= next.answers;
      this.#sent.shift();
    }
  }

  #pump(): void {
    for (let next = this.#waiting[0]; next !== undefined && this.#undelivered < WINDOW_BYTES; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#undelivered += next.credit;
      if (next.credit > 0) this.#sent.push({ ...next, payload: NOTHING });
      this.#send(next.kind, next.payload);
    }
    if (this.#waiting.length > 0 || this.#undelivered >= WINDOW_BYTES) return;
    const waited = this.#forRoom;
    this.#forRoom = [];
    for (const go of waited) go();
  }
}
