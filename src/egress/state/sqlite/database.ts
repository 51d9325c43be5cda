/**
 * One SQLite file, opened and kept: the only file that takes node:sqlite. Trusted side. Statements are prepared once;
 * answers are rows of unknown values, read by whoever asked.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { SocketError } from '../../../errors/classes.ts';
import { pauseThread } from '../../pause.ts';
import type { Layout } from './schema.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** How long a statement waits for another process's transaction. */
const BUSY_MS = 1_000;
/** SQLITE_BUSY, the primary result code (https://sqlite.org/rescode.html#busy). */
const BUSY = 5;
const AGAIN_MS = 5;

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `:memory:` is of this process alone. Raises SocketError if the file can't be used. */
  constructor(path: string, layout: Layout) {
    const { DatabaseSync: Sqlite } = process.getBuiltinModule('node:sqlite');
    let db: DatabaseSync | null = null;
    try {
      if (path !== ':memory:') keepPrivate(path);
      db = new Sqlite(path, { timeout: BUSY_MS });
      this.#db = db;
      // The change to WAL does not wait for others that open the same new file, whatever the time-out.
      whileBusy(() => {
        this.#db.exec(`PRAGMA trusted_schema = OFF; ${layout.pragmas}`);
        this.#migrate(path, layout);
      });
    } catch (cause) {
      db?.close();
      if (cause instanceof SocketError) throw cause;
      const why = cause instanceof Error ? cause.message : 'unknown';
      throw new SocketError(`the ${layout.name} ${path} can not be opened: ${why}`, { cause });
    }
  }

  #migrate(path: string, { name, version, schema }: Layout): void {
    this.transaction(() => {
      const found = Number(this.get('PRAGMA user_version')?.['user_version'] ?? 0);
      if (found === version) return;
      if (found !== 0) throw new SocketError(`the ${name} ${path} is of version ${found}; this is version ${version}`);
      this.#db.exec(schema);
      this.#db.exec(`PRAGMA user_version = ${version}`);
    });
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** How many rows changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepare(sql).run(...values).changes);
  }

  /** All of it or nothing; other processes see it at once or not at all. */
  transaction<T>(steps: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = steps();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      // Some failures, such as a full disk, have ended it already.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Tries again while another process is in the way, for as long as a statement would wait. */
function whileBusy(step: () => void): void {
  const until = performance.now() + BUSY_MS;
  for (;;) {
    try {
      step();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > until) throw error;
      pauseThread(AGAIN_MS);
    }
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : null;
  return typeof code === 'number' && (code & 0xff) === BUSY;
}

/** The secrets in it are sealed, but what it says of tenants is nobody else's business, from its first byte on. */
function keepPrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

export function textOf(value: SQLOutputValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

export function textOrNull(value: SQLOutputValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function numberOf(value: SQLOutputValue | undefined): number {
  return typeof value === 'number' ? value : Number(value ?? 0);
}

export function numberOrNull(value: SQLOutputValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

export function bytesOf(value: SQLOutputValue | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

export function bytesOrNull(value: SQLOutputValue | undefined): Uint8Array | null {
  return value instanceof Uint8Array ? value : null;
}
