/**
 * The script's end of a link: a call that blocks this thread until the kernel has answered. Powerless: it moves bytes
 * through shared memory and holds handles that mean nothing without the kernel. It trusts the kernel's answers.
 */
import { ArgumentError, type CaspianError, type NetworkError, SocketError } from '../errors/classes.ts';
import { fromRecord } from '../errors/record.ts';
import { decode, Encoder, type WireValue } from '../wire/codec.ts';
import {
  AWAKE,
  BELLS,
  CLOSED,
  EVENT,
  type LinkMemory,
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
} from '../wire/layout.ts';
import { type OperationName, operationNamed } from '../wire/operations.ts';
import type { RingMessage } from '../wire/records.ts';
import { Bells } from '../wire/slots.ts';
import { SpinBudget } from '../wire/spin.ts';
import { WireViolation } from '../wire/violation.ts';
import type { Platform } from './platform.ts';

/** Looks between two readings of the clock while spinning. */
const LOOKS_PER_READING = 32;
/** How long the kernel may show no sign of life; it shows one every 500 ms while a script waits. */
const SILENCE_MS = 10_000;
/** Looks at the kernel's pulse in that time. */
const LOOKS = 10;
/** How much longer than its own time-out a call may take to be answered before the link counts as broken. */
const GRACE_MS = 10_000;

const NOTHING = new Uint8Array(0);

/** Blocks on calls to the kernel. One per link and thread. */
export class Caller {
  readonly #memory: LinkMemory;
  readonly #platform: Platform;
  readonly #encoder = new Encoder(MAX_REQUEST_BYTES);
  readonly #spin: SpinBudget;
  /** Of waits for data: how long those take has nothing to do with how long calls take. */
  readonly #streamSpin: SpinBudget;
  readonly #sliceMs: number;
  readonly #blocks = new Map<number, SharedArrayBuffer>();
  #number = 0;
  #broken: CaspianError | null = null;

  /** `silenceMs`: how long the kernel may show no sign of life before it counts as dead; default 10 seconds. */
  constructor(buffer: SharedArrayBuffer, platform: Platform, silenceMs: number = SILENCE_MS) {
    this.#memory = viewLink(buffer);
    this.#platform = platform;
    this.#sliceMs = silenceMs / LOOKS;
    this.#spin = new SpinBudget({ enabled: platform.cpus > 1 });
    // A peer on this machine needs a third CPU: on two, spinning takes the one that it would answer on.
    this.#streamSpin = new SpinBudget({ enabled: platform.cpus > 2, forPeers: true });
  }

