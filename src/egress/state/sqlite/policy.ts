/**
 * Policy and secrets in SQLite. Trusted side. Each change raises the version that every process looks at before a call.
 */

import type { SettingText } from '../../policy/policy.ts';
import type { PolicyStore, SecretStore, StoredEntry, StoredPolicy, StoredSecret } from '../state.ts';
import { bytesOf, bytesOrNull, type Database, numberOf, type Row, textOf } from './database.ts';
import type { PolicyVersion } from './policy-version.ts';

/** How "for all apps" is written: NULL is never equal to NULL in a key. */
const ALL = '';

const appOf = (row: Row): string | null => (row['app'] === ALL ? null : textOf(row['app']));

export class SqlitePolicy implements PolicyStore {
  readonly #db: Database;
  readonly #version: PolicyVersion;

  constructor(db: Database, version: PolicyVersion) {
    this.#db = db;
    this.#version = version;
  }

  load(): StoredPolicy {
    return this.#db.transaction(() => ({
      version: this.#version.read(),
      entries: this.#db
        .all('SELECT kind, app, text, rule, options FROM entries ORDER BY kind, app, text')
        .map(readEntry),
      settings: this.#db
        .all('SELECT app, name, text FROM settings')
        .map((row) => ({ app: appOf(row), name: textOf(row['name']), text: textOf(row['text']) })),
    }));
  }

  version(): number {
    return this.#version.current;
  }

  putEntry({ kind, app, text, rule, options }: StoredEntry): StoredEntry | null {
    const key = [kind, app ?? ALL, text];
    return this.#version.change(() => {
      const before = this.#db.get(
        'SELECT kind, app, text, rule, options FROM entries WHERE kind = ? AND app = ? AND text = ?',
        ...key,
      );
      this.#db.run('INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)', ...key, rule, options);
      return before === undefined ? null : readEntry(before);
    });
  }

  removeEntry({ kind, app, text }: Pick<StoredEntry, 'kind' | 'app' | 'text'>): boolean {
    return (
      this.#version.change(() =>
        this.#db.run('DELETE FROM entries WHERE kind = ? AND app = ? AND text = ?', kind, app ?? ALL, text),
      ) > 0
    );
  }

  putSetting({ app, name, text }: SettingText): void {
    this.#version.change(() =>
      this.#db.run('INSERT OR REPLACE INTO settings VALUES (?, ?, ?)', app ?? ALL, name, text),
    );
  }

  removeSetting({ app, name }: Pick<SettingText, 'app' | 'name'>): boolean {
    return (
      this.#version.change(() => this.#db.run('DELETE FROM settings WHERE app = ? AND name = ?', app ?? ALL, name)) > 0
    );
  }
}

export class SqliteSecrets implements SecretStore {
  readonly #db: Database;
  readonly #version: PolicyVersion;

  constructor(db: Database, version: PolicyVersion) {
    this.#db = db;
    this.#version = version;
  }

  load(): readonly StoredSecret[] {
    return this.#db.all('SELECT * FROM secrets ORDER BY name, app').map((row) => ({
      name: textOf(row['name']),
      app: appOf(row),
      scope: textOf(row['scope']),
      sealed: bytesOf(row['sealed']),
      previous: bytesOrNull(row['previous']),
      previousUntil: numberOf(row['previous_until']),
      changedAt: numberOf(row['changed_at']),
    }));
  }

  put({ name, app, scope, sealed, previous, previousUntil, changedAt }: StoredSecret): void {
    this.#version.change(() =>
      this.#db.run(
        'INSERT OR REPLACE INTO secrets VALUES (?, ?, ?, ?, ?, ?, ?)',
        name,
        app ?? ALL,
        scope,
        sealed,
        previous,
        previousUntil,
        changedAt,
      ),
    );
  }

  replace(read: StoredSecret, { scope, sealed, previous, previousUntil, changedAt }: StoredSecret): boolean {
    return (
      this.#version.change(() =>
        this.#db.run(
          `UPDATE secrets SET scope = ?, sealed = ?, previous = ?, previous_until = ?, changed_at = ?
           WHERE name = ? AND app = ? AND scope = ? AND sealed = ?`,
          scope,
          sealed,
          previous,
          previousUntil,
          changedAt,
          read.name,
          read.app ?? ALL,
          read.scope,
          read.sealed,
        ),
      ) > 0
    );
  }

  remove(name: string, app: string | null): boolean {
    return (
      this.#version.change(() => this.#db.run('DELETE FROM secrets WHERE name = ? AND app = ?', name, app ?? ALL)) > 0
    );
  }
}

function readEntry(row: Row): StoredEntry {
  return {
    kind: row['kind'] === 'deny' ? 'deny' : 'allow',
    app: appOf(row),
    text: textOf(row['text']),
    rule: textOf(row['rule']),
    options: textOf(row['options']),
  };
}
