/**
 * How far a download has got, as one line on a terminal that is drawn over and is gone at the end. Trusted side. Where
 * stderr is no terminal, nothing is said.
 */
import { basename } from 'node:path';
import type { Progress } from '../net/http/download.ts';
import { escapeLine } from './terminal.ts';

/** As much of a stream as is drawn on. */
export interface Terminal {
  readonly columns: number;
  write(text: string): unknown;
}

const BAR = 24;
const LONGEST_NAME = 30;
/** How often the line is drawn anew. */
const EVERY_MS = 100;
const CLEAR_LINE = '\r\x1b[K';

export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #drawn = false;

  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  show(progress: Progress): void {
    const now = this.#now();
    if (progress.state !== 'under way') this.clear();
    else if (now - this.#drawnAt >= EVERY_MS) {
      this.#drawnAt = now;
      this.#drawn = true;
      this.#terminal.write(`\r${lineOf(progress).slice(0, this.#terminal.columns - 1)}\x1b[K`);
    }
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#drawn) this.#terminal.write(CLEAR_LINE);
    this.#drawn = false;
  }
}

function lineOf({ to, received, total }: Progress): string {
  const name = escapeLine(basename(to)).slice(0, LONGEST_NAME);
  if (total === null || total === 0) return `${name} ${inUnits(received)}`;
  const part = Math.min(1, received / total);
  const filled = Math.round(part * BAR);
  const bar = `${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}`;
  return `${name} [${bar}] ${Math.floor(part * 100)}% ${inUnits(received)} of ${inUnits(total)}`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

function inUnits(bytes: number): string {
  const at = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** at).toFixed(at === 0 ? 0 : 1)} ${UNITS[at] ?? ''}`;
}
