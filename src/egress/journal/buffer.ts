/**
 * Rows that wait to be written. Trusted side. Nothing here takes longer where there are many: calls do not pay for a state
 * that can't keep up.
 */
import { isOk, type JournalRow } from './row.ts';

export class RowBuffer {
  readonly #most: number;
  /** Null where a row had to go. */
  #rows: (JournalRow | null)[] = [];
  #size = 0;
  /** Before these there is no row any more; and no `ok` row. */
  #first = 0;
  #firstOk = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** How many rows were dropped for it: `ok` rows first, the oldest first, but never another row for one that is `ok`. */
  add(row: JournalRow): number {
    const isFull = this.#size >= this.#most;
    if (isFull && isOk(row)) return 1;
    if (isFull) this.#makeRoom();
    this.#rows.push(row);
    this.#size += 1;
    return isFull ? 1 : 0;
  }

  #makeRoom(): void {
    while (this.#firstOk < this.#rows.length && !isOkAt(this.#rows[this.#firstOk])) this.#firstOk += 1;
    const at = this.#firstOk < this.#rows.length ? this.#firstOk : this.#oldest();
    this.#rows[at] = null;
    this.#size -= 1;
    // Holes are as many as rows by now: together they pay for this.
    if (this.#rows.length >= 2 * this.#most) this.#put(this.#rows);
  }

  #oldest(): number {
    while (this.#rows[this.#first] === null) this.#first += 1;
    return this.#first;
  }

  /** The oldest so many. */
  take(count: number): readonly JournalRow[] {
    const taken: JournalRow[] = [];
    let at = this.#oldest();
    for (; at < this.#rows.length && taken.length < count; at++) {
      const row = this.#rows[at];
      if (row !== null && row !== undefined) taken.push(row);
    }
    this.#rows.splice(0, at);
    this.#first = 0;
    this.#firstOk = Math.max(0, this.#firstOk - at);
    this.#size -= taken.length;
    return taken;
  }

  /** What was taken is the oldest again; above the most by so much. */
  putBack(rows: readonly JournalRow[]): void {
    this.#put([...rows, ...this.#rows]);
  }

  #put(rows: readonly (JournalRow | null)[]): void {
    this.#rows = rows.filter((row) => row !== null);
    this.#size = this.#rows.length;
    this.#first = 0;
    this.#firstOk = 0;
  }
}

function isOkAt(row: JournalRow | null | undefined): boolean {
  return row !== null && row !== undefined && isOk(row);
}
