/** AbortController and AbortSignal (DOM §3). Powerless. */
import { DOMException } from './dom-exception.ts';
import { Event, EventTarget, fire, handlerAttributes } from './events.ts';
import { attributes, hold, illegal } from './interface.ts';
import { setTimer } from './timers.ts';

const NONE = Symbol('not aborted');
const secret = Symbol('only a controller makes a signal');

const abortNow = new WeakMap<AbortSignal, (reason: unknown) => void>();

let letGo: (signal: AbortSignal) => void = () => {};

/** The signals that this one follows need not know of it any longer: what it was for is done. */
export function unfollow(signal: AbortSignal): void {
  letGo(signal);
}

export class AbortSignal extends EventTarget {
  #reason: unknown = NONE;
  #followed: ReadonlySet<AbortSignal> | null = null;
  readonly #followers = new Set<AbortSignal>();

  static {
    letGo = (signal) => {
      for (const one of signal.#followed ?? []) one.#followers.delete(signal);
    };
  }

  constructor(...[key]: readonly unknown[]) {
    super();
    if (key !== secret) throw illegal();
    abortNow.set(this, (reason) => this.#abort(reason));
  }

  static abort(reason: unknown = undefined): AbortSignal {
    const signal = new AbortSignal(secret);
    signal.#reason = reasonOr(reason);
    return signal;
  }

  static timeout(ms: number): AbortSignal {
    if (!(Number(ms) >= 0 && Number(ms) <= Number.MAX_SAFE_INTEGER))
      throw new TypeError('timeout: milliseconds, 0 or more');
    const signal = new AbortSignal(secret);
    setTimer(() => signal.#abort(new DOMException('The operation timed out.', 'TimeoutError')), Number(ms));
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = [...signals];
    const aborted = all.find((signal) => signal.#reason !== NONE);
    if (aborted !== undefined) return AbortSignal.abort(aborted.#reason);
    const signal = new AbortSignal(secret);
    // A signal follows those that follow none, so that one step of the way is enough.
    signal.#followed = new Set(all.flatMap((one) => (one.#followed === null ? [one] : [...one.#followed])));
    for (const one of signal.#followed) one.#followers.add(signal);
    return signal;
  }

  get aborted(): boolean {
    return this.#reason !== NONE;
  }

  get reason(): unknown {
    return this.#reason === NONE ? undefined : this.#reason;
  }

  throwIfAborted(): void {
    if (this.#reason !== NONE) throw this.#reason;
  }

  #abort(reason: unknown): void {
    if (this.#reason !== NONE) return;
    // All of them are aborted before any is told of it.
    const told = [this, ...this.#followers].filter((signal) => signal.#reason === NONE);
    this.#followers.clear();
    for (const signal of told) signal.#reason = reason;
    for (const signal of told) fire(signal, new Event('abort'));
  }
}
handlerAttributes(AbortSignal, 'abort');

export class AbortController {
  declare readonly signal: AbortSignal;

  constructor() {
    hold(this, { signal: new AbortSignal(secret) });
  }

  abort(reason: unknown = undefined): void {
    const { signal } = this;
    const abort = abortNow.get(signal);
    if (abort === undefined) throw illegal();
    abort(reasonOr(reason));
  }
}
attributes(AbortController, 'signal');

function reasonOr(reason: unknown): unknown {
  return reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
}
