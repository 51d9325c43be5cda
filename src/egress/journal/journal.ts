/**
 * The journal: rows are collected here and written in batches, off the way of any request. Trusted side. Where the state
 * can't keep up, `ok` rows go first; a call never waits for it.
 */
import type { Clock, Timer } from '../../net/clock.ts';
import type { JournalStore } from '../state/state.ts';
import { bounded, detached } from './bounds.ts';
import { RowBuffer } from './buffer.ts';
import { atExit } from './exit.ts';
import { isOk, type JournalRow, stateRow } from './row.ts';

const FLUSH_MS = 1_000;
/** Between two writes of rows that do not wait: a flood of denials is no flood of transactions. */
const URGENT_MS = 20;
const BATCH_ROWS = 500;
const MOST_ROWS = 20_000;
/** Between two purges; and between two parts of one. */
const PURGE_MS = 60_000;
const PURGE_PART_MS = 100;
/** What closing takes at the most, however the state is. */
const CLOSE_MS = 2_000;

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
  readonly #rows = new RowBuffer(MOST_ROWS);
  #dropped = 0;
  /** Until `ok` rows, or a state that is away, are written or tried again. */
  #later: Timer | null = null;
  /** Whether a write is about to begin; and whether rows have come that do not wait. */
  #soon = false;
  #urgent = false;
  #away = false;
  #writing: Promise<void> | null = null;
  #wroteAt = Number.NEGATIVE_INFINITY;
  /** Rows have been written since old ones were looked for. */
  #grown = false;
  #purge: Timer;
  #closed = false;
  readonly #forgetExit: () => void;

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#purge = options.clock.after(PURGE_MS, () => void this.#purgeOld());
    this.#forgetExit = atExit(() => this.#writeNow());
  }

  /** Rows that wait to be written. */
  get waiting(): number {
    return this.#rows.size;
  }

  /** `sample`: the share of `ok` rows that are kept. */
  add(row: JournalRow, sample: number): void {
    const ok = isOk(row);
    if (ok && sample < 1 && this.#options.random() >= sample) return;
    const kept = bounded(row);
    this.#dropped += this.#rows.add(this.#rows.size < BATCH_ROWS ? kept : detached(kept));
    if (!ok) this.#urgent = true;
    this.#plan();
  }

  /** Sees to it that what waits is written in time. */
  #plan(): void {
    if (this.#soon || this.#writing !== null || this.#closed) return;
    if (!this.#away && this.#isDue) this.#writeSoon();
    else if (this.#rows.size > 0) this.#later ??= this.#options.clock.after(FLUSH_MS, () => void this.flush());
  }

  get #isDue(): boolean {
    return this.#urgent || this.#rows.size >= BATCH_ROWS;
  }

  /** In the next turn of the loop, so that a burst of denials is one write; or a little later, after another one. */
  #writeSoon(): void {
    const { clock } = this.#options;
    this.#soon = true;
    const write = (): void => {
      this.#soon = false;
      if (this.#isDue && !this.#closed) void this.flush();
      else this.#plan();
    };
    const wait = this.#rows.size >= BATCH_ROWS ? 0 : this.#wroteAt + URGENT_MS - clock.now();
    if (wait > 0) clock.after(wait, write);
    else setImmediate(write);
  }

  /** Writes what waits now. Where the state can't be reached the rows stay, up to the cap. Never raises. */
  async flush(): Promise<void> {
    // What is being written may have begun before the last of these rows came.
    while (this.#writing !== null) await this.#writing;
    const { store } = this.#options;
    if (this.#rows.size > 0) this.#grown = true;
    await this.#begin((rows, dropped) => store.append(rows, dropped));
  }

  #begin(append: JournalStore['append']): Promise<void> {
    this.#writing = this.#write(append).finally(() => {
      this.#writing = null;
      this.#plan();
    });
    return this.#writing;
  }

  async #write(append: JournalStore['append']): Promise<void> {
    this.#later?.cancel();
    this.#later = null;
    this.#urgent = false;
    this.#wroteAt = this.#options.clock.now();
    let left = this.#rows.size;
    // Told of once, however many batches it takes to keep up again.
    let dropped = this.#dropped;
    try {
      while (left > 0 || dropped > 0) {
        left -= await this.#writeBatch(append, dropped);
        dropped = 0;
        if (left > 0) await new Promise((resolve) => setImmediate(resolve));
      }
      this.#away = false;
    } catch {
      this.#away = true;
    }
  }

  /** How many rows it was; those that could not be written are the first again. */
  async #writeBatch(append: JournalStore['append'], dropped: number): Promise<number> {
    const rows = this.#rows.take(BATCH_ROWS);
    try {
      await append(dropped === 0 ? rows : [...rows, this.#saysDropped(dropped)], dropped);
    } catch (error) {
      this.#rows.putBack(rows);
      throw error;
    }
    this.#dropped -= dropped;
    return rows.length;
  }

  #saysDropped(count: number): JournalRow {
    return stateRow(this.#options.wall(), `${count} rows were dropped: the journal could not be written in time`, true);
  }

  async #purgeOld(): Promise<void> {
    const { clock } = this.#options;
    const more = await this.#purgePart();
    if (!this.#closed) this.#purge = clock.after(more ? PURGE_PART_MS : PURGE_MS, () => void this.#purgeOld());
  }

  /** Writes what waits, as far as that can be done in a bounded time. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#purge.cancel();
    const { promise: bound, resolve } = Promise.withResolvers<void>();
    const late = this.#options.clock.after(CLOSE_MS, resolve);
    await Promise.race([this.#writeLast(), bound]);
    late.cancel();
    this.#forgetExit();
  }

  async #writeLast(): Promise<void> {
    const { store } = this.#options;
    while (this.#writing !== null) await this.#writing;
    const before = this.#oldest();
    await this.#begin(async (rows, dropped) => {
      if (store.appendLast !== undefined) return await store.appendLast(rows, dropped, before);
      await store.append(rows, dropped);
      this.#grown = true;
    });
    // Processes that live for less than a minute, one after another, would keep all rows for ever.
    if (this.#grown) await this.#purgePart();
  }

  /** Whether there is more to remove. */
  async #purgePart(): Promise<boolean> {
    this.#grown = false;
    try {
      return await this.#options.store.purge(this.#oldest());
    } catch {
      // Tried again next time.
      return false;
    }
  }

  /** Milliseconds since 1970: what is older goes. */
  #oldest(): number {
    const { wall, retentionMs } = this.#options;
    return wall() - retentionMs();
  }

  /** The process ends, and nothing can be waited for. */
  #writeNow(): void {
    const { store } = this.#options;
    store.appendNow?.(this.#rows.take(Number.POSITIVE_INFINITY), this.#dropped);
  }
}
