/**
 * One fetch from the call to the last byte of its body, over all hops: what may end it early, in one place. Trusted
 * side. One timer at most, and no listener on the capability's signal that is not shared by all of its fetches.
 */
import type { Target } from '../address/target.ts';
import type { Capability } from '../capability.ts';
import type { Timer } from '../clock.ts';
import type { About, Deadline } from '../dial/deadline.ts';
import type { Exchange } from './exchange.ts';

/** Operations under way, by the signal of their capability. */
const underWay = new WeakMap<AbortSignal, Set<Operation>>();

function joinUnderWay(signal: AbortSignal, operation: Operation): Set<Operation> {
  const joined = underWay.get(signal);
  if (joined !== undefined) return joined.add(operation);
  const fresh = new Set([operation]);
  underWay.set(signal, fresh);
  signal.addEventListener('abort', () => {
    for (const each of fresh) each.abort(signal.reason);
  });
  return fresh;
}

export class Operation {
  readonly deadline: Deadline;
  /** The caller's own. */
  readonly signal: AbortSignal | undefined;
  /** The hop that is under way, for errors. */
  about: About;
  readonly #capability: Capability;
  readonly #onAbort = (): void => this.abort(this.signal?.reason);
  #current: Exchange | null = null;
  #timer: Timer | null = null;
  #peers: Set<Operation> | null = null;
  #listening = false;

  constructor(capability: Capability, deadline: Deadline, signal: AbortSignal | undefined, target: Target) {
    this.#capability = capability;
    this.deadline = deadline;
    this.signal = signal;
    this.about = { operation: 'fetch', target };
  }

  /** Raises what has ended the operation already. */
  check(): void {
    if (this.#capability.signal.aborted) throw this.#capability.signal.reason;
    if (this.signal?.aborted) throw this.signal.reason;
    if (this.deadline.leftMs <= 0) throw this.deadline.error(this.about);
  }

  /** From here on the time-out and the signals end this exchange. Until then they are the dialler's. */
  watch(exchange: Exchange): void {
    this.#current = exchange;
    this.#peers ??= joinUnderWay(this.#capability.signal, this);
    if (this.signal !== undefined && !this.#listening) {
      this.#listening = true;
      this.signal.addEventListener('abort', this.#onAbort);
    }
    const { leftMs, clock } = this.deadline;
    if (leftMs !== Number.POSITIVE_INFINITY) this.#timer ??= clock.after(leftMs, () => this.#timeOut());
  }

  /** This exchange is over; another hop may follow. */
  unwatch(): void {
    this.#current = null;
    this.#timer?.cancel();
    this.#timer = null;
    this.#peers?.delete(this);
    this.#peers = null;
    if (this.#listening) this.signal?.removeEventListener('abort', this.#onAbort);
    this.#listening = false;
  }

  abort(reason: unknown): void {
    this.#current?.cancel(reason);
  }

  #timeOut(): void {
    if (this.#current === null) return;
    this.deadline.phase = this.#current.phase;
    this.abort(this.deadline.error(this.about));
  }
}
