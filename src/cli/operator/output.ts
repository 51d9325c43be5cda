/**
 * How a command answers: tables for people, JSON for programs. Trusted side. What hosts and scripts have said is escaped, so
 * that it can't move the cursor.
 */
import Table from 'cli-table3';
import { escapeJson, escapeLine } from '../terminal.ts';

export type Cell = string | number | boolean | null | readonly string[] | Readonly<Record<string, unknown>>;
export type Row = Readonly<Record<string, Cell>>;

export interface Column<R extends Row = Row> {
  /** The key of a row, in camelCase. */
  readonly key: string;
  /** The most characters of it that a table shows. */
  readonly most?: number;
  /** How a table shows it, where not as any cell. */
  readonly show?: (row: R) => string;
}

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
  /** Whether a program reads it. */
  readonly json: boolean;
  readonly #print: (text: string) => Promise<void>;

  constructor({ json, print }: { readonly json: boolean; readonly print: (text: string) => Promise<void> }) {
    this.json = json;
    this.#print = print;
  }

  /** Rows under headings; as JSON one line each. `none`: what is said where there are none. */
  async rows<R extends Row>(columns: readonly Column<R>[], rows: readonly R[], none: string): Promise<void> {
    if (this.json || rows.length > 0) await this.#lines(this.json ? rows.map(jsonOf) : tableOf(columns, rows, {}));
    else await this.#lines([none]);
  }

  /** The same for rows that come by and by: the headings once, and each column as wide as it may get. */
  stream<R extends Row>(columns: readonly Column<R>[]): (rows: readonly R[]) => Promise<void> {
    let hasHeadings = false;
    return async (rows) => {
      if (rows.length === 0) return;
      await this.#lines(this.json ? rows.map(jsonOf) : tableOf(columns, rows, { isSteady: true, hasHeadings }));
      hasHeadings = true;
    };
  }

  /** One thing: a line for each of its fields, or one object of JSON. */
  async fields(fields: Row): Promise<void> {
    const names = Object.keys(fields).map((key) => words(key).replaceAll(' ', '_'));
    const width = Math.max(...names.map((name) => name.length));
    const lines = Object.values(fields).map((field, at) => {
      const name = (names[at] ?? '').padEnd(width);
      return `${name}  ${field === false ? 'no' : shown(field)}`;
    });
    await this.#lines(this.json ? [jsonOf(fields)] : lines);
  }

  /** What was done: a sentence for people, one object of JSON for programs. */
  async done(sentence: string, fields: Row): Promise<void> {
    await this.#lines([this.json ? jsonOf(fields) : escapeLine(sentence)]);
  }

  /** At once, so that a reader who goes costs one failure. */
  async #lines(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#print(`${lines.join('\n')}\n`);
  }
}

function jsonOf(row: Row): string {
  return escapeJson(JSON.stringify(row));
}

interface Shape {
  /** Every column as wide as it may get, whatever is in it. */
  readonly isSteady?: boolean;
  readonly hasHeadings?: boolean;
}

function tableOf<R extends Row>(
  columns: readonly Column<R>[],
  rows: readonly R[],
  { isSteady, hasHeadings }: Shape,
): readonly string[] {
  const headings = columns.map(({ key }) => words(key).toUpperCase());
  const table = new Table({
    head: hasHeadings === true ? [] : headings,
    chars: FRAMELESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colWidths: isSteady === true ? columns.map(({ most }, at) => Math.max(most ?? 0, headings[at]?.length ?? 0)) : [],
  });
  for (const row of rows) table.push(columns.map((column) => cellOf(column, row)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

function cellOf<R extends Row>({ key, most, show }: Column<R>, row: R): string {
  const text = show === undefined ? shown(row[key] ?? null) : escapeLine(show(row));
  return most !== undefined && text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** `perApp` → `per app` */
function words(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function shown(cell: Cell): string {
  if (cell === null || cell === false) return '-';
  if (cell === true) return 'yes';
  return escapeLine(typeof cell === 'object' ? Object.values(cell).map(String).join(' ') : String(cell));
}
