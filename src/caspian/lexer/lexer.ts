/**
 * Source text to tokens. Powerless side. Decides what the parser can't see from tokens alone: whether a line goes on in
 * the next, whether `%` is modulo or a system method, where a heredoc's text lies.
 */
import { isDigit, nameEnd, startsName } from './chars.ts';
import { readHeredoc } from './heredoc.ts';
import { readNumber } from './number.ts';
import { readDouble, readSingle } from './strings.ts';
import { CaspianSyntaxError, END_OF_FILE, placeOf, type SyntaxDetails } from './syntax-error.ts';
import { type Interpolation, KEYWORDS, T, Token, type TokenKind } from './token.ts';

/** Interpolations inside each other. */
const MAX_TEMPLATE_DEPTH = 50;
const MAX_SOURCE = 2 ** 26;
/** Tokens read at a time: those that are parsed already are garbage while they are young. */
const CHUNK = 256;

/** Keywords that end an operand, so that `%` behind them is modulo. */
const OPERAND_WORDS: ReadonlySet<string> = new Set(['end', 'self', 'true', 'false', 'null']);
/** Longest first. */
const OPERATORS: readonly string[] = [
  '||=',
  '<=>',
  '**',
  '||',
  '&&',
  '==',
  '!=',
  '<=',
  '>=',
  '+=',
  '-=',
  '*=',
  '/=',
  '=>',
  '&.',
  '|&',
  '+',
  '-',
  '*',
  '/',
  '%',
  '=',
  '<',
  '>',
  '!',
  '.',
  ',',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '|',
  ':',
];
/** Signs of other languages, and how they are written here. */
const STRANGE: ReadonlyMap<string, string> = new Map([
  ['?', 'a choice is written: if c then a else b end'],
  ['&', 'and is written &&, or and'],
  ['^', 'bits are combined with .bit_xor(…), .bit_and(…), .bit_or(…); a power is **'],
  ['~', 'a regex is tried with .match(…)'],
  ['`', 'strings stand between \' or "'],
  ['“', 'strings stand between \' or "'],
  ['”', 'strings stand between \' or "'],
  ['‘', 'strings stand between \' or "'],
  ['’', 'strings stand between \' or "'],
  ['«', 'strings stand between \' or "'],
  ['≠', 'unequal is written !='],
  ['≤', 'at most is written <='],
  ['≥', 'at least is written >='],
  ['×', 'times is written *'],
  ['→', 'a closure is written: closure($a) … end, or { |a| … }'],
]);
const byFirst = new Map<number, string[]>();
for (const op of OPERATORS) {
  const code = op.charCodeAt(0);
  const list = byFirst.get(code);
  if (list === undefined) byFirst.set(code, [op]);
  else list.push(op);
}

export class Lexer {
  readonly source: string;
  readonly file: string;
  /** Line of the first character: above 1 inside a heredoc. */
  readonly firstLine: number;
  pos = 0;
  line: number;
  /** Behind the texts of the heredocs that began in this line; -1 without one. */
  heredocEnd = -1;
  /** The last string that goes over several lines, for hints. */
  longString: { readonly from: number; readonly to: number } | null = null;
  #tokens: Token[] = [];
  #last: Token | null = null;
  #depth: number;

  constructor(source: string, file: string, firstLine = 1, depth = 0) {
    this.source = source;
    this.file = file;
    this.firstLine = firstLine;
    this.line = firstLine;
    this.#depth = depth;
    if (source.length > MAX_SOURCE) this.error(`the source is longer than ${MAX_SOURCE} characters`, 0);
    if (firstLine === 1 && source.startsWith('#!')) this.#skipLine();
  }

