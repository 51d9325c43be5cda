/**
 * The kernel's end of a link: reads requests out of shared memory, hands them on, writes replies back. Trusted; the
 * script's side is hostile. Each shared word is read once, pieces are copied to private memory before they are parsed,
 * lengths are clamped, and whatever no honest script's side does ends the link.
 */
import type { MessagePort } from 'node:worker_threads';
import { SocketError } from '../../errors/classes.ts';
import { toRecord } from '../../errors/record.ts';
import { Encoder, type WireValue } from '../../wire/codec.ts';
import {
  AWAKE,
  BELLS,
  CLOSED,
  EVENT,
  type LinkMemory,
  MAX_REPLY_BYTES,
  MAX_REQUEST_BYTES,
  NEXT_PIECE,
  PULSE,
  RECEIVING,
  REPLY,
  REPLY_LENGTH,
  REPLY_STATUS,
  REPLY_TOTAL,
  REQUEST,
  REQUEST_HANDLE,
  REQUEST_LENGTH,
  REQUEST_MORE,
  REQUEST_OPERATION,
  SLEEPING,
  Status,
  viewLink,
} from '../../wire/layout.ts';
import { SpinCredit } from '../../wire/spin.ts';
import { WireViolation } from '../../wire/violation.ts';
import type { Poller } from './poller.ts';

/** How often the kernel shows that it lives while the script waits for it. */
const PULSE_MS = 500;
/**
 * How long a link is polled after a reply, between these two. Waking an idle kernel costs about 20 µs, so a script that
 * asks again soon is worth waiting for; one that does not is not, and where both threads share a CPU polling only keeps
 * the script from running. The gap between a reply and the next request teaches the window.
 */
const SHORTEST_WINDOW_MS = 0.005;
const LONGEST_WINDOW_MS = 0.05;

/** Answers a whole request. Throws WireViolation for what no honest script's side sends. */
export type Answer = (operation: number, handle: number, bytes: Uint8Array) => WireValue | Promise<WireValue>;

interface LinkOptions {
  readonly answer: Answer;
  readonly poller: Poller;
  /** Whether another CPU runs the script while this thread looks out for it. */
  readonly parallel: boolean;
  /** Whether the script may wait for something else than a reply: a body or a socket's data on its way into a ring. */
  readonly streams: () => boolean;
  /** Serves the sockets that the script has rung for. */
  readonly answerBells: () => void;
  /** Called once, when the link is over: closed, broken by a violation, or its script's thread ended. */
  readonly onClose: (reason: Error | null) => void;
}

export class KernelLink {
  readonly #memory: LinkMemory;
  readonly #port: MessagePort;
  readonly #options: LinkOptions;
  readonly #encoder = new Encoder(MAX_REPLY_BYTES);
  #number = 0;
  #pending = false;
  /** When the last reply was written, and how long the link is polled after a reply. */
  #repliedAt = 0;
  #windowMs = LONGEST_WINDOW_MS;
  /** Looking out for a script that was given what it waited for, and for the answer of a peer to what it has sent. */
  readonly #script = new SpinCredit();
  readonly #peer = new SpinCredit();
  #closed = false;
  /** Pieces of a request that is not whole yet. */
  #pieces: Uint8Array[] = [];
  #assembled = 0;
  /** What of the reply has not been sent yet; a view on the encoder's bytes. */
  #rest: Uint8Array | null = null;
  #status: number = Status.OK;
  #pulse: NodeJS.Timeout | null = null;

