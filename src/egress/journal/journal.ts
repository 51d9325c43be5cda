/**
 * The journal: rows are collected here and written in batches, off the way of any request. Trusted side. Where the state
 * can't keep up, `ok` rows go first; a call never waits for it.
 */
import type { Clock, Timer } from '../../net/clock.ts';
import type { JournalStore } from '../state/state.ts';
import type { JournalRow } from './row.ts';

const FLUSH_MS = 1_000;
const BATCH_ROWS = 500;
const MOST_ROWS = 20_000;
/** Between two purges; and between two parts of one. */
const PURGE_MS = 60_000;
const PURGE_PART_MS = 100;

export interface JournalOptions {
  readonly store: JournalStore;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  /** How long rows are kept, asked for at each purge. */
  readonly retentionMs: () => number;
  /** A number from 0 to 1, for sampling. */
  readonly random: () => number;
}

export class Journal {
  readonly #options: JournalOptions;
  #rows: JournalRow[] = [];
  #dropped = 0;
  #timer: Timer | null = null;
  #soon = false;
  #writing = false;
  #purge: Timer;
  #closed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#purge = options.clock.after(PURGE_MS, () => void this.#purgeOld());
  }

  /** Rows that wait to be written. */
  get waiting(): number {
    return this.#rows.length;
  }

  /** `sample`: the share of `ok` rows that are kept. */
  add(row: JournalRow, sample: number): void {
    const isOk = row.verdict === 'ok' && row.error === null;
    if (isOk && sample < 1 && this.#options.random() >= sample) return;
    if (this.#rows.length >= MOST_ROWS) this.#drop(isOk);
    if (this.#rows.length < MOST_ROWS) this.#rows.push(row);
    if (!isOk || this.#rows.length >= BATCH_ROWS) this.#flushSoon();
    else this.#timer ??= this.#options.clock.after(FLUSH_MS, () => this.#flushSoon());
  }

  /** Makes room: the oldest `ok` row goes, or, where there is none, the row that was to come if it is one, or the oldest. */
  #drop(incomingIsOk: boolean): void {
    this.#dropped += 1;
    if (incomingIsOk) return;
    const at = this.#rows.findIndex(({ verdict }) => verdict === 'ok');
    this.#rows.splice(Math.max(at, 0), 1);
  }

  /** In the next turn of the loop, so that a burst of denials is one write. */
  #flushSoon(): void {
    if (this.#soon || this.#closed) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      void this.flush();
    });
  }

  /** Writes what waits. Where the state can't be reached the rows stay, up to the cap. Never raises. */
  async flush(): Promise<void> {
    if (this.#writing) return;
    this.#writing = true;
    this.#timer?.cancel();
    this.#timer = null;
    try {
      while (this.#rows.length > 0 || this.#dropped > 0) {
        const batch = this.#rows.splice(0, BATCH_ROWS);
        const dropped = this.#dropped;
        await this.#write(batch, dropped);
        this.#dropped -= dropped;
        if (this.#rows.length > 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch {
      if (!this.#closed) this.#timer = this.#options.clock.after(FLUSH_MS, () => this.#flushSoon());
    } finally {
      this.#writing = false;
    }
  }

  /** Rows that could not be written are the first again. */
  async #write(batch: readonly JournalRow[], dropped: number): Promise<void> {
    try {
      await this.#options.store.append(batch, dropped);
    } catch (error) {
      this.#rows.unshift(...batch);
      throw error;
    }
  }

  async #purgeOld(): Promise<void> {
    const { store, clock, wall, retentionMs } = this.#options;
    let more = false;
    try {
      more = await store.purge(wall() - retentionMs());
    } catch {
      // Tried again next time.
    }
    if (!this.#closed) this.#purge = clock.after(more ? PURGE_PART_MS : PURGE_MS, () => void this.#purgeOld());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#purge.cancel();
    while (this.#writing) await new Promise((resolve) => setImmediate(resolve));
    await this.flush();
    this.#timer?.cancel();
  }
}