  /** The next tokens; the last of all is `eof`. */
  read(): Token[] {
    this.#tokens = [];
    while (this.#tokens.length < CHUNK) {
      if (this.#next()) continue;
      this.push(T.newline, '', this.pos, false);
      this.push(T.eof, '', this.pos, false);
      break;
    }
    return this.#tokens;
  }

  /** What stands in `#{…}`; called behind the brace, ends behind the closing one. */
  readInterpolation(): Interpolation {
    if (++this.#depth > MAX_TEMPLATE_DEPTH) this.error('too many interpolations inside each other', this.pos);
    const outer = this.#tokens;
    const start = this.pos;
    const tokens: Token[] = [];
    this.#tokens = tokens;
    this.#last = null;
    for (let braces = 1, seen = 0; braces > 0; seen = tokens.length) {
      if (!this.#next()) this.error("this '#{' is never closed", start - 2, { found: END_OF_FILE, expected: "'}'" });
      const last = tokens[seen];
      if (last?.kind === T.op && last.value === '{') braces++;
      else if (last?.kind === T.op && last.value === '}') braces--;
    }
    tokens.pop();
    this.push(T.eof, '', this.pos - 1, false);
    this.#tokens = outer;
    this.#depth--;
    return { tokens, source: this.source, firstLine: this.firstLine };
  }

  get templateDepth(): number {
    return this.#depth;
  }

  push(kind: TokenKind, value: string, start: number, spaced: boolean, number = 0): void {
    this.add(new Token(kind, value, start, this.line, spaced, number));
  }

  add(token: Token): void {
    this.#tokens.push(token);
    this.#last = token;
  }

  error(message: string, at: number, details: SyntaxDetails = {}): never {
    throw new CaspianSyntaxError(message, placeOf(this.file, this.source, at, this.firstLine), details);
  }

  /** Reads one token, or a stretch of white space; false at the end. */
  #next(): boolean {
    const source = this.source;
    const from = this.pos;
    let code = source.charCodeAt(from);
    while (code === 32 || code === 9 || code === 13) code = source.charCodeAt(++this.pos);
    const spaced = this.pos > from || from === 0;
    const start = this.pos;
    if (start >= source.length) return false;
    if (code === 10 || code === 35) {
      this.#newline();
      return true;
    }
    if (code === 92 && /^\\\r?\n/.test(source.slice(start, start + 3))) {
      this.pos = source.indexOf('\n', start);
      this.#nextLine();
      return true;
    }
    if (startsName(source, start)) return this.#name(start, spaced);
    if (isDigit(code)) {
      readNumber(this, spaced);
      return true;
    }
    this.#symbol(code, start, spaced);
    return true;
  }

  #name(start: number, spaced: boolean): boolean {
    const source = this.source;
    let end = nameEnd(source, start);
    const mark = source.charCodeAt(end);
    if (mark === 63 || (mark === 33 && source.charCodeAt(end + 1) !== 61)) end++;
    const name = source.slice(start, end);
    if (name === '__END__' && this.#aloneOnLine(start, end)) {
      this.pos = source.length;
      return false;
    }
    this.pos = end;
    const previous = this.#last;
    const afterDot = previous !== null && previous.kind === T.op && (previous.value === '.' || previous.value === '&.');
    if (!afterDot && source.charCodeAt(end) === 58) {
      this.pos++;
      this.push(T.label, name, start, spaced);
    } else {
      this.push(T.name, name, start, spaced);
    }
    return true;
  }

  #aloneOnLine(start: number, end: number): boolean {
    const before = start === 0 || this.source.charCodeAt(start - 1) === 10;
    const next = this.source.charCodeAt(end);
    return before && (Number.isNaN(next) || next === 10 || next === 13);
  }

