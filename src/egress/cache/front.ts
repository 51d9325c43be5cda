/**
 * What the cache has answered with lately, in this process and ready to be shown: a look-up in the state costs more than all
 * else of such a call. Trusted side. Bounded in bytes; the state is asked once a millisecond whether any of it is no more
 * what is kept, and for each entry once in a while, since it lets go what nobody uses.
 */
import type { Clock } from '../../net/clock.ts';
import type { CacheStore } from '../state/state.ts';
import type { Kept } from './kept.ts';

/** How old what is known of the state may be: as of the policy. */
const TRUSTED_MS = 1;
/** How long one entry counts as used in the state since it was last found there. */
const USED_MS = 10_000;
const MOST_BYTES = 8_388_608;
/** One that is larger is not kept here. */
const LARGEST_BYTES = 262_144;

interface Held {
  readonly kept: Kept;
  readonly size: number;
  /** By the clock: when it was found in the state. */
  readonly foundAt: number;
}

export class Front {
  readonly #store: Pick<CacheStore, 'version'>;
  readonly #clock: Clock;
  /** The one used last stands last. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;
  /** The state's, when what is held was found; null: it has none, and nothing is held. */
  #version: number | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<CacheStore, 'version'>, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Null: the state has to be asked. `wall`: milliseconds since 1970. Raises what the state raises. */
  get(key: string, wall: number): Kept | null {
    const now = this.#clock.now();
    this.#look(now);
    const held = this.#held.get(key);
    if (held === undefined) return null;
    this.drop(key);
    if (held.kept.expiresAt <= wall || now - held.foundAt >= USED_MS) return null;
    this.#hold(key, held);
    return held.kept;
  }

  /** Holds what `get` did not have and the state did. */
  put(key: string, kept: Kept): void {
    const size = key.length + kept.size;
    if (this.#version === null || size > LARGEST_BYTES) return;
    this.drop(key);
    this.#hold(key, { kept, size, foundAt: this.#clock.now() });
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= MOST_BYTES) return;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    this.#held.delete(key);
    this.#bytes -= held.size;
  }

  clear(): void {
    this.#held.clear();
    this.#bytes = 0;
  }

  #hold(key: string, held: Held): void {
    this.#held.set(key, held);
    this.#bytes += held.size;
  }

  /** What was cleared or replaced, here or by another process, is shown no more. */
  #look(now: number): void {
    if (now - this.#lookedAt < TRUSTED_MS) return;
    this.#lookedAt = Number.NEGATIVE_INFINITY;
    const version = this.#store.version();
    this.#lookedAt = now;
    if (version === this.#version) return;
    this.#version = version;
    this.clear();
  }
}
