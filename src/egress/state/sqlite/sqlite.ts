/**
 * The state in an SQLite file, and the journal in one beside it: no server, one machine, any number of processes. Trusted
 * side.
 */
import { resolve } from 'node:path';
import type { JournalStore, State } from '../state.ts';
import { SqliteCache } from './cache.ts';
import { Database } from './database.ts';
import { SqliteJournal } from './journal.ts';
import { SqliteRates, SqliteSlots } from './limits.ts';
import { SqlitePolicy, SqliteSecrets } from './policy.ts';
import { changesOf, PolicyVersion } from './policy-version.ts';
import { JOURNAL, STATE } from './schema.ts';
import { ThreadedJournal } from './threaded-journal.ts';

/** A file does not know who else has it open. */
const SHARERS = 4;

const IN_MEMORY = ':memory:';

/** `:memory:` is a state of this process alone, for tests. Raises SocketError if the file can't be used. */
export function openSqlite(path: string): State {
  if (path === IN_MEMORY) {
    const journalDb = new Database(IN_MEMORY, JOURNAL);
    return stateOf(new Database(IN_MEMORY, STATE), new SqliteJournal(journalDb), {
      file: null,
      sharers: 1,
      closeJournal: async () => journalDb.close(),
    });
  }
  // The journal's thread opens it later, wherever the process is by then.
  const file = resolve(path);
  const journal = new ThreadedJournal({ journal: `${file}.journal`, state: file });
  const closeJournal = () => journal.close();
  return stateOf(new Database(file, STATE), journal, { file, sharers: SHARERS, closeJournal });
}

interface Rest {
  /** Null for one in memory. */
  readonly file: string | null;
  readonly sharers: number;
  readonly closeJournal: () => Promise<void>;
}

function stateOf(db: Database, journal: JournalStore, { file, sharers, closeJournal }: Rest): State {
  const version = new PolicyVersion(db, changesOf(file));
  return {
    kind: 'sqlite',
    now: () => Date.now(),
    sharers: () => sharers,
    policy: new SqlitePolicy(db, version),
    secrets: new SqliteSecrets(db, version),
    rates: new SqliteRates(db),
    slots: new SqliteSlots(db),
    cache: new SqliteCache(db),
    journal,
    close: async () => {
      // First: whoever is the last to close a file writes its log back, and the journal's thread has the time.
      db.close();
      await closeJournal();
    },
  };
}
