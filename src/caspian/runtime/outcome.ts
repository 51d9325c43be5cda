/** How a run ended, as plain data. Powerless side. */
import type { Plain } from './plain.ts';

export interface ErrorReport {
  /** URL of the class. */
  readonly type: string;
  readonly message: string;
  readonly hint: string | null;
  readonly file: string | null;
  readonly line: number | null;
  /** `file:line in function`, innermost first. */
  readonly backtrace: readonly string[];
}

export type Outcome =
  | {
      readonly ok: true;
      /** The last statement's value; null where it is no plain data. */
      readonly value: Plain;
      /** Of `%process.exit(n)` or `%process.abort`; null for a script that ran to its end. */
      readonly exitCode: number | null;
    }
  | ({ readonly ok: false } & Failed);

export interface Failed {
  readonly error: ErrorReport;
  /** The type of the alarm that ended the run, such as `puck.uno/alarm/call_depth`; null for an uncaught exception. */
  readonly alarm: string | null;
}

/** `file:line: class: message`, the hint, and a backtrace of script lines. */
export function formatUncaught(report: ErrorReport): string {
  const place = report.file === null ? '' : `${report.file}:${report.line ?? 0}: `;
  const hint = report.hint === null ? '' : `  hint: ${report.hint}\n`;
  const trace = report.backtrace.map((line) => `    at ${line}\n`).join('');
  return `${place}${report.type}: ${report.message}\n${hint}${trace}`;
}

/** Characters of a text of the script's that a report carries. */
const MAX_REPORTED = 8192;

/** SECURITY: a report goes to the host as it is: what a script raises must not fill its memory (test/attacks/engine-output-limit). */
export function shortened(text: string): string {
  if (text.length <= MAX_REPORTED) return text;
  return `${text.slice(0, MAX_REPORTED)}… (${text.length - MAX_REPORTED} characters more)`;
}
