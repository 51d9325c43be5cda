/**
 * The journal in SQLite, as the thread that holds the file sees it. Trusted side. Rows come in batches, a transaction each,
 * as flat values: what crosses to another thread cheaply, and what a statement takes.
 */
import type { SQLInputValue } from 'node:sqlite';
import { type JournalFilter, type JournalRow, type NumberedRow, VERDICTS } from '../../journal/row.ts';
import type { JournalStore } from '../state.ts';
import { type Database, numberOf, numberOrNull, type Row, textOf, textOrNull } from './database.ts';

/** Rows that one purge removes: a bound on how long others wait for it. */
const PURGED = 5_000;
/** Rows that one step of a search looks at, for the same reason. */
const SEARCHED = 20_000;
/** Pages that are given back to the system at once. */
const GIVEN_BACK = 1_000;
/** Rows of one statement: a fourth of the time is saved with these, and nothing more with a hundred. */
const TOGETHER = 25;
/** Ids that are so far ahead of their rows come of a clock that was wrong, and tell nothing of age any more: a day. */
const ASTRAY = 24 * 3_600 * 1_000_000;
/** The last id that a clock, however wrong, gives (in the year 2112): a number must still hold those that follow. */
const LATEST = 2 ** 52;
const COLUMNS =
  'id, at, app, method, host, path, status, error, address, ms, bytes_out, bytes_in, cached, tries, verdict, rule';
const WIDTH = COLUMNS.split(',').length;

export type JournalValue = string | number | null;

/** Rows one after another, each as its columns. For an id stands when the call was over: the least that it may be. */
export function valuesOf(rows: readonly JournalRow[]): JournalValue[] {
  const values: JournalValue[] = [];
  for (const row of rows) {
    const at = finite(row.at);
    const ms = finite(row.ms);
    const end = Math.min(Math.floor((at + ms) * 1_000), LATEST);
    values.push(end, at, row.app, row.method, row.host, row.path, row.status, row.error);
    values.push(row.address, ms, finite(row.bytesOut), finite(row.bytesIn), row.cached ? 1 : 0, finite(row.tries));
    values.push(row.verdict, row.rule);
  }
  return values;
}

/** What SQLite takes for nothing would be refused with the whole batch, again and again. */
const finite = (value: number): number => (Number.isFinite(value) ? value : 0);

export class SqliteJournal implements JournalStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  append(rows: readonly JournalRow[], dropped: number): void {
    this.appendValues(valuesOf(rows), dropped);
  }

  /** Writes their ids into `values`. */
  appendValues(values: JournalValue[], dropped: number): void {
    this.#db.transaction(() => {
      this.#number(values);
      let at = 0;
      for (const [rows, sql] of INSERTS) {
        const width = rows * WIDTH;
        for (; values.length - at >= width; at += width) this.#db.run(sql, ...values.slice(at, at + width));
      }
      if (dropped > 0) this.#db.run('UPDATE dropped SET rows = rows + ?', dropped);
    });
  }

  /** Each comes after the one before it, and all after those that are there. */
  #number(values: JournalValue[]): void {
    let id = numberOf(this.#db.get('SELECT max(id) AS id FROM journal')?.['id']);
    for (let at = 0; at < values.length; at += WIDTH) {
      id = Math.max(id + 1, Number(values[at]));
      values[at] = id;
    }
  }

  query(filter: JournalFilter): readonly NumberedRow[] {
    const steps = this.search(filter);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
    }
  }

  /** As `query`, in steps of a bounded length: others may come between. */
  *search(filter: JournalFilter): Generator<undefined, readonly NumberedRow[]> {
    const { conditions, values } = conditionsOf(filter);
    const matching = `SELECT * FROM journal WHERE id >= ? AND id < ? ${conditions} ORDER BY id DESC LIMIT ?`;
    // No row is younger than its id.
    const first = Math.max((filter.afterId ?? 0) + 1, Math.floor((filter.since ?? 0) * 1_000));
    const found: NumberedRow[] = [];
    let before = Number.MAX_SAFE_INTEGER;
    while (before > first && found.length < filter.limit) {
      const reached = this.#db.get(
        'SELECT id FROM journal WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1 OFFSET ?',
        first,
        before,
        SEARCHED,
      );
      const from = reached === undefined ? first : numberOf(reached['id']);
      for (const row of this.#db.all(matching, from, before, ...values, filter.limit - found.length)) {
        found.push(readRow(row));
      }
      before = from;
      yield undefined;
    }
    return found.reverse();
  }

  dropped(): number {
    return numberOf(this.#db.get('SELECT rows FROM dropped')?.['rows']);
  }

  purge(before: number): boolean {
    const [age, limit] = this.#isAstray() ? ['at', before] : ['id', before * 1_000];
    const old = `SELECT id FROM journal WHERE ${age} < ? ORDER BY id LIMIT ?`;
    const gone = this.#db.run(`DELETE FROM journal WHERE id IN (${old})`, limit, PURGED);
    if (gone === PURGED) return true;
    return this.#shrink();
  }

  /** Whether the newest row comes after one of a far future, since when every row does. Then each is looked at. */
  #isAstray(): boolean {
    const newest = this.#db.get('SELECT id, at, ms FROM journal ORDER BY id DESC LIMIT 1');
    if (newest === undefined) return false;
    return numberOf(newest['id']) - (numberOf(newest['at']) + numberOf(newest['ms'])) * 1_000 > ASTRAY;
  }

  /** What is free is used again; only of a file that is for the most part free, some is given back. True if there is more. */
  #shrink(): boolean {
    const pages = (name: string): number => numberOf(this.#db.get(`PRAGMA ${name}`)?.[name]);
    const isMostlyFree = (): boolean => pages('freelist_count') > pages('page_count') / 2 + GIVEN_BACK;
    if (!isMostlyFree()) return false;
    this.#db.all(`PRAGMA incremental_vacuum(${GIVEN_BACK})`);
    return isMostlyFree();
  }
}

const PLACES = `(${Array(WIDTH).fill('?').join(', ')})`;
/** Statements, the largest first, by the rows that they take. */
const INSERTS: readonly (readonly [number, string])[] = [TOGETHER, 1].map((rows) => [
  rows,
  `INSERT INTO journal (${COLUMNS}) VALUES ${Array(rows).fill(PLACES).join(', ')}`,
]);

/** As `hasFailed` decides. */
const FAILED = "verdict NOT IN ('denied', 'state') AND (verdict = 'error' OR error IS NOT NULL OR status >= 500)";

function conditionsOf({ since, app, host, status }: JournalFilter): {
  readonly conditions: string;
  readonly values: readonly SQLInputValue[];
} {
  const all: [string, SQLInputValue[]][] = [];
  if (since !== undefined) all.push(['at >= ?', [since]]);
  if (app !== undefined) all.push(['app = ?', [app]]);
  if (host !== undefined) all.push(['host = ?', [host]]);
  if (status === 'error') all.push(["(error IS NOT NULL OR verdict IN ('denied', 'error') OR status >= 400)", []]);
  else if (status === 'failed') all.push([`(${FAILED})`, []]);
  else if (status !== undefined && /^[0-9]{3}$/.test(status)) all.push(['status = ?', [Number(status)]]);
  else if (status !== undefined) all.push(['verdict = ?', [status]]);
  return { conditions: all.map(([sql]) => `AND ${sql}`).join(' '), values: all.flatMap(([, values]) => values) };
}

function readRow(row: Row): NumberedRow {
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