  /**
   * Asks the kernel and blocks this thread until it answers. `timeoutMs` is the operation's own time-out, which the
   * kernel keeps; null where it has none. Raises what the operation raised, and SocketError if the kernel is gone.
   */
  call(name: OperationName, handle: number, args: readonly WireValue[], timeoutMs: number | null = null): WireValue {
    if (this.#broken !== null) throw this.#broken;
    const operation = operationNamed(name).number;
    const bytes = this.#encode(args);
    const giveUpAt = this.#patience(timeoutMs);
    this.#send(operation, handle, bytes, giveUpAt);
    const reply = this.#receive(giveUpAt);
    // Nothing at all stands for null: the cheapest answer there is.
    if (reply.length === 0) return null;
    const value = decode(reply, this.#platform.readText);
    if (this.#memory.words[REPLY_STATUS] === Status.ERROR) throw fromRecord(value);
    return value;
  }

  /** Of `Calls`. */
  get link(): this {
    return this;
  }

  get platform(): Platform {
    return this.#platform;
  }

  /** The memory that the kernel has named in an answer. */
  block(number: number): SharedArrayBuffer {
    for (let known = this.#blocks.get(number); ; known = this.#blocks.get(number)) {
      if (known !== undefined) return known;
      const message = this.#platform.takeMessage();
      if (!isRingMessage(message)) throw this.#break('the kernel named memory that it has not sent');
      this.#blocks.set(message.ring, message.memory);
    }
  }

  /** The bells of this link's sockets, whose slots are in this memory. */
  bells(slots: SharedArrayBuffer): Bells {
    return new Bells(slots, this.#memory.words, BELLS);
  }

  /** Tells the kernel that something stands in shared memory: a message only if it does not look by itself. */
  wakeKernel(): void {
    const { words } = this.#memory;
    if (Atomics.load(words, AWAKE) === 0 && Atomics.compareExchange(words, AWAKE, 0, 1) === 0) {
      this.#platform.wakeKernel();
    }
  }

  /** Blocks until something that the kernel does has made `done` true. `timeoutMs` is the kernel's, as in `call`. */
  waitFor(done: () => boolean, timeoutMs: number | null): void {
    if (this.#broken !== null) throw this.#broken;
    if (!done()) this.#wait(done, this.#patience(timeoutMs), this.#spin);
  }

  /** As `waitFor`, but this side keeps the time: until `deadline` by the platform's clock. False if it came first. */
  waitUntil(done: () => boolean, deadline: number): boolean {
    if (this.#broken !== null) throw this.#broken;
    if (done()) return true;
    const { words } = this.#memory;
    Atomics.store(words, RECEIVING, 1);
    const came = this.#wait(done, Number.POSITIVE_INFINITY, this.#streamSpin, deadline);
    words[RECEIVING] = 0;
    return came;
  }

  /** When a call that the kernel should have ended after `timeoutMs` counts as lost. */
  #patience(timeoutMs: number | null): number {
    return timeoutMs === null ? Number.POSITIVE_INFINITY : this.#platform.now() + timeoutMs + GRACE_MS;
  }

  #encode(args: readonly WireValue[]): Uint8Array {
    this.#encoder.reset();
    try {
      for (const argument of args) this.#encoder.write(argument);
    } catch (thrown) {
      if (thrown instanceof WireViolation) throw new ArgumentError(thrown.message);
      throw thrown;
    }
    return this.#encoder.bytes;
  }

  /** Sends the arguments, piece by piece, until the kernel has them all and its reply stands in the mailbox. */
  #send(operation: number, handle: number, bytes: Uint8Array, giveUpAt: number): void {
    const { mailbox } = this.#memory;
    let sent = 0;
    for (;;) {
      const end = Math.min(bytes.length, sent + mailbox.length);
      if (end > sent) this.#platform.copy(bytes, mailbox, 0, sent, end);
      this.#ask(operation, handle, end - sent, end < bytes.length, giveUpAt);
      sent = end;
      if (this.#memory.words[REPLY_STATUS] !== Status.CONTINUE) return;
    }
  }

  /** The reply's bytes, in memory of their own. */
  #receive(giveUpAt: number): Uint8Array {
    const { words, mailbox } = this.#memory;
    const total = words[REPLY_TOTAL] ?? 0;
    if (total === 0) return NOTHING;
    let length = words[REPLY_LENGTH] ?? 0;
    const target = new Uint8Array(total);
    let received = 0;
    for (;;) {
      this.#platform.copy(mailbox, target, received, 0, length);
      received += length;
      if (received >= total) return target;
      const status = words[REPLY_STATUS];
      this.#ask(NEXT_PIECE, 0, 0, false, giveUpAt);
      if (words[REPLY_STATUS] !== status) throw this.#break('the kernel broke off its answer');
      length = words[REPLY_LENGTH] ?? 0;
    }
  }

  /** One request line, and the wait for its reply line. */
  #ask(operation: number, handle: number, length: number, more: boolean, giveUpAt: number): void {
    const { words } = this.#memory;
    this.#number = (this.#number + 1) | 0;
    words[REQUEST_OPERATION] = operation;
    words[REQUEST_HANDLE] = handle;
    words[REQUEST_LENGTH] = length;
    words[REQUEST_MORE] = more ? 1 : 0;
    Atomics.store(words, REQUEST, this.#number);
    this.wakeKernel();
    this.#wait(() => Atomics.load(words, REPLY) === this.#number, giveUpAt, this.#spin);
  }

  /**
   * Blocks until something that the kernel does has made `done` true; false if `deadline` comes first. Raises if the kernel
   * is gone, or has not answered at `giveUpAt`.
   */
  #wait(done: () => boolean, giveUpAt: number, spin: SpinBudget, deadline = Number.POSITIVE_INFINITY): boolean {
    const started = this.#platform.now();
    const seen = this.#spinFor(done, started, spin.next());
    const came = seen || this.#sleepFor(done, giveUpAt, deadline);
    spin.waited(this.#platform.now() - started, seen ? 'seen' : 'slept');
    return came;
  }

  #spinFor(done: () => boolean, started: number, ms: number): boolean {
    const until = started + ms;
    if (ms === 0) return false;
    do {
      for (let look = 0; look < LOOKS_PER_READING; look++) if (done()) return true;
    } while (this.#platform.now() < until);
    return false;
  }

  /** Sleeps in bounded slices: a kernel that died can't wake anybody, so its pulse is looked at after each. */
  #sleepFor(done: () => boolean, giveUpAt: number, deadline: number): boolean {
    const { words } = this.#memory;
    let pulse = Atomics.load(words, PULSE);
    let silent = 0;
    let came = true;
    for (;;) {
      const event = Atomics.load(words, EVENT);
      Atomics.store(words, SLEEPING, 1);
      if (done()) break;
      if (Atomics.load(words, PULSE) === CLOSED) throw this.#break('the link to the network is closed');
      const left = deadline - this.#platform.now();
      came = left > 0;
      if (!came) break;
      const outcome = Atomics.wait(words, EVENT, event, Math.min(this.#sliceMs, left));
      if (outcome !== 'timed-out' || left < this.#sliceMs) continue;
      const beat = Atomics.load(words, PULSE);
      silent = beat === pulse ? silent + 1 : 0;
      pulse = beat;
      if (silent >= LOOKS) throw this.#break('the kernel has died: it shows no sign of life');
      if (this.#platform.now() > giveUpAt) throw this.#break('the kernel did not answer in time');
    }
    Atomics.store(words, SLEEPING, 0);
    return came;
  }

  /** After this the link answers nothing: a late reply must never be taken for the reply of another call. */
  #break(reason: string): NetworkError {
    const error = new SocketError(reason, { hint: 'the script can not reach the network any more' });
    this.#broken = error;
    return error;
  }
}

function isRingMessage(message: unknown): message is RingMessage {
  return (
    typeof message === 'object' &&
    message !== null &&
    'ring' in message &&
    typeof message.ring === 'number' &&
    'memory' in message &&
    message.memory instanceof SharedArrayBuffer
  );
}
