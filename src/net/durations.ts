/**
 * Durations as operators and scripts write them: a number of seconds, as a number or as text, or `500ms`, `30s`, `5m`, `2h`,
 * `7d`. Trusted side, pure.
 */
import type { Read } from './options.ts';

/** Without a unit: seconds. */
const UNITS: Readonly<Record<string, number>> = Object.freeze({
  '': 1_000,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
});
const FORM = /^([0-9]{1,12}(?:\.[0-9]{1,6})?)(ms|s|m|h|d|)$/;
/** A hundred years: what is longer is a mistake. */
const LONGEST_MS = 100 * 366 * 86_400_000;
const REFUSED = { refused: "must be a number of seconds, or a duration such as '500ms', '30s', '5m', '2h' or '7d'" };

/** Milliseconds, 0 or more. */
export function readDuration(raw: unknown): Read<number> {
  if (typeof raw === 'number') return inBounds(raw * 1_000);
  const [, digits, unit = ''] = typeof raw === 'string' ? (FORM.exec(raw) ?? []) : [];
  return digits === undefined ? REFUSED : inBounds(Number(digits) * (UNITS[unit] ?? Number.NaN));
}

function inBounds(ms: number): Read<number> {
  return ms >= 0 && ms <= LONGEST_MS ? { value: ms } : REFUSED;
}

/** The shortest text that `readDuration` reads as these milliseconds: `5m`, `90s`. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNITS[unit] ?? 1;
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}
