/**
 * Where a call waits for a free slot or for its rate, and for how long. Trusted side. Who waits for a slot of its own app
 * holds none of the others, so that an app at its cap keeps nobody else back; slots of all go to the apps in turn, however
 * many calls of each wait. What can be answered at once is, without a turn of the loop.
 */
import type { RateLimitedError } from '../../errors/classes.ts';
import type { Clock, Timer } from '../../net/clock.ts';
import { anyOf } from '../../net/signals.ts';
import type { Operation } from '../operation.ts';
import type { Settings } from '../settings.ts';
import type { Eventual } from '../state/state.ts';
import type { RateKey, RateRefusal, Rates } from './rates.ts';
import { rateError, slotError } from './refusal.ts';
import { type Occupant, Room } from './room.ts';
import type { Slots } from './slots.ts';

export interface EnterAsk {
  readonly operation: Operation;
  readonly app: string;
  readonly settings: Settings;
  readonly signal: AbortSignal | undefined;
}

/** Gives the slots back. Calling it again does nothing. */
export type Leave = () => void;

/** Waits for a slot. */
interface Waiter extends Occupant {
  readonly ask: EnterAsk;
  readonly admit: (leave: Leave) => void;
}

/** Which slots were all taken: the app's own, or those of all. */
type Full = 'own' | 'all';

/** How often slots that other processes may have freed are asked for while somebody waits. */
const ASK_AGAIN_MS = 50;
/** Keys of slots: those of all, and those of each app. */
export const TOTAL = 'all';
export const OF_APP = 'app:';

export class Gate {
  readonly #rates: Rates;
  readonly #slots: Slots;
  readonly #clock: Clock;
  /** Everybody who waits, for either. */
  readonly #room = new Room();
  /** Who waits for a slot, by app, in the order in which they came. */
  readonly #lines = new Map<string, Set<Waiter>>();
  /** Apps with such a line that are not known to be at their cap, in the order in which it is their turn. */
  readonly #ready = new Set<string>();
  /** Counts what was freed here, so that an answer from before is not taken for one of now. */
  #freed = 0;
  #pumping = false;
  #again: Timer | null = null;

  constructor(rates: Rates, slots: Slots, clock: Clock) {
    this.#rates = rates;
    this.#slots = slots;
    this.#clock = clock;
  }

  /** How many wait, for either. */
  get waiting(): number {
    return this.#room.size;
  }

  /** Takes a slot of the app and one of all; waits where there is none. Raises LimitReachedError. */
  enter(ask: EnterAsk): Eventual<Leave> {
    // Whoever came first goes first: within an app, and where apps wait for a slot of all.
    if (this.#lines.has(ask.app) || this.#ready.size > 0) return this.#wait(ask);
    const found = this.#take(ask);
    return found instanceof Promise ? this.#enterLater(found, ask) : isFull(found) ? this.#wait(ask) : found;
  }

  async #enterLater(asked: Promise<Leave | Full>, ask: EnterAsk): Promise<Leave> {
    const found = await asked;
    if (isFull(found)) return this.#wait(ask);
    // The state gives several at once: those that came while it was asked may have one too.
    this.#mayGoOn(ask.app);
    return found;
  }

  #take({ app, settings }: EnterAsk): Eventual<Leave | Full> {
    const own = `${OF_APP}${app}`;
    const taken = this.#slots.take(own, settings.app_concurrency);
    if (taken instanceof Promise) return taken.then((has) => (has ? this.#takeTotal(own, settings) : 'own'));
    return taken ? this.#takeTotal(own, settings) : 'own';
  }

  #takeTotal(own: string, { total_concurrency: most }: Settings): Eventual<Leave | Full> {
    const settle = (has: boolean): Leave | Full => {
      if (has) return this.#leaveOf(own);
      this.#slots.free(own);
      return 'all';
    };
    const taken = this.#slots.take(TOTAL, most);
    return taken instanceof Promise ? taken.then(settle) : settle(taken);
  }

