import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from './database.ts';
import { STATE } from './schema.ts';

/** Writes to the file for a moment: SQLite makes nobody wait for that who wants another mode of journal. */
const HOLDER = `
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData: { path, word } } = require('node:worker_threads');
  const db = new DatabaseSync(path);
  db.exec('CREATE TABLE t (a); BEGIN IMMEDIATE');
  parentPort.postMessage('held');
  Atomics.wait(word, 0, 0, 100);
  db.exec('ROLLBACK');
  db.close();
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'egress-database-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function hold(path: string): Promise<void> {
  const word = new Int32Array(new SharedArrayBuffer(4));
  const holder = new Worker(HOLDER, { eval: true, workerData: { path, word } });
  await new Promise((resolve) => holder.once('message', resolve));
}

test('a new file that another has at that moment is waited for', async () => {
  const path = join(folder, 'a.db');
  await hold(path);
  const db = new Database(path, STATE);
  expect(db.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  db.close();
});
