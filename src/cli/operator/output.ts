/**
 * How a command answers: tables for people, JSON for programs. Trusted side. What hosts and scripts have said is escaped, so
 * that it can't move the cursor.
 */
import Table from 'cli-table3';
import { escapeJson, escapeLine } from '../terminal.ts';

export type Cell = string | number | boolean | null | Readonly<Record<string, unknown>>;

/** Lines without a frame, so that they can be cut, sorted and counted. */
const FRAMELESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

export class Output {
  readonly #json: boolean;
  readonly #write: (text: string) => void;

  constructor({ json, write }: { readonly json: boolean; readonly write: (text: string) => void }) {
    this.#json = json;
    this.#write = write;
  }

  /** Rows under headings; as JSON one line each. `none`: what is said where there are none. */
  rows(headings: readonly string[], rows: readonly Readonly<Record<string, Cell>>[], none: string): void {
    if (this.#json) {
      for (const row of rows) this.#line(JSON.stringify(row));
      return;
    }
    if (rows.length === 0) {
      this.#line(none);
      return;
    }
    const table = new Table({
      head: headings.map((heading) => heading.toUpperCase()),
      chars: FRAMELESS,
      style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    });
    for (const row of rows) table.push(headings.map((heading) => shown(row[heading] ?? null)));
    for (const line of table.toString().split('\n')) this.#line(line.trimEnd());
  }

  /** One thing: a line for each of its fields, or one object of JSON. */
  fields(fields: Readonly<Record<string, Cell>>): void {
    if (this.#json) {
      this.#line(JSON.stringify(fields));
      return;
    }
    const width = Math.max(...Object.keys(fields).map((name) => name.length));
    for (const [name, value] of Object.entries(fields))
      this.#line(`${name.padEnd(width)}  ${value === false ? 'no' : shown(value)}`);
  }

  /** What was done: for people alone. */
  done(sentence: string): void {
    if (!this.#json) this.#line(escapeLine(sentence));
  }

  #line(text: string): void {
    this.#write(`${this.#json ? escapeJson(text) : text}\n`);
  }
}

function shown(value: Cell): string {
  if (value === null || value === false) return '-';
  if (value === true) return 'yes';
  if (typeof value !== 'object') return escapeLine(String(value));
  const pairs = Object.entries(value).map(([name, each]) => `${name}=${String(each)}`);
  return escapeLine(pairs.join(' '));
}
