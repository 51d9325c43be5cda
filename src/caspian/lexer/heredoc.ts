/**
 * Heredocs: `<<EOF`, `<<'EOF'` (raw), `<<"EOF"`, each with an optional type hint. Powerless side. The marker is met in
 * the middle of a line; the text begins below that line, so the token is put in its place when the text is there.
 */
import { nameEnd, startsName } from './chars.ts';
import { Lexer } from './lexer.ts';
import { pushTemplate, readTemplate } from './strings.ts';
import { T, type Token } from './token.ts';

const HINT = /\((?:'[^'\n]*'|"[^"\n]*")\)/y;

export interface PendingHeredoc {
  readonly marker: string;
  readonly raw: boolean;
  /** The list that the token's place is in. */
  readonly tokens: Token[];
  readonly index: number;
  readonly start: number;
  readonly spaced: boolean;
}

/** Reads the marker at `start`; false if there is none. */
export function beginHeredoc(lexer: Lexer, start: number, spaced: boolean): boolean {
  const { source } = lexer;
  if (source.charCodeAt(start + 1) !== 60) return false;
  const quote = source.charAt(start + 2);
  const quoted = quote === "'" || quote === '"';
  const nameStart = quoted ? start + 3 : start + 2;
  if (!startsName(source, nameStart)) return false;
  const end = nameEnd(source, nameStart);
  if (quoted && source.charAt(end) !== quote)
    lexer.error("the heredoc's marker is never closed", start, { expected: quote });
  lexer.pos = quoted ? end + 1 : end;
  HINT.lastIndex = lexer.pos;
  if (HINT.test(source)) lexer.pos = HINT.lastIndex;
  lexer.heredocs.push({
    marker: source.slice(nameStart, end),
    raw: quote === "'",
    tokens: lexer.tokens,
    index: lexer.tokens.length,
    start,
    spaced,
  });
  lexer.push(T.string, '', start, spaced);
  return true;
}

/** Called where a line begins: reads the texts of the markers of the line before, in order. */
export function readHeredocs(lexer: Lexer): void {
  const pending = lexer.heredocs;
  lexer.heredocs = [];
  for (const heredoc of pending) readOne(lexer, heredoc);
}

function readOne(lexer: Lexer, heredoc: PendingHeredoc): void {
  const { source } = lexer;
  const lines: string[] = [];
  const firstLine = lexer.line;
  for (;;) {
    if (lexer.pos >= source.length) {
      lexer.error(`this heredoc is never closed`, heredoc.start, { expected: `a line with ${heredoc.marker}` });
    }
    const newline = source.indexOf('\n', lexer.pos);
    const end = newline < 0 ? source.length : newline;
    const line = source.slice(lexer.pos, end).replace(/\r$/, '');
    lexer.pos = newline < 0 ? end : end + 1;
    lexer.line++;
    if (line.trim() === heredoc.marker) break;
    lines.push(line);
  }
  const marked = heredoc.tokens[heredoc.index];
  const line = marked?.line ?? firstLine;
  const text = withoutIndent(lines);
  // A lexer of its own writes the token: the text's offsets are not the source's.
  const inner = new Lexer(heredoc.raw ? '' : text, lexer.file, firstLine, lexer.templateDepth + 1);
  const parts = heredoc.raw ? [text] : readTemplate(inner, -1, 0);
  pushTemplate(inner, parts, heredoc.start, line, heredoc.spaced);
  const token = inner.tokens[0];
  if (token !== undefined) heredoc.tokens[heredoc.index] = token;
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
