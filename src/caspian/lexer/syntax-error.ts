/**
 * A script that can't be read: where, what was found, what was expected. Powerless side.
 */
import { CaspianError } from '../../errors/classes.ts';

export const END_OF_FILE = 'the end of the file';

export interface SyntaxPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly sourceLine: string;
  /** What stands behind the place, white space aside; short. */
  readonly rest: string;
}

export interface SyntaxDetails {
  readonly found?: string;
  readonly expected?: string;
  /** The likely fix. */
  readonly hint?: string;
}

export class CaspianSyntaxError extends CaspianError {
  override readonly type: string = 'puck.uno/error/syntax';
  override readonly code: string = 'SYNTAX';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** What stands there, in words; null where the message says it all. */
  readonly found: string | null;
  readonly expected: string | null;
  /** True if the text ends where more would have to stand: nothing is wrong with it so far. */
  readonly atEnd: boolean;
  /** The line with the mistake, for a caret under `column`. */
  readonly sourceLine: string;

  constructor(message: string, place: SyntaxPlace, details: SyntaxDetails = {}) {
    super(message, details.hint === undefined ? {} : { hint: details.hint });
    this.name = 'CaspianSyntaxError';
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
    this.sourceLine = place.sourceLine;
    this.found = details.found ?? null;
    this.expected = details.expected ?? null;
    this.atEnd = details.found === END_OF_FILE || place.rest === '';
  }
}

/** The place of an offset in a text. */
export function placeOf(file: string, source: string, offset: number, firstLine = 1): SyntaxPlace {
  const start = offset === 0 ? 0 : source.lastIndexOf('\n', offset - 1) + 1;
  const end = source.indexOf('\n', offset);
  let line = firstLine;
  for (let at = source.indexOf('\n'); at >= 0 && at < start; at = source.indexOf('\n', at + 1)) line++;
  const sourceLine = source.slice(start, end < 0 ? source.length : end).replace(/\r$/, '');
  return { file, line, column: offset - start + 1, sourceLine, rest: source.slice(offset).trim().slice(0, 20) };
}
