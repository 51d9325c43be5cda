/**
 * The state in one SQLite file: no server, one machine, any number of processes. Trusted side.
 */
import type { State } from '../state.ts';
import { SqliteCache } from './cache.ts';
import { Database } from './database.ts';
import { SqliteJournal } from './journal.ts';
import { SqliteRates, SqliteSlots } from './limits.ts';
import { SqlitePolicy, SqliteSecrets } from './policy.ts';

/** A file does not know who else has it open. */
const SHARERS = 4;

/** `:memory:` is a state of this process alone, for tests. Raises SocketError if the file can't be used. */
export function openSqlite(path: string): State {
  const db = new Database(path);
  return {
    kind: 'sqlite',
    now: () => Date.now(),
    sharers: () => (path === ':memory:' ? 1 : SHARERS),
    policy: new SqlitePolicy(db),
    secrets: new SqliteSecrets(db),
    rates: new SqliteRates(db),
    slots: new SqliteSlots(db),
    cache: new SqliteCache(db),
    journal: new SqliteJournal(db),
    close: async () => db.close(),
  };
}
