/**
 * Slots for calls at once that many processes share, leased in batches and renewed while they are held: those of a
 * process that died are free again when their lease has run out. Trusted side.
 */
import type { Clock, Timer } from '../../net/clock.ts';
import type { Eventual, SlotStore } from '../state/state.ts';
import { ignoreFailure } from './rates.ts';

const LEASE_MS = 15_000;
const RENEWED_MS = 5_000;
const IDLE_MS = 1_000;
/** A batch is so much of a limit: 1 of 10, 10 of 100. */
const BATCH_SHARE = 10;

interface Lease {
  leased: number;
  used: number;
  usedAt: number;
}

export class Slots {
  readonly #store: SlotStore;
  readonly #clock: Clock;
  readonly #wall: () => number;
  readonly #owner: string;
  readonly #leases = new Map<string, Lease>();
  #tick: Timer | null = null;
  #renewedAt = 0;

  /** `owner` names this process among all that share the state. */
  constructor(store: SlotStore, owner: string, clock: Clock, wall: () => number) {
    this.#store = store;
    this.#owner = owner;
    this.#clock = clock;
    this.#wall = wall;
  }

  /** Takes one slot of `key`; false if all `limit` of them are taken. */
  take(key: string, limit: number): Eventual<boolean> {
    const lease = this.#lease(key);
    if (lease.used >= limit) return false;
    if (lease.used < lease.leased) return use(lease, this.#clock.now());
    const batch = Math.max(1, Math.floor(limit / BATCH_SHARE));
    const granted = this.#store.lease(key, this.#owner, batch, limit, this.#wall(), LEASE_MS);
    if (granted instanceof Promise) return granted.then((slots) => this.#granted(lease, slots));
    return this.#granted(lease, granted);
  }

  #granted(lease: Lease, slots: number): boolean {
    lease.leased += slots;
    if (slots > 0) this.#tick ??= this.#clock.after(IDLE_MS, () => this.#turn());
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
      lease = { leased: 0, used: 0, usedAt: this.#clock.now() };
      this.#leases.set(key, lease);
    }
    return lease;
  }

  /** Gives back what nobody has used for a while, and renews the rest. */
  #turn(): void {
    this.#tick = null;
    const now = this.#clock.now();
    for (const [key, lease] of this.#leases) {
      const spare = lease.leased - lease.used;
      if (spare > 0 && now - lease.usedAt >= IDLE_MS) {
        lease.leased = lease.used;
        ignoreFailure(() => this.#store.giveBack(key, this.#owner, spare));
      }
      if (lease.leased === 0 && lease.used === 0) this.#leases.delete(key);
    }
    if (this.#leases.size === 0) return;
    if (now - this.#renewedAt >= RENEWED_MS) {
      this.#renewedAt = now;
      ignoreFailure(() => this.#store.renew(this.#owner, this.#wall(), LEASE_MS));
    }
    this.#tick = this.#clock.after(IDLE_MS, () => this.#turn());
  }

  close(): void {
    this.#tick?.cancel();
    this.#leases.clear();
    ignoreFailure(() => this.#store.giveBackAll(this.#owner));
  }
}

function use(lease: Lease, now: number): boolean {
  lease.used += 1;
  lease.usedAt = now;
  return true;
}
