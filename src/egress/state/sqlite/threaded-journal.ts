/**
 * The journal in a file, written by a thread: no disk holds up the loop that calls are made on. Trusted side. The thread is
 * started when it is first needed, and again when it has died.
 */
import { SocketError } from '../../../errors/classes.ts';
import { type Clock, systemClock } from '../../../net/clock.ts';
import type { JournalFilter, JournalRow, NumberedRow } from '../../journal/row.ts';
import type { JournalStore } from '../state.ts';
import { Database } from './database.ts';
import { SqliteJournal, valuesOf } from './journal.ts';
import { JournalLink } from './journal-link.ts';
import type { JournalAsk, JournalPlace, JournalReply } from './journal-talk.ts';
import { JOURNAL } from './schema.ts';

export class ThreadedJournal implements JournalStore {
  readonly #place: Pick<JournalPlace, 'journal' | 'state'>;
  readonly #clock: Clock;
  #link: JournalLink | null = null;
  #closed = false;

  constructor(place: Pick<JournalPlace, 'journal' | 'state'>, clock: Clock = systemClock) {
    this.#place = place;
    this.#clock = clock;
  }

  async append(rows: readonly JournalRow[], dropped: number): Promise<void> {
    await this.#ask({ kind: 'append', values: valuesOf(rows), dropped });
  }

  /** A thread that is there writes them; for a process that was short none is started. */
  async appendLast(rows: readonly JournalRow[], dropped: number, before: number): Promise<void> {
    if (this.#isRunning) await this.append(rows, dropped);
    else this.#appendHere(rows, dropped, before);
  }

  appendNow(rows: readonly JournalRow[], dropped: number): void {
    this.#link?.finish();
    if (rows.length > 0 || dropped > 0) this.#appendHere(rows, dropped, Number.NEGATIVE_INFINITY);
  }

  #appendHere(rows: readonly JournalRow[], dropped: number, before: number): void {
    const db = new Database(this.#place.journal, JOURNAL);
    try {
      const journal = new SqliteJournal(db);
      journal.append(rows, dropped);
      journal.purge(before);
    } finally {
      db.close();
    }
  }

  async query(filter: JournalFilter): Promise<readonly NumberedRow[]> {
    return (await this.#ask({ kind: 'query', filter })).rows;
  }

  async dropped(): Promise<number> {
    return (await this.#ask({ kind: 'dropped' })).count;
  }

  async purge(before: number): Promise<boolean> {
    return (await this.#ask({ kind: 'purge', before })).count > 0;
  }

  get #isRunning(): boolean {
    return this.#link !== null && !this.#link.isOver;
  }

  async #ask(ask: JournalAsk): Promise<JournalReply> {
    if (this.#closed) throw new SocketError(`the journal ${this.#place.journal} is closed`);
    if (this.#link === null || this.#link.isOver) this.#link = new JournalLink(this.#place, this.#clock);
    return this.#link.ask(ask);
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#isRunning) await this.#link?.close();
  }
}
