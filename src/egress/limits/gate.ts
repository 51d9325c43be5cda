/**
 * Where a call waits for a free slot or for its rate, and for how long. Trusted side. Who waits for a slot of its own app
 * holds none of the others, so that an app at its cap keeps nobody else back.
 */
import { type CaspianError, LimitReachedError, RateLimitedError } from '../../errors/classes.ts';
import type { Clock, Timer } from '../../net/clock.ts';
import type { Settings } from '../settings.ts';
import type { RateKey, Rates } from './rates.ts';
import type { Slots } from './slots.ts';

export interface EnterAsk {
  readonly app: string;
  readonly settings: Settings;
  readonly signal: AbortSignal | undefined;
}

/** Gives the slots back. Calling it again does nothing. */
export type Leave = () => void;

interface Waiter {
  readonly ask: EnterAsk;
  readonly admit: (leave: Leave) => void;
  readonly refuse: (error: unknown) => void;
}

/** How often slots that other processes may have freed are asked for while somebody waits. */
const ASK_AGAIN_MS = 50;
/** Keys of slots: those of all, and those of each app. */
export const TOTAL = 'all';
export const OF_APP = 'app:';

export class Gate {
  readonly #rates: Rates;
  readonly #slots: Slots;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  /** Calls that wait for a rate. */
  #delayed = 0;
  #pumping = false;
  #again: Timer | null = null;

  constructor(rates: Rates, slots: Slots, clock: Clock) {
    this.#rates = rates;
    this.#slots = slots;
    this.#clock = clock;
  }

  /** How many wait, for either. */
  get waiting(): number {
    return this.#waiters.size + this.#delayed;
  }

  /** Waits for a slot of the app and one of all. Raises LimitReachedError. */
  async enter(ask: EnterAsk): Promise<Leave> {
    if (this.#waiters.size === 0) {
      const leave = await this.#tryEnter(ask);
      if (leave !== null) return leave;
    }
    this.#checkRoom(ask, () => slotError(ask, 'too many calls wait'));
    return this.#wait(ask);
  }

  #wait(ask: EnterAsk): Promise<Leave> {
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#waiters.delete(waiter);
        timer.cancel();
        ask.signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        over();
        reject(ask.signal?.reason);
      };
      const waiter: Waiter = {
        ask,
        admit: (leave) => {
          over();
          resolve(leave);
        },
        refuse: (error) => {
          over();
          reject(error);
        },
      };
      const timer = this.#clock.after(ask.settings.queue_wait, () =>
        waiter.refuse(slotError(ask, 'no slot came free')),
      );
      ask.signal?.addEventListener('abort', onAbort);
      this.#waiters.add(waiter);
      if (ask.signal?.aborted === true) onAbort();
      else void this.#pump();
    });
  }

  async #tryEnter({ app, settings }: EnterAsk): Promise<Leave | null> {
    const own = `${OF_APP}${app}`;
    if (!(await this.#slots.take(own, settings.app_concurrency))) return null;
    if (!(await this.#slots.take(TOTAL, settings.total_concurrency))) {
      this.#slots.free(own);
      return null;
    }
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#slots.free(own);
      this.#slots.free(TOTAL);
      if (this.#waiters.size > 0) void this.#pump();
    };
  }

  /** Admits whoever may enter now, first come first served among those of one app. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#again?.cancel();
    this.#again = null;
    const full = new Set<string>();
    for (const waiter of this.#waiters) {
      const { app } = waiter.ask;
      if (full.has(app)) continue;
      try {
        const leave = await this.#tryEnter(waiter.ask);
        if (leave === null) full.add(app);
        else if (this.#waiters.has(waiter)) waiter.admit(leave);
        else leave();
      } catch (error) {
        waiter.refuse(error);
      }
    }
    this.#pumping = false;
    if (this.#waiters.size > 0) this.#again ??= this.#clock.after(ASK_AGAIN_MS, () => void this.#pump());
  }

  /** Takes a token of each bucket, and waits for it if it will be there in time. Raises RateLimitedError. */
  async charge(keys: readonly RateKey[], ask: EnterAsk): Promise<void> {
    const until = this.#clock.now() + ask.settings.queue_wait;
    for (;;) {
      const refusal = await this.#rates.take(keys);
      if (refusal === null) return;
      const error = rateError(refusal.rule, refusal.waitMs);
      if (this.#clock.now() + refusal.waitMs > until) throw error;
      this.#checkRoom(ask, () => error);
      await this.#delay(refusal.waitMs, ask.signal);
    }
  }

  async #delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
    this.#delayed += 1;
    try {
      await delay(this.#clock, ms, signal);
    } finally {
      this.#delayed -= 1;
    }
  }

  #checkRoom({ settings }: EnterAsk, error: () => CaspianError): void {
    if (this.waiting >= settings.queue_length) throw error();
  }
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts. */
export function delay(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
  });
}

function slotError({ app, settings }: EnterAsk, reason: string): LimitReachedError {
  const { app_concurrency: own, total_concurrency: total } = settings;
  return new LimitReachedError(`${reason}: app ${app} may have ${own} calls at once, all apps ${total}`, {
    operation: 'fetch',
    retryAfter: settings.queue_wait / 1_000,
  });
}

function rateError(rule: string, waitMs: number): RateLimitedError {
  return new RateLimitedError(`too many requests in a while (${rule})`, {
    operation: 'fetch',
    retryAfter: Math.ceil(waitMs) / 1_000,
  });
}
