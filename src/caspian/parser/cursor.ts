/**
 * The parser's place in the tokens, and what it counts on its way. Powerless side. The input is hostile: nesting is
 * capped, so that no source can exhaust the stack here, in the compiler or when it runs.
 */

import type { Lexer } from '../lexer/lexer.ts';
import { CaspianSyntaxError, placeOf, type SyntaxDetails } from '../lexer/syntax-error.ts';
import { describe, type Interpolation, T, type Token, type TokenKind } from '../lexer/token.ts';
import { ownWord } from '../runtime/foreign.ts';
import type { Contents } from './ast.ts';
import { hintFor } from './hints.ts';

/** Brackets, blocks and prefixes inside each other. */
const MAX_NESTING = 200;
/** Operators or calls in one row. */
export const MAX_CHAIN = 1000;

const CLOSURE = 1;
const JUMP = 2;
const CONTENTS: readonly Contents[] = [0, CLOSURE, JUMP, CLOSURE | JUMP].map((flags) =>
  Object.freeze({ makesClosures: (flags & CLOSURE) !== 0, jumps: (flags & JUMP) !== 0 }),
);

export class Cursor {
  readonly file: string;
  source: string;
  readonly #lexer: Lexer;
  #firstLine = 1;
  #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  #flags = 0;
  /** A `do` belongs to the loop around, not to a call: set inside a `while`'s condition. */
  noDo = false;
  /** Which jumps have something to leave here. */
  canJump: 'nowhere' | 'next' | 'anywhere' = 'nowhere';
  /** Parameters that may be read without `$`, of the brace closures around. */
  bare: readonly string[] = [];
  token: Token;
  /** For hints: the token before, blocks that were closed, words of other languages, an `else` before an `if`. */
  #before: Token | null = null;
  readonly #closed: { readonly opened: Token; readonly end: number }[] = [];
  #foreign: Token | null = null;
  #elseIf: Token | null = null;

  constructor(lexer: Lexer) {
    this.#lexer = lexer;
    this.file = lexer.file;
    this.source = lexer.source;
    this.#tokens = lexer.read();
    this.token = this.#tokens[0] as Token;
  }

  advance(): Token {
    const passed = this.token;
    if (passed.kind === T.eof) return passed;
    this.#before = passed;
    if (++this.#at >= this.#tokens.length) {
      this.#tokens = this.#lexer.read();
      this.#at = 0;
    }
    this.token = this.#tokens[this.#at] as Token;
    return passed;
  }

  peek(ahead = 1): Token {
    while (this.#at + ahead >= this.#tokens.length) {
      const last = this.#tokens.at(-1);
      if (last === undefined || last.kind === T.eof) return last ?? this.token;
      this.#tokens = [...this.#tokens.slice(this.#at), ...this.#lexer.read()];
      this.#at = 0;
    }
    return this.#tokens[this.#at + ahead] as Token;
  }

  isOp(op: string): boolean {
    return this.token.kind === T.op && this.token.value === op;
  }

  isWord(word: string): boolean {
    return this.token.kind === T.name && this.token.value === word;
  }

  takeOp(op: string): boolean {
    if (!this.isOp(op)) return false;
    this.advance();
    return true;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.advance();
    return true;
  }

  /** `opened` is the bracket that it closes. */
  expectOp(op: string, opened: Token | null = null): Token {
    if (!this.isOp(op)) this.unexpected(opened === null ? `'${op}'` : this.#closing(op, opened));
    return this.advance();
  }

  #closing(op: string, opened: Token): string {
    return opened.line === this.token.line ? `'${op}'` : `'${op}' for the '${opened.value}' in line ${opened.line}`;
  }

  expect(kind: TokenKind, what: string): Token {
    if (this.token.kind !== kind) this.unexpected(what);
    return this.advance();
  }

  skipNewlines(): void {
    while (this.token.kind === T.newline) this.advance();
  }