  constructor(buffer: SharedArrayBuffer, port: MessagePort, options: LinkOptions) {
    this.#memory = viewLink(buffer);
    this.#port = port;
    this.#options = options;
    port.on('message', () => this.#woken());
    port.on('close', () => this.close(null));
  }

  /** Ends the link: a waiting script gets an error, later calls too. Idempotent. */
  close(reason: Error | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.poller.remove(this);
    if (this.#pulse !== null) clearInterval(this.#pulse);
    this.#pieces = [];
    Atomics.store(this.#memory.words, PULSE, CLOSED);
    Atomics.add(this.#memory.words, EVENT, 1);
    Atomics.notify(this.#memory.words, EVENT);
    this.#port.close();
    this.#options.onClose(reason);
  }

  /** A script's message: it has asked while this link was asleep. What the message says is of no interest. */
  #woken(): void {
    if (this.asks()) this.serve(performance.now());
    // The request may have been seen already, between the script's look at AWAKE and its setting it: AWAKE is 1 then and
    // nobody polls. The poller's next turn puts the link to sleep in order.
    else if (!this.#pending && !this.#closed) this.#lookOut(0);
  }

  asks(): boolean {
    return !this.#pending && !this.#closed && this.#isRung();
  }

  #isRung(): boolean {
    const { words } = this.#memory;
    return Atomics.load(words, REQUEST) !== this.#number || Atomics.load(words, BELLS) !== 0;
  }

  serve(now: number): void {
    const { words } = this.#memory;
    const gap = now - this.#repliedAt;
    this.#script.end(gap < LONGEST_WINDOW_MS ? 'hit' : 'miss');
    this.#windowMs =
      gap < LONGEST_WINDOW_MS
        ? Math.min(LONGEST_WINDOW_MS, Math.max(this.#windowMs, gap * 2))
        : Math.max(SHORTEST_WINDOW_MS, this.#windowMs / 2);
    try {
      // A bell that was rung before the request is answered before it.
      const number = Atomics.load(words, REQUEST);
      if (Atomics.load(words, BELLS) !== 0) this.#options.answerBells();
      if (number !== this.#number) this.#accept(number, words);
      else this.#watchPeer();
    } catch (thrown) {
      this.#violated(thrown);
    }
  }

  /** No more polling: from here on the script's next request comes with a message. */
  sleep(): boolean {
    const { words } = this.#memory;
    Atomics.store(words, AWAKE, 0);
    if (!this.#isRung()) {
      this.#script.end('miss');
      this.#peer.end('miss');
      return true;
    }
    // A request slipped in. If the script saw the 0 it has posted a message too; that one finds nothing, harmlessly.
    Atomics.compareExchange(words, AWAKE, 0, 1);
    return false;
  }

  #accept(number: number, words: Int32Array): void {
    if (number !== ((this.#number + 1) | 0)) throw new WireViolation('a request out of turn');
    this.#number = number;
    const operation = words[REQUEST_OPERATION] ?? 0;
    const handle = words[REQUEST_HANDLE] ?? 0;
    const more = words[REQUEST_MORE] === 1;
    if (operation === NEXT_PIECE) this.#nextPiece();
    else if (more) this.#keepPiece(this.#takePiece(words));
    else this.#ask(operation, handle, this.#wholeRequest(this.#takePiece(words)));
  }

  /** The piece in the mailbox, copied out: what is parsed can't change any more. */
  #takePiece(words: Int32Array): Uint8Array {
    const length = words[REQUEST_LENGTH] ?? 0;
    const { mailbox } = this.#memory;
    if (length < 0 || length > mailbox.length) throw new WireViolation('a piece longer than the mailbox');
    const piece = Buffer.allocUnsafe(length);
    piece.set(mailbox.subarray(0, length));
    return piece;
  }

  #keepPiece(piece: Uint8Array): void {
    this.#assembled += piece.length;
    if (piece.length === 0 || this.#assembled > MAX_REQUEST_BYTES) throw new WireViolation('a request without end');
    this.#pieces.push(piece);
    this.#writeReply(Status.CONTINUE, 0, 0);
  }

  #wholeRequest(last: Uint8Array): Uint8Array {
    if (this.#pieces.length === 0) return last;
    const whole = Buffer.concat([...this.#pieces, last]);
    this.#pieces = [];
    this.#assembled = 0;
    return whole;
  }

  #ask(operation: number, handle: number, bytes: Uint8Array): void {
    this.#rest = null;
    let answer: WireValue | Promise<WireValue>;
    try {
      answer = this.#options.answer(operation, handle, bytes);
    } catch (thrown) {
      if (thrown instanceof WireViolation) throw thrown;
      this.#reply(Status.ERROR, toRecord(thrown));
      return;
    }
    if (answer instanceof Promise) {
      this.#await(answer);
      return;
    }
    if (this.#options.streams()) this.#startPulse();
    this.#reply(Status.OK, answer);
  }

  #await(answer: Promise<WireValue>): void {
    this.#pending = true;
    this.#options.poller.remove(this);
    this.#startPulse();
    const finish = (status: number, value: WireValue): void => {
      this.#pending = false;
      if (!this.#closed) this.#reply(status, value);
    };
    answer.then(
      (value) => finish(Status.OK, value),
      (thrown: unknown) => {
        if (thrown instanceof WireViolation) this.#violated(thrown);
        else finish(Status.ERROR, toRecord(thrown));
      },
    );
  }

  #startPulse(): void {
    this.#pulse ??= setInterval(() => this.#beat(), PULSE_MS).unref();
  }

  #beat(): void {
    const { words } = this.#memory;
    if (this.#pending || this.#options.streams())
      Atomics.store(words, PULSE, (Atomics.load(words, PULSE) + 1) & 0x3fffffff);
    else if (this.#pulse !== null) {
      clearInterval(this.#pulse);
      this.#pulse = null;
    }
  }

  #reply(status: number, value: WireValue): void {
    if (value === null && status === Status.OK) {
      this.#writeReply(Status.OK, 0, 0);
      return;
    }
    this.#encoder.reset();
    try {
      this.#encoder.write(value);
    } catch {
      this.#encoder.reset();
      this.#encoder.write(toRecord(new SocketError('the answer was too large to cross')));
      status = Status.ERROR;
    }
    this.#rest = this.#encoder.bytes;
    this.#status = status;
    this.#nextPiece();
  }

  #nextPiece(): void {
    const rest = this.#rest;
    if (rest === null) throw new WireViolation('no answer has another piece');
    const { mailbox } = this.#memory;
    const piece = rest.length <= mailbox.length ? rest : rest.subarray(0, mailbox.length);
    mailbox.set(piece);
    this.#rest = piece.length === rest.length ? null : rest.subarray(piece.length);
    this.#writeReply(this.#status, piece.length, rest.length);
  }

  #writeReply(status: number, length: number, total: number): void {
    const { words } = this.#memory;
    words[REPLY_STATUS] = status;
    words[REPLY_LENGTH] = length;
    words[REPLY_TOTAL] = total;
    Atomics.store(words, AWAKE, 1);
    Atomics.store(words, REPLY, this.#number);
    this.bump();
    this.#repliedAt = performance.now();
    this.#lookOut(this.#windowMs);
  }

  /** The script has just got what it waited for, and is likely to ask for something next. */
  expect(): void {
    if (this.#closed || this.#pending) return;
    const { words } = this.#memory;
    Atomics.store(words, RECEIVING, 0);
    this.#peer.end('hit');
    if (!this.#options.parallel || !this.#script.begin()) return;
    Atomics.store(words, AWAKE, 1);
    this.#repliedAt = performance.now();
    this.#lookOut(LONGEST_WINDOW_MS);
  }

  /** The script has sent something: it may be about to send more, or a peer on this machine about to answer. */
  #watchPeer(): void {
    this.#repliedAt = performance.now();
    const looks = this.#options.parallel && this.#peer.begin();
    this.#lookOut(looks ? LONGEST_WINDOW_MS : this.#windowMs);
  }

  /** Whether the script will not ask before something has come for it. A lie costs its own script a message. */
  rests(): boolean {
    return Atomics.load(this.#memory.words, RECEIVING) === 1;
  }

  /** Whether it is polled for the sake of a peer's answer, which the event loop brings. */
  get watchesPeer(): boolean {
    return this.#peer.underWay;
  }

  /**
   * Goes on being polled for a while: the script is likely to ask again soon. Not where that would keep it from running:
   * on one CPU the script asks after this thread has gone to sleep, whatever it looks at before.
   */
  #lookOut(ms: number): void {
    const { parallel, poller } = this.#options;
    if (!parallel && this.sleep()) poller.remove(this);
    else poller.add(this, parallel ? this.#repliedAt + ms : 0);
  }

  /** Wakes the script's thread if it sleeps: something that it may wait for has happened. */
  bump(): void {
    const { words } = this.#memory;
    Atomics.add(words, EVENT, 1);
    if (Atomics.load(words, SLEEPING) === 1) Atomics.notify(words, EVENT);
  }

  #violated(thrown: unknown): void {
    this.close(thrown instanceof Error ? thrown : new Error('the link failed'));
  }
}
