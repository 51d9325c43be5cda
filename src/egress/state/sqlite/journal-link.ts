/**
 * One life of the thread that holds a journal's file, as the loop that calls are made on sees it. Trusted side. It keeps the
 * process alive while something was asked of it and not longer; one that does nothing of it is given up.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { SocketError } from '../../../errors/classes.ts';
import type { Clock, Timer } from '../../../net/clock.ts';
import {
  APPENDED,
  BEAT,
  type JournalAsk,
  type JournalMessage,
  type JournalPlace,
  type JournalReply,
  WORDS,
} from './journal-talk.ts';

/** How long a thread may do nothing of what it was asked. */
const SILENT_MS = 10_000;
const CLOSE_MS = 2_000;
/** What is waited for at the end of the process, which stands still meanwhile. */
const EXIT_MS = 1_000;

/** Beside the bundle that this file is in, or the source itself where it runs from src/. */
const fromSource = import.meta.url.endsWith('.ts');
const file = fileURLToPath(new URL(fromSource ? './journal-thread.ts' : './journal-thread.cjs', import.meta.url));

interface Waiting {
  readonly resolve: (reply: JournalReply) => void;
  readonly reject: (error: Error) => void;
}

export class JournalLink {
  readonly #journal: string;
  readonly #clock: Clock;
  readonly #worker: Worker;
  readonly #words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #asked = 0;
  #appends = 0;
  #watch: Timer | null = null;
  #closing = false;
  /** Why there is no thread any more; null while there is. */
  #over: string | null = null;

  constructor({ journal, state }: Pick<JournalPlace, 'journal' | 'state'>, clock: Clock) {
    this.#journal = journal;
    this.#clock = clock;
    const place: JournalPlace = { journal, state, words: this.#words };
    // No environment and none of the process's flags: a file is all that it needs.
    this.#worker = new Worker(file, { workerData: place, env: {}, execArgv: [], argv: [] });
    this.#worker.unref();
    this.#worker.on('message', (reply: JournalReply) => this.#take(reply));
    this.#worker.on('error', (error) => this.#end(error.message));
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        this.#end('its thread has ended');
        resolve();
      });
    });
  }

  get isOver(): boolean {
    return this.#over !== null;
  }

  /** Raises SocketError where the thread can't do it, or is over before it has. */
  ask(ask: JournalAsk): Promise<JournalReply> {
    return new Promise((resolve, reject) => {
      if (this.#over !== null) {
        reject(this.#failure(this.#over));
        return;
      }
      this.#asked += 1;
      const message: JournalMessage = { number: this.#asked, ask };
      this.#worker.postMessage(message);
      if (ask.kind === 'append') this.#appends += 1;
      this.#waiting.set(message.number, { resolve, reject });
      if (this.#waiting.size > 1) return;
      this.#worker.ref();
      this.#watchOver(this.#beat);
    });
  }

  #take({ error, ...reply }: JournalReply): void {
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if (this.#waiting.size === 0) this.#rest();
    if (error === null) waiting?.resolve({ error, ...reply });
    else waiting?.reject(this.#failure(error));
  }

  get #beat(): number {
    return Atomics.load(this.#words, BEAT);
  }

  /** Whether it works is seen in shared memory: a loop that is busy itself takes no thread for a dead one. */
  #watchOver(before: number): void {
    this.#watch = this.#clock.after(SILENT_MS, () => {
      const beat = this.#beat;
      if (beat !== before) this.#watchOver(beat);
      else this.#giveUp(`its thread has done nothing for ${SILENT_MS / 1_000} s`);
    });
  }

  #rest(): void {
    this.#watch?.cancel();
    if (!this.#closing) this.#worker.unref();
  }

  #giveUp(why: string): void {
    this.#end(why);
    this.#worker.unref();
    // It ends when the disk lets go of it; nobody waits for that.
    void this.#worker.terminate();
  }

  #end(why: string): void {
    this.#over ??= why;
    this.#rest();
    for (const { reject } of this.#waiting.values()) reject(this.#failure(this.#over));
    this.#waiting.clear();
  }

  #failure(why: string): SocketError {
    return new SocketError(`the journal ${this.#journal} can not be used: ${why}`, { retryable: true });
  }

  /** Waits, standing still, for what is being written: there is no loop any more. */
  finish(): void {
    const end = performance.now() + EXIT_MS;
    for (;;) {
      const done = Atomics.load(this.#words, APPENDED);
      const left = end - performance.now();
      // Of numbers that begin anew after 2³¹, the difference counts.
      if (((this.#appends - done) | 0) <= 0 || left <= 0 || this.isOver) return;
      Atomics.wait(this.#words, APPENDED, done, left);
    }
  }

  /** What was asked before is done first, as far as that takes no longer than two seconds. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker.ref();
    const late = this.#clock.after(CLOSE_MS, () => this.#giveUp('it is closed'));
    await this.ask({ kind: 'close' }).catch(() => {});
    if (!this.isOver) await this.#ended;
    late.cancel();
  }
}
