/**
 * Responses kept in SQLite. Trusted side. Size-capped; the least recently used go first.
 */
import type { CachedResponse, CacheEntry, CacheStats, CacheStore } from '../state.ts';
import { bytesOf, type Database, numberOf, textOf } from './database.ts';

/** A use is noted no more often than this: noting it is a write. */
const NOTED_MS = 10_000;
/** How many go at once when there is too much. */
const EVICTED = 32;

export class SqliteCache implements CacheStore {
  readonly #db: Database;
  /** Bytes, as far as this process knows: its own changes are counted, others' are seen at the next sum. */
  #bytes: number | null = null;

  constructor(db: Database) {
    this.#db = db;
  }

  get(key: string, now: number): CachedResponse | null {
    const row = this.#db.get('SELECT meta, body, used, expires FROM cache WHERE key = ? AND expires > ?', key, now);
    if (row === undefined) return null;
    if (now - numberOf(row['used']) > NOTED_MS) this.#db.run('UPDATE cache SET used = ? WHERE key = ?', now, key);
    return { meta: textOf(row['meta']), body: bytesOf(row['body']), expiresAt: numberOf(row['expires']) };
  }

  version(): number {
    return numberOf(this.#db.get("SELECT value FROM meta WHERE name = 'cache_version'")?.['value']);
  }

  #changeVersion(): void {
    this.#db.run("INSERT INTO meta VALUES ('cache_version', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1");
  }

  put({ key, app, host, expiresAt, meta, body }: CacheEntry, now: number, maxBytes: number): void {
    const size = body.length + meta.length;
    if (size > maxBytes) return;
    this.#db.transaction(() => {
      if (this.#replaces(key, meta, body, now)) this.#changeVersion();
      this.#db.run(
        'INSERT OR REPLACE INTO cache VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        key,
        app,
        host,
        expiresAt,
        now,
        size,
        meta,
        body,
      );
      this.#bytes = (this.#bytes ?? this.#sum()) + size;
      if (this.#bytes > maxBytes) this.#makeRoom(now, maxBytes);
    });
  }

  /** Whether another entry that counts goes for this one. The word on what a response varies on mostly stays what it was. */
  #replaces(key: string, meta: string, body: Uint8Array, now: number): boolean {
    const sql = 'SELECT meta, length(body) AS bytes FROM cache WHERE key = ? AND expires > ?';
    const row = this.#db.get(sql, key, now);
    if (row === undefined) return false;
    return body.length > 0 || numberOf(row['bytes']) > 0 || textOf(row['meta']) !== meta;
  }

  clear(host: string | null): number {
    this.#bytes = null;
    return this.#db.transaction(() => {
      this.#changeVersion();
      return host === null ? this.#db.run('DELETE FROM cache') : this.#db.run('DELETE FROM cache WHERE host = ?', host);
    });
  }

  stats(): CacheStats {
    const row = this.#db.get('SELECT COUNT(*) AS entries, COALESCE(SUM(size), 0) AS bytes FROM cache');
    return { entries: numberOf(row?.['entries']), bytes: numberOf(row?.['bytes']) };
  }

  #makeRoom(now: number, maxBytes: number): void {
    this.#db.run('DELETE FROM cache WHERE expires <= ?', now);
    this.#bytes = this.#sum();
    while (this.#bytes > maxBytes) {
      const gone = this.#db.run(
        'DELETE FROM cache WHERE key IN (SELECT key FROM cache ORDER BY used, rowid LIMIT ?)',
        this.#bytes > 2 * maxBytes ? EVICTED : 1,
      );
      if (gone === 0) return;
      this.#bytes = this.#sum();
    }
  }

  #sum(): number {
    return this.stats().bytes;
  }
}
