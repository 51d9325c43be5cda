/**
 * How long one layer of a capability lasts: until it is revoked or expires. Trusted side.
 */
import { RevokedError } from '../errors/classes.ts';
import { type Clock, systemClock, type Timer } from './clock.ts';

export type Ending = 'revoked' | 'expired';

const MESSAGES: Readonly<Record<Ending, string>> = {
  revoked: 'the capability was revoked',
  expired: 'the capability has expired',
};

/** What is raised for use after the end, where no more is to be said than how it ended. */
export function endingError(ending: Ending): RevokedError {
  return new RevokedError(MESSAGES[ending]);
}

export class Lifetime {
  readonly #clock: Clock;
  readonly #expiresAt: number;
  #controller: AbortController | null = null;
  #ending: Ending | null = null;
  #timer: Timer | null = null;

  /** `expires`: seconds from now, or undefined for no end. */
  constructor(clock: Clock, expires: number | undefined) {
    this.#clock = clock;
    this.#expiresAt = expires === undefined ? Number.POSITIVE_INFINITY : clock.now() + expires * 1000;
  }

  /** How it ended; null while it lasts. Goes by the clock, not by whether a timer has fired. */
  ending(now: number): Ending | null {
    if (this.#ending === null && now >= this.#expiresAt) this.end('expired');
    return this.#ending;
  }

  /** Ends it at once, operations under way included. The first ending counts. */
  end(ending: Ending): void {
    if (this.#ending !== null) return;
    this.#ending = ending;
    this.#timer?.cancel();
    this.#controller?.abort(endingError(ending));
  }

  /** Aborts at the end, with a RevokedError. A timer runs only where someone has asked for this. */
  get signal(): AbortSignal {
    const now = this.#clock.now();
    if (this.ending(now) === null && this.#timer === null && Number.isFinite(this.#expiresAt)) {
      this.#timer = this.#clock.after(this.#expiresAt - now, () => this.end('expired'));
    }
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#ending !== null) this.#controller.abort(endingError(this.#ending));
    }
    return this.#controller.signal;
  }
}

/** Of a layer that ends only with the capability that it belongs to. Nobody is handed it, so nobody ends it. */
export const ENDLESS = new Lifetime(systemClock, undefined);
