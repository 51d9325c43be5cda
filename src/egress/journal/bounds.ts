/**
 * How much memory and disk a row takes, whatever a script has asked for. Trusted side, pure; the texts are hostile.
 */
import type { JournalRow } from './row.ts';

/** Longer than any host, app, method, code or address that is one, and than most rules and paths. */
const LONGEST_NAME = 256;
const LONGEST_TEXT = 1_024;

/**
 * SECURITY: what a script says fills no memory and no disk: texts end where they are too long
 * (test/attacks/egress-journal-texts.test.ts).
 */
export function bounded(row: JournalRow): JournalRow {
  const { app, method, host, path, address, error, rule } = row;
  const names = app.length + method.length + host.length + (address?.length ?? 0) + (error?.length ?? 0);
  if (names <= LONGEST_NAME && path.length <= LONGEST_TEXT && (rule?.length ?? 0) <= LONGEST_TEXT) return row;
  const name = (text: string): string => text.slice(0, LONGEST_NAME);
  return {
    ...row,
    app: name(app),
    method: name(method),
    host: name(host),
    path: path.slice(0, LONGEST_TEXT),
    address: address === null ? null : name(address),
    error: error === null ? null : name(error),
    rule: rule === null ? null : rule.slice(0, LONGEST_TEXT),
  };
}

/** The same in strings of its own: parts of a URL keep the whole of it in memory, which for rows that wait may be long. */
export function detached(row: JournalRow): JournalRow {
  return { ...row, host: copyOf(row.host), path: copyOf(row.path) };
}

const copyOf = (text: string): string => Buffer.from(text).toString();
