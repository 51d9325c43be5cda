/**
 * One row of the journal: what a call did, in metadata alone. Trusted side, plain data; host and path are text from outside.
 */

/** One call of an app. */
export interface JournalRow {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly app: string;
  readonly method: string;
  readonly host: string;
  /** Without the query, which may carry secrets. */
  readonly path: string;
  /** Of the response; null if there was none. */
  readonly status: number | null;
  /** The code of the error that was raised; null if none was. */
  readonly error: string | null;
  /** What was dialled; null if nothing was. */
  readonly address: string | null;
  /** Milliseconds from the call to the last byte. */
  readonly ms: number;
  /** Bytes of the bodies as they were sent, this way and the other. */
  readonly bytesOut: number;
  readonly bytesIn: number;
  /** Whether no server was asked. */
  readonly cached: boolean;
  /** How many requests were made. */
  readonly tries: number;
  /** `ok`, `denied`, `reported`, `error`, or `state` for what the egress says of itself. */
  readonly verdict: JournalVerdict;
  /** The entry or limit that decided. */
  readonly rule: string | null;
}

/** As the state gives it back: ids grow. */
export type NumberedRow = JournalRow & { readonly id: number };

/** A row of a call that went well: one that may be left out, wait, or be dropped. */
export function isOk({ verdict, error }: JournalRow): boolean {
  return verdict === 'ok' && error === null;
}

/** A call that went wrong outside: an error was raised that is no denial, or the response has a 5xx status. */
export function hasFailed({ verdict, error, status }: Pick<JournalRow, 'verdict' | 'error' | 'status'>): boolean {
  if (verdict === 'denied' || verdict === 'state') return false;
  return verdict === 'error' || error !== null || (status !== null && status >= 500);
}

/** What the egress says of itself. `isError`: found where errors are looked for. */
export function stateRow(at: number, rule: string, isError: boolean): JournalRow {
  return {
    at,
    app: '',
    method: '',
    host: '',
    path: '',
    status: null,
    error: isError ? 'NET_SOCKET' : null,
    address: null,
    ms: 0,
    bytesOut: 0,
    bytesIn: 0,
    cached: false,
    tries: 0,
    verdict: 'state',
    rule,
  };
}

export const VERDICTS = ['ok', 'denied', 'reported', 'error', 'state'] as const;
export type JournalVerdict = (typeof VERDICTS)[number];

/** Words that rows are looked for by, beside a status. */
export const STATUS_WORDS: readonly string[] = [...VERDICTS, 'failed'];

/** Which rows are asked for: those that all of these fit. */
export interface JournalFilter {
  /** Calls that began then or later: milliseconds since 1970. */
  readonly since?: number | undefined;
  /** This app's alone. */
  readonly app?: string | undefined;
  /** This host's alone, written as in the rows: lower case, without the port. */
  readonly host?: string | undefined;
  /**
   * A status, such as `404`; a verdict; `failed`: a 5xx or an error that is no denial; or `error`: any error, what was
   * denied, and any status from 400 on.
   */
  readonly status?: string | undefined;
  /** Rows with an id above this one. */
  readonly afterId?: number | undefined;
  /** The newest so many. */
  readonly limit: number;
}
