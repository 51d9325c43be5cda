/**
 * One fetch from the call to the last byte of its body, over all hops: what the pool and the dialler are asked for, and
 * what may end it early. Trusted side. Most fetches need no timer of their own and no listener on any signal: the
 * kernel's are shared (in-flight.ts).
 */
import type { Target } from '../address/target.ts';
import type { Capability } from '../capability.ts';
import type { Timer } from '../clock.ts';
import type { By } from '../decision.ts';
import { type About, type Deadline, runStep } from '../dial/deadline.ts';
import type { TlsPlan } from '../dial/tls-options.ts';
import type { Through } from '../dial/tunnel.ts';
import { holdProcess } from '../hold.ts';
import { anyOf } from '../signals.ts';
import type { Exchange } from './exchange.ts';
import type { InFlight } from './in-flight.ts';
import type { LoanAsk } from './pool.ts';

export interface OperationParts {
  readonly capability: Capability;
  readonly inFlight: InFlight;
  readonly deadline: Deadline;
  readonly connectTimeout: number | null;
  /** The caller's own, for this call. */
  readonly signal: AbortSignal | undefined;
  /** One that many calls share: nothing is left on it for each. */
  readonly session: AbortSignal | undefined;
  readonly by: By | undefined;
  /** Of the first hop. */
  readonly target: Target;
}

export interface OperationWatcher {
  /** `error`: what broke the exchange, or null. */
  ended(error: unknown): void;
}

export class Operation implements LoanAsk {
  readonly capability: Capability;
  /** The capability's signal. */
  readonly lifetime: AbortSignal;
  readonly deadline: Deadline;
  readonly connectTimeout: number | null;
  readonly session: AbortSignal | undefined;
  readonly by: By | undefined;
  // The hop that is under way.
  target: Target;
  origin = '';
  tls: TlsPlan | null = null;
  through: Through | null = null;
  /** Neighbours in the ring of what is in flight. */
  before: Operation | null = null;
  after: Operation | null = null;
  /** Told of the end of the exchange that is under way. */
  watcher: OperationWatcher | null = null;
  /** On the clock, in milliseconds: when it is to be ended, by its deadline or since the response's head is not there. */
  dueAt: number;
  readonly #inFlight: InFlight;
  readonly #own: AbortSignal | undefined;
  #current: Exchange | null = null;
  #timer: Timer | null = null;
  #onAbort: (() => void) | null = null;

  constructor(parts: OperationParts) {
    this.capability = parts.capability;
    this.lifetime = parts.capability.signal;
    this.deadline = parts.deadline;
    this.dueAt = parts.deadline.at;
    this.connectTimeout = parts.connectTimeout;
    this.#own = parts.signal;
    this.session = parts.session;
    this.by = parts.by;
    this.target = parts.target;
    this.#inFlight = parts.inFlight;
  }

  /** What ends it beside its capability: for the dialler, which listens by itself. */
  get signal(): AbortSignal | undefined {
    return anyOf(this.#own, this.session);
  }

  /** The hop that is under way, for errors. */
  get about(): About {
    return { operation: 'fetch', target: this.target };
  }

  /** Raises what has ended the operation already. */
  check(): void {
    if (this.lifetime.aborted) throw this.lifetime.reason;
    if (this.#own?.aborted) throw this.#own.reason;
    if (this.session?.aborted) throw this.session.reason;
    if (this.deadline.leftMs <= 0) throw this.deadline.error(this.about);
  }

  /** Whether its time is up, or something has ended it. */
  get ended(): boolean {
    try {
      this.check();
      return false;
    } catch {
      return true;
    }
  }

  /** Waits. Raises what ends the operation meanwhile. */
  async pause(ms: number): Promise<void> {
    const { deadline, about } = this;
    // There may be no connection that does.
    const letGo = holdProcess();
    try {
      await runStep<void>({ deadline, about, signals: [this.signal, this.lifetime] }, ({ done }) => {
        const timer = deadline.clock.after(ms, () => done(undefined));
        return () => timer.cancel();
      });
    } finally {
      letGo();
    }
  }

  /**
   * From here on the time-out and the signals end this exchange. Until then they are the dialler's. `headersTimeout`:
   * seconds until the response's head must be there.
   */
  watch(exchange: Exchange, headersTimeout: number | null): void {
    this.#current = exchange;
    const { clock, at } = this.deadline;
    this.dueAt = headersTimeout === null ? at : Math.min(at, clock.now() + headersTimeout * 1000);
    this.#inFlight.join(this);
    const own = this.#own;
    if (own === undefined) return;
    // Not made where it is assigned: V8 puts what is assigned to a property into the old generation at once, and all that
    // a call has touched would stay with it until a collection of the whole heap.
    const onAbort = (): void => this.abort(own.reason);
    own.addEventListener('abort', onAbort);
    this.#onAbort = onAbort;
  }

  /** The head of the response is there. */
  headersCame(): void {
    if (this.dueAt === this.deadline.at) return;
    this.dueAt = this.deadline.at;
    if (this.#timer === null) return;
    this.#timer.cancel();
    this.#timer = null;
    this.#inFlight.mind(this);
  }

  /** This exchange is over, broken by `error` or not; another hop may follow. */
  over(error: unknown = null): void {
    this.#current = null;
    this.#inFlight.leave(this);
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#onAbort !== null) this.#own?.removeEventListener('abort', this.#onAbort);
    this.#onAbort = null;
    const { watcher } = this;
    this.watcher = null;
    watcher?.ended(error);
  }

  /** The end is near enough for a timer of its own. */
  arm(leftMs: number): void {
    this.#timer ??= this.deadline.clock.after(leftMs, () => this.#timeOut());
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
