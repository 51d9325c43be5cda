/**
 * What goes wrong in a guest, as errors of the host's. Trusted side; names, messages and stacks are a guest's and
 * hostile: they are text, and short.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { NotCloneableError, ScriptSyntaxError } from '../../errors/classes.ts';
import { CloneFault, type CloneWriter } from '../wire/clone/writer.ts';
import { builtFolder } from './child-process.ts';

const MAX_STACK = 16_384;
/** Most characters of what is wrong with a source. */
const MAX_COMPLAINT = 1_024;
/** Of a line and a column with what stands around them. */
const LONGEST_PLACE = 32;
/** Longest line of a source that is shown beside a syntax error. */
const MAX_LINE = 160;

/** Where a guest's source could not be read. */
export interface SyntaxPlace {
  readonly line: number;
  readonly column: number;
}

const places = new WeakMap<ScriptSyntaxError, SyntaxPlace>();

/** The line and column of a syntax error, both from 1. */
export function placeOf(error: ScriptSyntaxError): SyntaxPlace | null {
  return places.get(error) ?? null;
}

/** The engine's complaint about a source, with the line and a caret; null if it is about something else. */
export function syntaxError(thrown: Error, source: string, file: string): ScriptSyntaxError | null {
  const found = complaint(thrown, file);
  if (found === null) return null;
  const lines = source.split(/\r\n|[\n\r\u2028\u2029]/);
  const past = found.line > lines.length;
  const line = past ? lines.length : found.line;
  const text = lines[line - 1] ?? '';
  const column = past ? text.length + 1 : Math.min(Math.max(1, found.column), text.length + 1);
  const what = past ? 'the script ends too early' : found.what;
  const shown = text.slice(0, MAX_LINE);
  const caret = column <= MAX_LINE ? `\n  ${shown.slice(0, column - 1).replaceAll(/[^\t]/g, ' ')}^` : '';
  const error = new ScriptSyntaxError(`${file}:${line}:${column}: ${what}\n  ${shown}${caret}`, { operation: 'run' });
  places.set(error, { line, column });
  return error;
}

/** What the engine or the parser says, and where; null if it is about something else. */
function complaint({ name, message, stack = '' }: Error, file: string) {
  if (name !== 'SyntaxError') return null;
  const told = placeBehind(message, ` [${file}:`, ']');
  if (told !== null) return told;
  const parsed = stack.includes('caspian:parser') ? placeBehind(message, ' (', ')') : null;
  // The parser counts columns from 0.
  return parsed === null ? null : { ...parsed, column: parsed.column + 1 };
}

/**
 * Text that ends with a line and a column. SECURITY: found from its end, since a pattern that looks for it in a long text
 * takes time that grows with the square of its length (test/attacks/isolate-slow-texts.test.ts).
 */
function placeBehind(text: string, opening: string, closing: string) {
  const at = text.lastIndexOf(opening);
  const place = at < 0 ? '' : text.slice(at + opening.length, at + opening.length + LONGEST_PLACE);
  const [, line, column, last] = /^(\d+):(\d+)(.)$/.exec(place) ?? [];
  if (last !== closing) return null;
  return { what: text.slice(0, Math.min(at, MAX_COMPLAINT)), line: Number(line), column: Number(column) };
}

let map: SourceMap | null = null;

function preludeMap(): SourceMap {
  map ??= new SourceMap(JSON.parse(readFileSync(`${builtFolder()}isolate-prelude.js.map`, 'utf8')));
  return map;
}

/** A guest's error for the host: its stack speaks of the prelude's own files. */
export function readable<T>(value: T): T {
  if (!(value instanceof Error) || typeof value.stack !== 'string') return value;
  const stack = value.stack
    .slice(0, MAX_STACK)
    .replaceAll(/^[ \t]*at \(<isolated-vm boundary>\)$(?:\n[\s\S]*)?/gm, '')
    .replaceAll(/caspian:prelude:(\d+):(\d+)/g, (whole, line: string, column: string) => {
      const entry = preludeMap().findEntry(Number(line) - 1, Number(column) - 1);
      if (!('originalSource' in entry)) return whole;
      const name = entry.originalSource.replace(/^.*\/(?=(?:src|node_modules)\/)/, '');
      return `caspian:${name}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
    })
    .trimEnd();
  Object.defineProperty(value, 'stack', { value: stack, writable: true, configurable: true });
  return value;
}

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  try {
    return new Error(String(thrown));
  } catch {
    return new Error('what was thrown has no text');
  }
}

/** Data of the host's as bytes. Throws NotCloneableError, and what a getter of the data throws. */
export function encodeData(writer: CloneWriter, message: readonly unknown[]): Uint8Array<ArrayBuffer> {
  try {
    return writer.encode(message);
  } catch (thrown) {
    if (!(thrown instanceof CloneFault)) throw thrown;
    throw new NotCloneableError(thrown.message, { hint: 'send plain data: no functions, no symbols, no promises' });
  }
}
