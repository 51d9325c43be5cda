/**
 * Heredocs: `<<EOF`, `<<'EOF'` (raw), `<<"EOF"`, each with an optional type hint. Powerless side. The marker is met in
 * the middle of a line; its text begins below that line, or below the text of the marker before it.
 */
import { nameEnd, startsName } from './chars.ts';
import { Lexer } from './lexer.ts';
import { readTemplate, templateToken } from './strings.ts';
import { END_OF_FILE } from './syntax-error.ts';

const HINT = /\((?:'[^'\n]*'|"[^"\n]*")\)/y;

/** Reads the marker at `start` and its text; false if there is no marker. */
export function readHeredoc(lexer: Lexer, start: number, spaced: boolean): boolean {
  const { source } = lexer;
  if (source.charCodeAt(start + 1) !== 60) return false;
  const quote = source.charAt(start + 2);
  const quoted = quote === "'" || quote === '"';
  const nameStart = quoted ? start + 3 : start + 2;
  if (!startsName(source, nameStart)) return false;
  const end = nameEnd(source, nameStart);
  if (quoted && source.charAt(end) !== quote) {
    lexer.error("the heredoc's marker is never closed", start, { expected: quote });
  }
  lexer.pos = quoted ? end + 1 : end;
  HINT.lastIndex = lexer.pos;
  if (HINT.test(source)) lexer.pos = HINT.lastIndex;
  const text = withoutIndent(linesOf(lexer, source.slice(nameStart, end), start));
  const firstLine = lexer.line + 1;
  const inner = new Lexer(quote === "'" ? '' : text, lexer.file, firstLine, lexer.templateDepth + 1);
  const parts = quote === "'" ? [text] : readTemplate(inner, -1, 0);
  lexer.add(templateToken(parts, { start, line: lexer.line, spaced }));
  return true;
}

/** The lines up to the marker; the lexer goes on behind them when it comes to the end of its line. */
function linesOf(lexer: Lexer, marker: string, start: number): string[] {
  const { source } = lexer;
  const lines: string[] = [];
  let at = lexer.heredocEnd;
  if (at < 0) {
    const newline = source.indexOf('\n', lexer.pos);
    at = newline < 0 ? source.length : newline + 1;
  }
  for (;;) {
    if (at >= source.length) {
      lexer.error('this heredoc is never closed', start, {
        found: END_OF_FILE,
        expected: `a line with ${marker}`,
        hint: `its text ends with a line that holds ${marker} and nothing else`,
      });
    }
    const newline = source.indexOf('\n', at);
    const end = newline < 0 ? source.length : newline;
    const line = source.slice(at, end).replace(/\r$/, '');
    at = newline < 0 ? end : end + 1;
    if (line.trim() === marker) break;
    lines.push(line);
  }
  lexer.heredocEnd = at;
  return lines;
}

/** Drops the white space that all lines that aren't blank begin with. */
function withoutIndent(lines: readonly string[]): string {
  let common: string | null = null;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    common = common === null ? indent : sharedStart(common, indent);
  }
  const cut = common?.length ?? 0;
  return lines.map((line) => `${line.slice(cut)}\n`).join('');
}

function sharedStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return a.slice(0, length);
}
