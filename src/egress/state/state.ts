/**
 * What processes share: policy, secrets, rates, slots, cache and journal. One interface, one contract suite, two
 * implementations. Trusted side. Times are milliseconds since 1970, since processes have no other clock in common.
 */
import type { Rate } from '../../net/grants/narrowing.ts';
import type { JournalFilter, JournalRow, NumberedRow } from '../journal/row.ts';
import type { SettingText } from '../policy/policy.ts';

/** An answer that is here already where the state is local, so that nobody waits for a turn of the loop in vain. */
export type Eventual<T> = T | Promise<T>;

export interface StoredEntry {
  readonly kind: 'allow' | 'deny';
  readonly app: string | null;
  /** As the operator wrote it; read again when it is loaded. */
  readonly rule: string;
  /** Canonical: an entry with the same kind, app and text is replaced. */
  readonly text: string;
  /** JSON of the options as they were given. */
  readonly options: string;
}

export interface StoredPolicy {
  readonly version: number;
  readonly entries: readonly StoredEntry[];
  readonly settings: readonly SettingText[];
}

export interface PolicyStore {
  load(): Eventual<StoredPolicy>;
  /** Cheap: asked before each call. Raises when the state can't be reached, so that the call is refused. */
  version(): number;
  /** Returns the one that it replaced; null if there was none. */
  putEntry(entry: StoredEntry): Eventual<StoredEntry | null>;
  /** False if there was none. */
  removeEntry(entry: Pick<StoredEntry, 'kind' | 'app' | 'text'>): Eventual<boolean>;
  putSetting(setting: SettingText): Eventual<void>;
  /** False if there was none. */
  removeSetting(setting: Pick<SettingText, 'app' | 'name'>): Eventual<boolean>;
}

export interface StoredSecret {
  readonly name: string;
  readonly app: string | null;
  /** JSON: hosts, methods, paths. */
  readonly scope: string;
  readonly sealed: Uint8Array;
  /** The value before the last rotation, and until when it counts. */
  readonly previous: Uint8Array | null;
  readonly previousUntil: number;
  readonly changedAt: number;
}

export interface SecretStore {
  /** All of them, sealed; they change with the policy's version. */
  load(): Eventual<readonly StoredSecret[]>;
  put(secret: StoredSecret): Eventual<void>;
  /** Puts it in the place of `read`, where value and scope are still those; false if they are not, and nothing is done. */
  replace(read: StoredSecret, secret: StoredSecret): Eventual<boolean>;
  remove(name: string, app: string | null): Eventual<boolean>;
}

export interface Taken {
  readonly granted: number;
  /** Where nothing was granted: milliseconds until one token is there. */
  readonly waitMs: number;
}

export interface RateStore {
  /** Takes up to `want` tokens of the bucket `key`, which holds `burst` and fills at `rate`. */
  take(key: string, want: number, rate: Rate, burst: number, now: number): Eventual<Taken>;
  /** Gives tokens back that nobody used. */
  putBack(key: string, tokens: number, rate: Rate): Eventual<void>;
}

export interface SlotStore {
  /** Leases up to `want` more slots of `key` to this owner, while all owners together hold at most `limit`. */
  lease(key: string, owner: string, want: number, limit: number, now: number, ttlMs: number): Eventual<number>;
  giveBack(key: string, owner: string, slots: number): Eventual<void>;
  /**
   * Keeps what the owner holds for another `ttlMs`; what nobody renews is free again. `held` is all that it holds, of any
   * other key nothing: a state that was away, has lost what it held, or was not heard, knows it again. It comes to the
   * state after what was asked before it, and before what is asked afterwards.
   */
  renew(owner: string, held: ReadonlyMap<string, number>, now: number, ttlMs: number): Eventual<void>;
  giveBackAll(owner: string): Eventual<void>;
  /** How many are leased, by key. */
  held(now: number): Eventual<ReadonlyMap<string, number>>;
}

export interface CachedResponse {
  /** JSON: status, headers and what else there is beside the body. */
  readonly meta: string;
  readonly body: Uint8Array;
  readonly expiresAt: number;
}

export interface CacheEntry extends CachedResponse {
  readonly key: string;
  readonly app: string | null;
  readonly host: string;
}

export interface CacheStats {
  readonly entries: number;
  readonly bytes: number;
}

export interface CacheStore {
  get(key: string, now: number): Eventual<CachedResponse | null>;
  /**
   * Another number as soon as an answer of `get` may be no more what is kept: something was cleared, or put in the place of
   * another. Null: to know that costs as much as `get`.
   */
  version(): number | null;
  /** Stores it, and lets the least recently used go while there are more than `maxBytes`. */
  put(entry: CacheEntry, now: number, maxBytes: number): Eventual<void>;
  /** How many went. */
  clear(host: string | null): Eventual<number>;
  stats(): Eventual<CacheStats>;
}

export interface JournalStore {
  append(rows: readonly JournalRow[], dropped: number): Eventual<void>;
  /** The same where nothing follows; what is older than `before` may go with it. Absent: there is no other way. */
  appendLast?(rows: readonly JournalRow[], dropped: number, before: number): Eventual<void>;
  /** The same at the end of the process, where no promise settles any more, with what is being written; absent: there is no way. */
  appendNow?(rows: readonly JournalRow[], dropped: number): void;
  /** The newest last; at most `filter.limit`. */
  query(filter: JournalFilter): Eventual<readonly NumberedRow[]>;
  dropped(): Eventual<number>;
  /** Removes rows older than `before`, a bounded number of them; true while there are more. */
  purge(before: number): Eventual<boolean>;
}

export interface State {
  readonly kind: 'sqlite' | 'redis';
  /** Milliseconds since 1970, as all that share the state count them. */
  now(): number;
  /** How many processes share it, this one included, as far as is known: what each may do alone while it is away. */
  sharers(): number;
  readonly policy: PolicyStore;
  readonly secrets: SecretStore;
  readonly rates: RateStore;
  readonly slots: SlotStore;
  readonly cache: CacheStore;
  readonly journal: JournalStore;
  close(): Promise<void>;
}
