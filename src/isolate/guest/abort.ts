/** AbortController and AbortSignal (DOM §3). Powerless. */
import { DOMException } from './dom-exception.ts';
import { Event, EventTarget, handlerAttributes } from './events.ts';
import { setTimer } from './timers.ts';

const NONE = Symbol('not aborted');
const secret = Symbol('only a controller makes a signal');

const abortNow = new WeakMap<AbortSignal, (reason: unknown) => void>();

export class AbortSignal extends EventTarget {
  #reason: unknown = NONE;

  constructor(key?: unknown) {
    super();
    if (key !== secret) throw new TypeError('Illegal constructor');
    abortNow.set(this, (reason) => this.#abort(reason));
  }

  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(secret);
    signal.#reason = reasonOr(reason);
    return signal;
  }

  static timeout(ms: number): AbortSignal {
    if (!(Number(ms) >= 0)) throw new TypeError('timeout: milliseconds, 0 or more');
    const signal = new AbortSignal(secret);
    setTimer(() => signal.#abort(new DOMException('The operation timed out.', 'TimeoutError')), Number(ms));
    return signal;
  }

  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = [...signals];
    const aborted = all.find((signal) => signal.aborted);
    if (aborted !== undefined) return AbortSignal.abort(aborted.reason);
    const signal = new AbortSignal(secret);
    for (const one of all) one.addEventListener('abort', () => signal.#abort(one.reason), { once: true });
    return signal;
  }

  get aborted(): boolean {
    return this.#reason !== NONE;
  }

  get reason(): unknown {
    return this.#reason === NONE ? undefined : this.#reason;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.#reason;
  }

  #abort(reason: unknown): void {
    if (this.aborted) return;
    this.#reason = reason;
    this.dispatchEvent(new Event('abort'));
  }

  get [Symbol.toStringTag](): string {
    return 'AbortSignal';
  }
}
handlerAttributes(AbortSignal, 'abort');

export class AbortController {
  readonly signal: AbortSignal = new AbortSignal(secret);

  abort(reason?: unknown): void {
    abortNow.get(this.signal)?.(reasonOr(reason));
  }

  get [Symbol.toStringTag](): string {
    return 'AbortController';
  }
}

function reasonOr(reason: unknown): unknown {
  return reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
}
