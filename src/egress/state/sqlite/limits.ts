/**
 * Rates and slots in SQLite. Trusted side. Asked once for a batch, not once for a call.
 */
import type { Rate } from '../../../net/grants/narrowing.ts';
import { takeTokens } from '../bucket.ts';
import type { RateStore, SlotStore, Taken } from '../state.ts';
import { type Database, numberOf, textOf } from './database.ts';

export class SqliteRates implements RateStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  take(key: string, want: number, rate: Rate, burst: number, now: number): Taken {
    return this.#db.transaction(() => {
      const fullAt = numberOf(this.#db.get('SELECT full_at FROM rates WHERE key = ?', key)?.['full_at']);
      const taken = takeTokens(fullAt, want, rate, burst, now);
      if (taken.fullAt !== fullAt) this.#db.run('INSERT OR REPLACE INTO rates VALUES (?, ?)', key, taken.fullAt);
      return taken;
    });
  }

  putBack(key: string, tokens: number, rate: Rate): void {
    this.#db.run('UPDATE rates SET full_at = full_at - ? WHERE key = ?', (tokens * rate.perMs) / rate.count, key);
  }
}

export class SqliteSlots implements SlotStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  lease(key: string, owner: string, want: number, limit: number, now: number, ttlMs: number): number {
    return this.#db.transaction(() => {
      this.#db.run('DELETE FROM slots WHERE expires <= ?', now);
      const sum = this.#db.get('SELECT SUM(held) AS held FROM slots WHERE key = ?', key);
      const granted = Math.max(0, Math.min(want, limit - numberOf(sum?.['held'])));
      if (granted > 0) {
        this.#db.run(
          `INSERT INTO slots VALUES (?, ?, ?, ?)
           ON CONFLICT (key, owner) DO UPDATE SET held = held + excluded.held, expires = excluded.expires`,
          key,
          owner,
          granted,
          now + ttlMs,
        );
      }
      return granted;
    });
  }

  giveBack(key: string, owner: string, slots: number): void {
    this.#db.run('UPDATE slots SET held = max(0, held - ?) WHERE key = ? AND owner = ?', slots, key, owner);
  }

  renew(owner: string, held: ReadonlyMap<string, number>, now: number, ttlMs: number): void {
    this.#db.transaction(() => {
      this.giveBackAll(owner);
      for (const [key, slots] of held) {
        if (slots > 0) this.#db.run('INSERT INTO slots VALUES (?, ?, ?, ?)', key, owner, slots, now + ttlMs);
      }
    });
  }

  giveBackAll(owner: string): void {
    this.#db.run('DELETE FROM slots WHERE owner = ?', owner);
  }

  held(now: number): ReadonlyMap<string, number> {
    const rows = this.#db.all('SELECT key, SUM(held) AS held FROM slots WHERE expires > ? GROUP BY key', now);
    return new Map(rows.map((row) => [textOf(row['key']), numberOf(row['held'])]));
  }
}
