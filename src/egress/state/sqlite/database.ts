/**
 * One SQLite file, opened and kept: the only file that takes node:sqlite. Trusted side. Statements are prepared once;
 * answers are rows of unknown values, read by whoever asked.
 */
import { chmodSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { SocketError } from '../../../errors/classes.ts';
import { SCHEMA, SCHEMA_VERSION } from './schema.ts';

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** How long a statement waits for another process's transaction. */
const BUSY_MS = 1_000;

export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** `:memory:` is a state of this process alone. Raises SocketError if the file can't be used. */
  constructor(path: string) {
    const { DatabaseSync: Sqlite } = process.getBuiltinModule('node:sqlite');
    try {
      this.#db = new Sqlite(path, { timeout: BUSY_MS });
      // The secrets in it are sealed, but what it says of tenants is nobody else's business.
      if (path !== ':memory:') chmodSync(path, 0o600);
      this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF;');
      this.#migrate(path);
    } catch (cause) {
      if (cause instanceof SocketError) throw cause;
      throw new SocketError(
        `the state ${path} can not be opened: ${cause instanceof Error ? cause.message : 'unknown'}`,
        {
          cause,
        },
      );
    }
  }

  #migrate(path: string): void {
    this.transaction(() => {
      const version = Number(this.get('PRAGMA user_version')?.['user_version'] ?? 0);
      if (version === SCHEMA_VERSION) return;
      if (version !== 0)
        throw new SocketError(`the state ${path} is of version ${version}; this is version ${SCHEMA_VERSION}`);
      this.#db.exec(SCHEMA);
      this.#db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
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
      this.#db.exec('ROLLBACK');
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
