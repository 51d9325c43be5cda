/**
 * What the dashboard shows, kept up with the journal: looked for twice a second, told to whoever listens. Trusted side.
 */
import type { Clock, Timer } from '../../net/clock.ts';
import type { Egress } from '../egress.ts';
import { hasFailed, type JournalFilter, type NumberedRow } from '../journal/row.ts';
import { Stats, WINDOW_S } from './stats.ts';
import type { Told, ToldRow, View } from './told.ts';

export interface Source extends Pick<Egress, 'limits'> {
  journal(filter: JournalFilter): Promise<readonly NumberedRow[]>;
}

const POLL_MS = 500;
/** Rows that are counted at once; of more than that, the newest. */
const MOST_COUNTED = 20_000;
/** Rows that are told at once: more than a page shows. */
const MOST_TOLD = 200;

export function toldRow(row: NumberedRow): ToldRow {
  return { ...row, failed: hasFailed(row) };
}

export class Feed {
  readonly #source: Source;
  readonly #clock: Clock;
  readonly #wall: () => number;
  readonly #stats = new Stats();
  readonly #listeners = new Set<(event: Told) => void>();
  #afterId: number | null = null;
  #timer: Timer | null = null;
  #closed = false;

  /** `wall`: milliseconds since 1970. */
  constructor(source: Source, clock: Clock, wall: () => number) {
    this.#source = source;
    this.#clock = clock;
    this.#wall = wall;
    void this.#poll();
  }

  /** Returns what ends it. */
  listen(listener: (event: Told) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #poll(): Promise<void> {
    try {
      await this.#read();
      if (this.#listeners.size > 0) this.#tell({ type: 'snapshot', data: await this.#view() });
    } catch {
      this.#tell({ type: 'away', data: null });
    }
    if (!this.#closed) this.#timer = this.#clock.after(POLL_MS, () => void this.#poll());
  }

  async #read(): Promise<void> {
    const now = this.#wall();
    const from = this.#afterId === null ? { since: now - WINDOW_S * 1_000 } : { afterId: this.#afterId };
    const rows = await this.#source.journal({ ...from, limit: MOST_COUNTED });
    for (const row of rows) this.#stats.add(row, now);
    // What is older than the window is never asked for, even where the window is empty.
    this.#afterId = rows.at(-1)?.id ?? this.#afterId;
    if (rows.length > 0) this.#tell({ type: 'rows', data: rows.slice(-MOST_TOLD).map(toldRow) });
  }

  async #view(): Promise<View> {
    const snapshot = this.#stats.snapshot(this.#wall());
    return { ...snapshot, limits: await this.#source.limits({ apps: snapshot.apps.map(({ name }) => name) }) };
  }

  #tell(event: Told): void {
    for (const listener of this.#listeners) listener(event);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#listeners.clear();
  }
}