  #leaveOf(own: string): Leave {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#slots.free(own);
      this.#slots.free(TOTAL);
      this.#mayGoOn(own.slice(OF_APP.length));
    };
  }

  /** A slot of the app has come free here, or one of all. */
  #mayGoOn(app: string): void {
    if (this.#lines.size === 0) return;
    this.#freed += 1;
    if (this.#lines.has(app)) this.#ready.add(app);
    void this.#pump();
  }

  #wait(ask: EnterAsk): Promise<Leave> {
    const { app, settings, signal } = ask;
    return new Promise((resolve, reject) => {
      const over = (): void => {
        this.#leaveLine(waiter);
        timer?.cancel();
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        over();
        reject(signal?.reason);
      };
      const waiter: Waiter = {
        app,
        ask,
        admit: (leave) => {
          over();
          resolve(leave);
        },
        giveWay: (reason = slotError(ask, 'too many calls wait')) => {
          over();
          reject(reason);
        },
      };
      let timer: Timer | null = null;
      if (signal?.aborted === true) return reject(signal.reason);
      if (!this.#room.enter(waiter, settings.queue_length)) return reject(slotError(ask, 'too many calls wait'));
      timer = this.#clock.after(settings.queue_wait, () => {
        over();
        reject(slotError(ask, 'no slot came free'));
      });
      signal?.addEventListener('abort', onAbort);
      this.#joinLine(waiter);
    });
  }

  #joinLine(waiter: Waiter): void {
    const { app } = waiter;
    const line = this.#lines.get(app);
    if (line !== undefined) {
      line.add(waiter);
      return;
    }
    this.#lines.set(app, new Set([waiter]));
    // While it was refused something may have been freed.
    this.#ready.add(app);
    void this.#pump();
  }

  #leaveLine(waiter: Waiter): void {
    const { app } = waiter;
    this.#room.leave(waiter);
    const line = this.#lines.get(app);
    if (line?.delete(waiter) !== true || line.size > 0) return;
    this.#lines.delete(app);
    this.#ready.delete(app);
  }

  /** Admits whoever may enter now: one of each app in turn, until all slots are taken or nobody is ready. */
  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#again?.cancel();
    for (let waiter = this.#next(); waiter !== undefined; waiter = this.#next()) {
      const { app, ask, admit } = waiter;
      const before = this.#freed;
      const asked = this.#take(ask);
      const found = asked instanceof Promise ? await asked : asked;
      if (!isFull(found)) {
        if (this.#lines.get(app)?.has(waiter) === true) admit(found);
        else found();
        // Its next turn comes after everybody else's.
        this.#ready.delete(app);
        if (this.#lines.has(app)) this.#ready.add(app);
      } else if (before === this.#freed) {
        if (found === 'all') break;
        this.#ready.delete(app);
      }
    }
    this.#pumping = false;
    this.#again = this.#lines.size === 0 ? null : this.#clock.after(ASK_AGAIN_MS, () => this.#askAgain());
  }

  /** The first of the app whose turn it is. */
  #next(): Waiter | undefined {
    const [app = ''] = this.#ready;
    const [waiter] = this.#lines.get(app) ?? [];
    return waiter;
  }

  /** Slots may have come back that other processes had, of all and of apps at their cap. */
  #askAgain(): void {
    for (const app of this.#lines.keys()) this.#ready.add(app);
    void this.#pump();
  }

  /** Ends every wait. */
  close(reason: unknown): void {
    this.#room.empty(reason);
  }

  /** Takes a token of each bucket, and waits for it if it will be there in time. Raises RateLimitedError. */
  charge(keys: readonly RateKey[], ask: EnterAsk): Eventual<void> {
    const taken = this.#rates.take(keys);
    return taken === null ? undefined : this.#chargeLater(keys, ask, taken);
  }

  async #chargeLater(keys: readonly RateKey[], ask: EnterAsk, first: Eventual<RateRefusal>): Promise<void> {
    const until = this.#clock.now() + ask.settings.queue_wait;
    for (let refusal = await first; refusal !== null; refusal = await this.#rates.take(keys)) {
      const { rule, waitMs } = refusal;
      if (this.#clock.now() + waitMs > until) throw rateError(ask, rule, waitMs);
      await this.#delay(ask, waitMs, () => rateError(ask, rule, waitMs));
    }
  }

  /** Waits in the room, and raises what `refused` says where there is no place. */
  async #delay({ app, settings, signal }: EnterAsk, ms: number, refused: () => RateLimitedError): Promise<void> {
    const evicted = new AbortController();
    const occupant: Occupant = { app, giveWay: (reason = refused()) => evicted.abort(reason) };
    if (!this.#room.enter(occupant, settings.queue_length)) throw refused();
    try {
      await delay(this.#clock, ms, anyOf(evicted.signal, signal));
    } finally {
      this.#room.leave(occupant);
    }
  }
}

function isFull(found: Leave | Full): found is Full {
  return typeof found === 'string';
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts. */
function delay(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
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
