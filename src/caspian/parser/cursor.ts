/**
 * The parser's place in the tokens, and what it counts on its way. Powerless side. The input is hostile: nesting is
 * capped, so that no source can exhaust the stack here, in the compiler or when it runs.
 */
import { CaspianSyntaxError, placeOf } from '../lexer/syntax-error.ts';
import { describe, T, type Token, type TokenKind } from '../lexer/token.ts';
import type { Contents } from './ast.ts';

/** Brackets, blocks and prefixes inside each other. */
const MAX_NESTING = 200;
/** Operators or calls in one row. */
export const MAX_CHAIN = 1000;

export class Cursor {
  readonly file: string;
  readonly source: string;
  #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  closures = 0;
  jumps = 0;
  /** A `do` belongs to the loop around, not to a call: set inside a `while`'s condition. */
  noDo = false;
  /** Which jumps have something to leave here. */
  canJump: 'nowhere' | 'next' | 'anywhere' = 'nowhere';
  /** Parameters that may be read without `$`, of the brace closures around. */
  bare: readonly string[] = [];
  token: Token;

  constructor(tokens: readonly Token[], file: string, source: string) {
    this.#tokens = tokens;
    this.file = file;
    this.source = source;
    this.token = tokens[0] as Token;
  }

  advance(): Token {
    const passed = this.token;
    if (passed.kind !== T.eof) this.token = this.#tokens[++this.#at] as Token;
    return passed;
  }

  peek(ahead = 1): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
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

  expectOp(op: string): Token {
    if (!this.isOp(op)) this.unexpected(`'${op}'`);
    return this.advance();
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

  fail(message: string, at: Token, details: { found?: string; expected?: string } = {}): never {
    throw new CaspianSyntaxError(message, placeOf(this.file, this.source, at.start), details);
  }

  /** Runs a step of the grammar that may lie inside itself. */
  nested<R>(step: (cursor: Cursor) => R): R {
    if (++this.#depth > MAX_NESTING) this.fail(`more than ${MAX_NESTING} levels inside each other`, this.token);
    const result = step(this);
    this.#depth--;
    return result;
  }

  /** Reads the tokens of an interpolation where a template stands. */
  within<R>(tokens: readonly Token[], step: (cursor: Cursor) => R): R {
    const outer = { tokens: this.#tokens, at: this.#at, noDo: this.noDo };
    this.#tokens = tokens;
    this.#at = 0;
    this.token = tokens[0] as Token;
    this.noDo = false;
    const result = step(this);
    this.#tokens = outer.tokens;
    this.#at = outer.at;
    this.noDo = outer.noDo;
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

  mark(): { readonly closures: number; readonly jumps: number } {
    return { closures: this.closures, jumps: this.jumps };
  }

  /** What has been read since a mark. */
  since(mark: { readonly closures: number; readonly jumps: number }): Contents {
    return { makesClosures: this.closures > mark.closures, jumps: this.jumps > mark.jumps };
  }
}
