/**
 * The tables of the SQLite state. Trusted side. `user_version` is the version of this schema; a file of a later one is refused.
 */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('policy_version', 1), ('journal_dropped', 0);
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
CREATE TABLE journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, app TEXT NOT NULL, method TEXT NOT NULL, host TEXT NOT NULL,
  path TEXT NOT NULL, status INTEGER, error TEXT, address TEXT, ms REAL NOT NULL, bytes_out INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL, cached INTEGER NOT NULL, tries INTEGER NOT NULL, verdict TEXT NOT NULL, rule TEXT
);
CREATE INDEX journal_at ON journal (at);
`;
