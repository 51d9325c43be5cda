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
  | {
      readonly ok: false;
      readonly error: ErrorReport;
      /** The type of the alarm that ended the run, such as `puck.uno/alarm/call_depth`; null for an uncaught exception. */
      readonly alarm: string | null;
    };