  #symbol(code: number, start: number, spaced: boolean): void {
    switch (code) {
      case 34:
        readDouble(this, start, spaced);
        return;
      case 39:
        readSingle(this, start, spaced);
        return;
      case 36:
        this.#sigil(T.variable, start, spaced);
        return;
      case 64:
        this.#sigil(T.field, start, spaced);
        return;
      case 37:
        if (this.#isSystem(start, spaced)) {
          if (this.source.charCodeAt(start + 1) === 91) {
            this.pos = start + 1;
            this.push(T.system, 'puck', start, spaced);
          } else {
            this.#sigil(T.system, start, spaced);
          }
          return;
        }
        break;
      case 38:
        if (startsName(this.source, start + 1)) {
          this.#sigil(T.callName, start, spaced);
          return;
        }
        break;
      case 58:
        if (startsName(this.source, start + 1)) {
          this.#sigil(T.string, start, spaced);
          return;
        }
        break;
      case 59:
        this.pos = start + 1;
        this.push(T.newline, ';', start, spaced);
        return;
      case 60:
        if (readHeredoc(this, start, spaced)) return;
        break;
    }
    this.#operator(code, start, spaced);
  }

  #operator(code: number, start: number, spaced: boolean): void {
    for (const op of byFirst.get(code) ?? []) {
      if (!this.source.startsWith(op, start)) continue;
      // `x |&f` pipes into the function f; `x |& $o.m` is the pipe that ends at null.
      const length = op === '|&' && startsName(this.source, start + 2) ? 1 : op.length;
      this.pos = start + length;
      this.push(T.op, length === op.length ? op : '|', start, spaced);
      return;
    }
    const char = String.fromCodePoint(this.source.codePointAt(start) ?? 0);
    const hint = STRANGE.get(char);
    this.error(`'${char}' has no meaning here`, start, { found: `'${char}'`, ...(hint === undefined ? {} : { hint }) });
  }

  #sigil(kind: TokenKind, start: number, spaced: boolean): void {
    if (!startsName(this.source, start + 1)) {
      const sigil = this.source.charAt(start);
      this.error(`a name must follow '${sigil}'`, start, { found: `'${sigil}'`, expected: 'a name' });
    }
    let end = nameEnd(this.source, start + 1);
    if (kind === T.string && /[?!=]/.test(this.source.charAt(end)) && !/[=~>]/.test(this.source.charAt(end + 1))) end++;
    this.pos = end;
    this.push(kind, this.source.slice(start + 1, end), start, spaced);
  }

  /** `%` begins a system method where no operand stands before it, or where a bare word or a head does: `puts %role`, `closure() %role end`. */
  #isSystem(start: number, spaced: boolean): boolean {
    if (!startsName(this.source, start + 1) && this.source.charCodeAt(start + 1) !== 91) return false;
    const previous = this.#last;
    if (previous === null) return true;
    if (previous.kind === T.name) {
      if (OPERAND_WORDS.has(previous.value)) return false;
      return spaced || KEYWORDS.has(previous.value);
    }
    if (previous.kind === T.op && previous.value === ')') return spaced;
    if (previous.kind === T.op) return previous.value !== ']' && previous.value !== '}';
    return previous.kind === T.newline || previous.kind === T.label || (previous.kind === T.callName && spaced);
  }

  #skipLine(): void {
    const end = this.source.indexOf('\n', this.pos);
    this.pos = end < 0 ? this.source.length : end;
  }

  /** From a line's end or a comment to the next line that holds something; a newline token unless the line goes on. */
  #newline(): void {
    const start = this.pos;
    const line = this.line;
    const source = this.source;
    for (;;) {
      const code = source.charCodeAt(this.pos);
      if (code === 35) {
        this.#skipLine();
      } else if (code === 10) {
        this.#nextLine();
      } else if (code === 32 || code === 9 || code === 13) {
        this.pos++;
      } else {
        break;
      }
    }
    if (!this.#goesOn()) {
      const last = this.#last;
      if (last !== null && last.kind === T.newline && last.value === '') return;
      this.add(new Token(T.newline, '', start, line, false));
    }
  }

  /** Past a line's end, and past the texts of the heredocs that began in the line. */
  #nextLine(): void {
    this.pos++;
    this.line++;
    const end = this.heredocEnd;
    if (end < 0) return;
    for (let at = this.source.indexOf('\n', this.pos); at >= 0 && at < end; at = this.source.indexOf('\n', at + 1)) {
      this.line++;
    }
    this.pos = end;
    this.heredocEnd = -1;
  }

  /** True if what stands at `pos`, where a line begins, can only be the rest of the line before. */
  #goesOn(): boolean {
    const source = this.source;
    const next = source.charCodeAt(this.pos + 1);
    switch (source.charCodeAt(this.pos)) {
      case 46: // .
        return startsName(source, this.pos + 1);
      case 38: // & — but not &name
        return next === 46 || next === 38;
      case 124: // |
      case 47: // /
      case 62: // >
      case 43: // +
        return true;
      case 42: // * — but not a splat
        return next === 32 || next === 42;
      case 60: // < — but not a heredoc
        return next !== 60;
      case 61: // == and =>
        return next === 61 || next === 62;
      case 33: // !=
        return next === 61;
      case 45: // - and % where they stand apart
      case 37:
        return next === 32;
      case 97: // and
        return source.startsWith('and ', this.pos);
      case 111: // or
        return source.startsWith('or ', this.pos);
      default:
        return false;
    }
  }
}