  /** Skips the ends of lines before a comma or a closing bracket. */
  skipNewlinesIn(closing: string): void {
    let ahead = 0;
    while (this.peek(ahead).kind === T.newline) ahead++;
    const next = this.peek(ahead);
    if (next.kind === T.op && (next.value === closing || next.value === ',')) this.skipNewlines();
  }

  /** Fails at the current token. */
  unexpected(expected: string): never {
    const found = describe(this.token);
    this.fail(`found ${found}, expected ${expected}`, this.token, { found, expected });
  }

  fail(message: string, at: Token, details: SyntaxDetails = {}): never {
    const hint = details.hint ?? this.#hint(at, details.expected ?? null);
    throw new CaspianSyntaxError(message, placeOf(this.file, this.source, at.start, this.#firstLine), {
      ...details,
      ...(hint === null ? {} : { hint }),
    });
  }

  #hint(at: Token, expected: string | null): string | null {
    const passed = {
      source: this.#lexer.source,
      closed: this.#closed,
      foreign: this.#foreign,
      elseIf: this.#elseIf,
      longString: this.#lexer.longString,
    };
    return hintFor(passed, at, at === this.token ? this.#before : null, expected);
  }

  /** Notes that the `end` ahead closes what a word has opened. */
  closes(opened: Token): void {
    this.#closed.push({ opened, end: this.token.start });
  }

  /** Notes a word that is no keyword, where a call may stand. */
  sawWord(word: Token): void {
    if (this.#foreign === null && ownWord(word.value) !== null) this.#foreign = word;
  }

  /** Notes an `else`, with what follows it ahead. */
  sawElse(word: Token): void {
    if (this.isWord('if') && this.token.line === word.line) this.#elseIf = word;
  }

  /** Around each step of the grammar that may lie inside itself. */
  enter(): void {
    if (++this.#depth > MAX_NESTING) this.fail(`more than ${MAX_NESTING} levels inside each other`, this.token);
  }

  leave(): void {
    this.#depth--;
  }

  /** Reads an interpolation where a template stands. */
  within<R>(inside: Interpolation, step: (cursor: Cursor) => R): R {
    const outer = { tokens: this.#tokens, at: this.#at, source: this.source, firstLine: this.#firstLine };
    this.#tokens = inside.tokens;
    this.#at = 0;
    this.source = inside.source;
    this.#firstLine = inside.firstLine;
    this.token = inside.tokens[0] as Token;
    const result = this.bracketed(() => step(this));
    this.#tokens = outer.tokens;
    this.#at = outer.at;
    this.source = outer.source;
    this.#firstLine = outer.firstLine;
    this.token = this.#tokens[this.#at] as Token;
    return result;
  }

  /** Reads something inside brackets, where a `do` may stand again. */
  bracketed<R>(step: () => R): R {
    const outer = this.noDo;
    this.noDo = false;
    const result = step();
    this.noDo = outer;
    return result;
  }

  /** Reads the body of something that jumps may leave, or may not. */
  jumping<R>(canJump: Cursor['canJump'], step: () => R): R {
    const outer = this.canJump;
    this.canJump = canJump;
    const result = step();
    this.canJump = outer;
    return result;
  }

  /** Begins a stretch whose contents will be asked for; `release` with what this gave ends it. */
  mark(): number {
    const outer = this.#flags;
    this.#flags = 0;
    return outer;
  }

  /** What has been read since the innermost mark. */
  get contents(): Contents {
    return CONTENTS[this.#flags] as Contents;
  }

  release(mark: number): void {
    this.#flags |= mark;
  }

  sawClosure(): void {
    this.#flags |= CLOSURE;
  }

  sawJump(): void {
    this.#flags |= JUMP;
  }

  /** Reads a function that jumps can't leave: whatever is inside, around it is one closure. */
  sealed<R>(step: () => R): R {
    const outer = { flags: this.#flags, bare: this.bare };
    this.#flags = 0;
    this.bare = [];
    const result = step();
    this.#flags = outer.flags | CLOSURE;
    this.bare = outer.bare;
    return result;
  }
}
