/**
 * The tables of the SQLite state, in two files: what every call asks for, and the journal, whose writing would else hold up
 * the first (SQLite has one writer a file). Trusted side.
 */

/** What a file holds, and how a connection to it behaves. */
export interface Layout {
  /** What messages call it. */
  readonly name: string;
  /** Kept in the file as `user_version`; a file of another one is refused. */
  readonly version: number;
  /** Before anything is written, by each connection. */
  readonly pragmas: string;
  readonly schema: string;
}

/** Its log is written back to the file by the journal's thread; at so many pages, 64 MiB, by whoever writes to it then. */
const LAST_CHECKPOINT_PAGES = 16_384;

export const STATE: Layout = {
  name: 'state',
  version: 1,
  // The log's file shrinks when it begins anew, so that its size tells what it holds.
  pragmas: `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${LAST_CHECKPOINT_PAGES}; PRAGMA journal_size_limit = 0;`,
  schema: `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('policy_version', 1);
CREATE TABLE entries (
  kind TEXT NOT NULL, app TEXT NOT NULL, text TEXT NOT NULL, rule TEXT NOT NULL, options TEXT NOT NULL,
  PRIMARY KEY (kind, app, text)
) WITHOUT ROWID;
CREATE TABLE settings (app TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (app, name)) WITHOUT ROWID;
CREATE TABLE secrets (
  name TEXT NOT NULL, app TEXT NOT NULL, scope TEXT NOT NULL, sealed BLOB NOT NULL, previous BLOB,
  previous_until REAL NOT NULL, changed_at REAL NOT NULL,
  PRIMARY KEY (name, app)
) WITHOUT ROWID;
CREATE TABLE rates (key TEXT PRIMARY KEY, full_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE slots (
  key TEXT NOT NULL, owner TEXT NOT NULL, held INTEGER NOT NULL, expires REAL NOT NULL, PRIMARY KEY (key, owner)
) WITHOUT ROWID;
CREATE TABLE cache (
  key TEXT PRIMARY KEY, app TEXT, host TEXT NOT NULL, expires REAL NOT NULL, used REAL NOT NULL,
  size INTEGER NOT NULL, meta TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX cache_used ON cache (used);
CREATE INDEX cache_host ON cache (host);
`,
};

/**
 * No index: searches go by id, the newest first, and so does a purge, since an id tells when its row's call was over
 * (microseconds) or later; other filters are no reason to write each row twice.
 */
export const JOURNAL: Layout = {
  name: 'journal',
  version: 1,
  pragmas: `PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 500; PRAGMA journal_size_limit = 16777216;`,
  schema: `
CREATE TABLE dropped (rows INTEGER NOT NULL);
INSERT INTO dropped VALUES (0);
CREATE TABLE journal (
  id INTEGER PRIMARY KEY, at REAL NOT NULL, app TEXT NOT NULL, method TEXT NOT NULL, host TEXT NOT NULL,
  path TEXT NOT NULL, status INTEGER, error TEXT, address TEXT, ms REAL NOT NULL, bytes_out INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL, cached INTEGER NOT NULL, tries INTEGER NOT NULL, verdict TEXT NOT NULL, rule TEXT
);
`,
};
