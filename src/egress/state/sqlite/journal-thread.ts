/**
 * The thread that holds a journal's file: it writes, searches and purges beside whoever makes calls, and writes the state's
 * log back. Trusted side; started by `JournalLink` alone, whose messages it takes.
 */
import { statSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { JournalFilter, NumberedRow } from '../../journal/row.ts';
import { Database } from './database.ts';
import { SqliteJournal } from './journal.ts';
import {
  APPENDED,
  BEAT,
  type JournalAsk,
  type JournalMessage,
  type JournalPlace,
  type JournalReply,
} from './journal-talk.ts';
import { JOURNAL, STATE } from './schema.ts';

/** Logs that are at least so large are written back: the state's here alone, the journal's where SQLite's own way fell behind. */
const STATE_LOG_BYTES = 4 * 1_048_576;
const JOURNAL_LOG_BYTES = 64 * 1_048_576;

const THROUGH_MS = 1_000;

type Answer = Partial<Pick<JournalReply, 'rows' | 'count'>>;

class JournalThread {
  readonly #place: JournalPlace;
  #journalDb: Database | null = null;
  #stateDb: Database | null = null;
  #throughAt = Number.NEGATIVE_INFINITY;

  constructor(place: JournalPlace) {
    this.#place = place;
  }

  async answer(ask: JournalAsk): Promise<Answer> {
    switch (ask.kind) {
      case 'append':
        this.#append(ask);
        this.#checkpoint();
        return {};
      case 'query':
        return { rows: await this.#search(ask.filter) };
      case 'purge': {
        const more = this.#journal.purge(ask.before);
        this.#checkpoint();
        return { count: more ? 1 : 0 };
      }
      case 'dropped':
        return { count: this.#journal.dropped() };
      case 'close':
        this.#journalDb?.close();
        this.#stateDb?.close();
        return {};
    }
  }

  /** A file that can't be opened now is tried again when it is next asked for. */
  get #journal(): SqliteJournal {
    this.#journalDb ??= new Database(this.#place.journal, JOURNAL);
    return new SqliteJournal(this.#journalDb);
  }

  /** Once a second a batch is on the disk, with all before it, when it is done: a machine that stops takes no more with it. */
  #append({ values, dropped }: Extract<JournalAsk, { kind: 'append' }>): void {
    const journal = this.#journal;
    const now = performance.now();
    const isThrough = now - this.#throughAt >= THROUGH_MS;
    if (isThrough) this.#journalDb?.get('PRAGMA synchronous = FULL');
    try {
      journal.appendValues(values, dropped);
      if (isThrough) this.#throughAt = now;
    } finally {
      if (isThrough) this.#journalDb?.get('PRAGMA synchronous = NORMAL');
    }
  }

  /** What is to be written meanwhile comes between two steps. */
  async #search(filter: JournalFilter): Promise<readonly NumberedRow[]> {
    const steps = this.#journal.search(filter);
    for (;;) {
      const step = steps.next();
      if (step.done === true) return step.value;
      Atomics.add(this.#place.words, BEAT, 1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #checkpoint(): void {
    const { journal, state } = this.#place;
    if (sizeOf(`${state}-wal`) >= STATE_LOG_BYTES) {
      this.#stateDb ??= new Database(state, STATE);
      this.#stateDb.get('PRAGMA wal_checkpoint(PASSIVE)');
    }
    if (sizeOf(`${journal}-wal`) >= JOURNAL_LOG_BYTES) this.#journalDb?.get('PRAGMA wal_checkpoint(TRUNCATE)');
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function serve(place: JournalPlace, port: MessagePort): void {
  const thread = new JournalThread(place);
  port.on('message', async ({ number, ask }: JournalMessage) => {
    let reply: JournalReply = { number, error: null, rows: [], count: 0 };
    try {
      reply = { ...reply, ...(await thread.answer(ask)) };
    } catch (error) {
      reply = { ...reply, error: error instanceof Error ? error.message : 'unknown' };
    }
    port.postMessage(reply);
    if (ask.kind === 'append') Atomics.add(place.words, APPENDED, 1);
    Atomics.add(place.words, BEAT, 1);
    Atomics.notify(place.words, APPENDED);
    if (ask.kind === 'close') port.close();
  });
}

if (parentPort !== null) serve(workerData, parentPort);
