/**
 * Slots for calls at once that many processes share, leased in batches and renewed while they are held: those of a
 * process that died are free again when their lease has run out. While the state does not answer each process may go up
 * to its share. A renewal says all that this process holds, and undoes whatever else the state has in its name: what was
 * given back unheard, or granted by an answer that was lost. Trusted side.
 */
import type { Clock, Timer } from '../../net/clock.ts';
import type { Eventual, State } from '../state/state.ts';
import { type Outage, shareOf } from './outage.ts';
import { ignoreFailure } from './rates.ts';

const LEASE_MS = 15_000;
const RENEWED_MS = 5_000;
const IDLE_MS = 1_000;
/** A batch is so much of a limit: 1 of 10, 10 of 100. */
const BATCH_SHARE = 10;

interface Lease {
  leased: number;
  used: number;
  /** Questions to the state whose answer is not here. */
  asked: number;
  usedAt: number;
}

export type SlotState = Pick<State, 'slots' | 'now' | 'sharers'>;

export class Slots {
  readonly #state: SlotState;
  readonly #clock: Clock;
  readonly #outage: Outage;
  readonly #owner: string;
  readonly #leases = new Map<string, Lease>();
  #tick: Timer | null = null;
  #renewedAt = 0;
  /** Counts renewals, so that what the state granted before one is not taken for what it holds after it. */
  #renewals = 0;
  /** The state may hold other numbers than are known here, and is told at the next turn. */
  #differs = false;
  #closed = false;

  /** `owner` names this process among all that share the state. */
  constructor(state: SlotState, owner: string, clock: Clock, outage: Outage) {
    this.#state = state;
    this.#owner = owner;
    this.#clock = clock;
    this.#outage = outage;
  }

  /** Takes one slot of `key`; false if all `limit` of them are taken. */
  take(key: string, limit: number): Eventual<boolean> {
    const lease = this.#lease(key);
    if (lease.used < Math.min(lease.leased, limit)) return use(lease, this.#clock.now());
    // Each that asks may get one: more than the limit never need to, however many calls begin at once.
    if (lease.used + lease.asked >= limit) return false;
    const batch = Math.max(1, Math.floor(limit / BATCH_SHARE));
    try {
      const granted = this.#state.slots.lease(key, this.#owner, batch, limit, this.#state.now(), LEASE_MS);
      if (!(granted instanceof Promise)) return this.#granted(lease, granted);
      lease.asked += 1;
      const before = this.#renewals;
      const answered = granted.finally(() => {
        lease.asked -= 1;
      });
      return answered.then(
        // A renewal that was sent meanwhile came to the state after this question, and undid what it granted.
        (slots) => (before === this.#renewals ? this.#granted(lease, slots) : this.take(key, limit)),
        () => this.#takeLocal(lease, limit),
      );
    } catch {
      return this.#takeLocal(lease, limit);
    }
  }

  #granted(lease: Lease, slots: number): boolean {
    this.#outage.worked();
    return this.#hold(lease, slots);
  }

  /** The state does not answer: one more, if this process is below its share. */
  #takeLocal(lease: Lease, limit: number): boolean {
    this.#outage.failed();
    // The state does not know of it; or it has granted what nobody here has heard of.
    this.#tellAgain();
    return this.#hold(lease, lease.leased < shareOf(limit, this.#state.sharers()) ? 1 : 0);
  }

  #hold(lease: Lease, slots: number): boolean {
    lease.leased += slots;
    if (slots > 0) this.#turnLater();
    return lease.used < lease.leased && use(lease, this.#clock.now());
  }

  /** Gives a slot back that `take` gave. */
  free(key: string): void {
    const lease = this.#lease(key);
    lease.used -= 1;
    lease.usedAt = this.#clock.now();
  }

  /** How many are in use here, by key. */
  used(): ReadonlyMap<string, number> {
    return new Map([...this.#leases].map(([key, { used }]) => [key, used]));
  }

  #lease(key: string): Lease {
    let lease = this.#leases.get(key);
    if (lease === undefined) {
      lease = { leased: 0, used: 0, asked: 0, usedAt: this.#clock.now() };
      this.#leases.set(key, lease);
    }
    return lease;
  }

  #turnLater(): void {
    if (!this.#closed) this.#tick ??= this.#clock.after(IDLE_MS, () => this.#turn());
  }

  #tellAgain(): void {
    this.#differs = true;
    this.#turnLater();
  }

  /** Gives back what nobody has used for a while, and renews the rest. */
  #turn(): void {
    this.#tick = null;
    const now = this.#clock.now();
    const renews = this.#differs || now - this.#renewedAt >= RENEWED_MS;
    for (const [key, lease] of this.#leases) {
      const spare = lease.leased - lease.used;
      if (spare > 0 && now - lease.usedAt >= IDLE_MS) {
        lease.leased = lease.used;
        // A renewal says so too, and to a state that does not answer nothing else is said.
        if (!renews && !this.#differs) this.#tell(() => this.#state.slots.giveBack(key, this.#owner, spare));
      }
      if (lease.leased === 0 && lease.used === 0 && lease.asked === 0) this.#leases.delete(key);
    }
    if (renews) this.#renew(now);
    if (this.#leases.size > 0) this.#turnLater();
  }

  #renew(now: number): void {
    const held = new Map([...this.#leases].map(([key, { leased }]) => [key, leased]));
    this.#renewedAt = now;
    this.#renewals += 1;
    this.#differs = false;
    this.#tell(() => this.#state.slots.renew(this.#owner, held, this.#state.now(), LEASE_MS));
  }

  #tell(step: () => Eventual<void>): void {
    const again = (): void => this.#tellAgain();
    try {
      const told = step();
      if (told instanceof Promise) told.catch(again);
    } catch {
      again();
    }
  }

  close(): void {
    this.#closed = true;
    this.#tick?.cancel();
    this.#leases.clear();
    ignoreFailure(() => this.#state.slots.giveBackAll(this.#owner));
  }
}

function use(lease: Lease, now: number): boolean {
  lease.used += 1;
  lease.usedAt = now;
  return true;
}
