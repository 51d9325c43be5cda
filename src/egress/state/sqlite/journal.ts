/**
 * The journal in SQLite. Trusted side. Rows come in batches, a transaction each.
 */
import type { JournalFilter, JournalRow, JournalVerdict } from '../../journal/row.ts';
import type { JournalStore } from '../state.ts';
import { type Database, numberOf, numberOrNull, type Row, textOf, textOrNull } from './database.ts';

/** Rows that one purge removes: a bound on how long others wait for it. */
const PURGED = 5_000;
const VERDICTS: readonly JournalVerdict[] = ['ok', 'denied', 'reported', 'error', 'state'];

export class SqliteJournal implements JournalStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(rows: readonly JournalRow[], dropped: number): void {
    this.#db.transaction(() => {
      for (const row of rows) this.#insert(row);
      if (dropped > 0) this.#db.run("UPDATE meta SET value = value + ? WHERE name = 'journal_dropped'", dropped);
    });
  }

  #insert(row: JournalRow): void {
    this.#db.run(
      `INSERT INTO journal (at, app, method, host, path, status, error, address, ms, bytes_out, bytes_in, cached, tries, verdict, rule)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.at,
      row.app,
      row.method,
      row.host,
      row.path,
      row.status,
      row.error,
      row.address,
      row.ms,
      row.bytesOut,
      row.bytesIn,
      row.cached ? 1 : 0,
      row.tries,
      row.verdict,
      row.rule,
    );
  }

  query({
    since,
    app,
    host,
    status,
    afterId,
    limit,
  }: JournalFilter): readonly (JournalRow & { readonly id: number })[] {
    const wheres: [string, (string | number)[]][] = [];
    if (since !== undefined) wheres.push(['at >= ?', [since]]);
    if (app !== undefined) wheres.push(['app = ?', [app]]);
    if (host !== undefined) wheres.push(['host = ?', [host]]);
    if (afterId !== undefined) wheres.push(['id > ?', [afterId]]);
    if (status === 'error') wheres.push(["(error IS NOT NULL OR verdict IN ('denied', 'error') OR status >= 400)", []]);
    else if (status !== undefined && /^[0-9]{3}$/.test(status)) wheres.push(['status = ?', [Number(status)]]);
    else if (status !== undefined) wheres.push(['verdict = ?', [status]]);
    const where = wheres.length === 0 ? '' : `WHERE ${wheres.map(([sql]) => sql).join(' AND ')}`;
    const values = wheres.flatMap(([, given]) => given);
    const newest = this.#db.all(`SELECT * FROM journal ${where} ORDER BY id DESC LIMIT ?`, ...values, limit);
    return newest.map(readRow).reverse();
  }

  dropped(): number {
    return numberOf(this.#db.get("SELECT value FROM meta WHERE name = 'journal_dropped'")?.['value']);
  }

  purge(before: number): boolean {
    const gone = this.#db.run(
      'DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE at < ? ORDER BY at LIMIT ?)',
      before,
      PURGED,
    );
    return gone === PURGED;
  }
}

function readRow(row: Row): JournalRow & { readonly id: number } {
  return {
    id: numberOf(row['id']),
    at: numberOf(row['at']),
    app: textOf(row['app']),
    method: textOf(row['method']),
    host: textOf(row['host']),
    path: textOf(row['path']),
    status: numberOrNull(row['status']),
    error: textOrNull(row['error']),
    address: textOrNull(row['address']),
    ms: numberOf(row['ms']),
    bytesOut: numberOf(row['bytes_out']),
    bytesIn: numberOf(row['bytes_in']),
    cached: row['cached'] === 1,
    tries: numberOf(row['tries']),
    verdict: VERDICTS.find((verdict) => verdict === row['verdict']) ?? 'state',
    rule: textOrNull(row['rule']),
  };
}
