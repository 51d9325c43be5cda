/**
 * What a host says to one guest, as bytes on their way: messages, replies, answers of the network, sources. Trusted
 * side. Nothing more is said once it is closed.
 */

import { CloneWriter } from '../wire/clone/writer.ts';
import { ToChild } from '../wire/frames.ts';
import { HostSays } from '../wire/messages.ts';
import type { RunHow } from '../wire/runs.ts';
import type { Connection } from './connection.ts';
import { encodeData, toError } from './faults.ts';
import type { NetAnswer } from './net-session.ts';
import { Outbox } from './outbox.ts';
import type { Reports } from './reports.ts';

const MEGABYTE = 1_048_576;

export interface SenderParts {
  readonly connection: Connection;
  readonly reports: Reports;
  /** What the guest may have for memory; 0 is no limit. */
  readonly memoryMb: number;
  /** The guest asks for more than that and takes nothing. */
  readonly overflow: () => void;
}

export class Sender {
  // SECURITY: no stack of the host's reaches a guest (test/attacks/isolate-host-stack.test.ts).
  readonly #writer = new CloneWriter('dropped');
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #reports: Reports;
  readonly #maxAnswers: number;
  readonly #overflow: () => void;
  #closed = false;

  constructor({ connection, reports, memoryMb, overflow }: SenderParts) {
    this.#connection = connection;
    this.#outbox = new Outbox((kind, payload) => connection.send(kind, payload));
    this.#reports = reports;
    this.#maxAnswers = memoryMb === 0 ? Number.POSITIVE_INFINITY : memoryMb * MEGABYTE;
    this.#overflow = overflow;
  }

  /** Whether anything has not reached the guest yet. */
  get busy(): boolean {
    return this.#outbox.busy;
  }

  /** Resolves when not much is on its way. */
  room(): Promise<void> | undefined {
    return this.#outbox.room();
  }

  close(): void {
    this.#closed = true;
  }

  /** Throws NotCloneableError for data that can't cross. */
  message(event: string, data: unknown): void {
    if (!this.#closed) this.#outbox.say(encodeData(this.#writer, [HostSays.MESSAGE, event, data]));
  }

  run(id: number, source: string, file: string, how: RunHow): void {
    if (!this.#closed) this.#outbox.run(this.#writer.encode([id, source, file, how]).slice());
  }

  /** Answers a request. An answer that can't cross is an error there and is reported here. */
  reply(id: number, well: boolean, value: unknown): void {
    if (this.#closed) return;
    let message: Uint8Array;
    try {
      message = encodeData(this.#writer, [HostSays.REPLY, id, well, value]);
    } catch (thrown) {
      const error = toError(thrown);
      this.#reports.error('handler', error);
      const told = new Error(`the host's answer can not cross: ${error.message}`);
      message = this.#writer.encode([HostSays.REPLY, id, false, told]);
    }
    this.#answer(message);
  }

  /**
   * Refuses a request with an error without the stack that is not told anyhow. SECURITY: to make one takes longer than to
   * ask for it, and a guest that asks without end would hold the host up (test/attacks/isolate-hostile-shared.test.ts).
   */
  refuse(id: number, message: string, { prototype }: ErrorConstructor = Error): void {
    this.reply(id, false, Object.create(prototype, { message: { value: message } }));
  }

  answer(id: number, { well, bytes }: NetAnswer): void {
    if (!this.#closed) this.#answer(this.#writer.encode([HostSays.ANSWER, id, well, bytes]));
  }

  /**
   * SECURITY: what a guest asks for and does not take is held for it here, and is its memory
   * (test/attacks/isolate-untaken-answers.test.ts).
   */
  #answer(message: Uint8Array): void {
    // One that is large by itself is none too many.
    if (this.#outbox.answers > this.#maxAnswers) this.#overflow();
    else this.#outbox.answer(message);
  }

  module(answer: readonly unknown[]): void {
    if (!this.#closed) this.#connection.send(ToChild.MODULE, this.#writer.encode(answer).slice());
  }

  /** The guest has taken so many bytes, and, if `run` is not 0, begun a run. */
  delivered(bytes: number, run: number): void {
    this.#outbox.delivered(bytes, run);
  }
}
