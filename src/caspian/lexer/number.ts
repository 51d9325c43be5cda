/** Numbers: `42`, `1_000`, `3.14`, `1e9`, `0xff`, `0o17`, `0b101`. Powerless side. */
import { isDigit, startsName } from './chars.ts';
import type { Lexer } from './lexer.ts';
import { T } from './token.ts';

const DECIMAL = /[0-9]+(?:_[0-9]+)*(?:\.[0-9]+(?:_[0-9]+)*)?(?:[eE][+-]?[0-9]+)?/y;
const PREFIXED = /0(?:x[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|o[0-7]+(?:_[0-7]+)*|b[01]+(?:_[01]+)*)/y;

export function readNumber(lexer: Lexer, spaced: boolean): void {
  const start = lexer.pos;
  const pattern =
    /[xob]/.test(lexer.source.charAt(start + 1)) && lexer.source.charAt(start) === '0' ? PREFIXED : DECIMAL;
  pattern.lastIndex = start;
  const text = pattern.exec(lexer.source)?.[0] ?? lexer.source.charAt(start);
  lexer.pos = start + text.length;
  const next = lexer.source.charCodeAt(lexer.pos);
  if (startsName(lexer.source, lexer.pos) || isDigit(next)) {
    lexer.error('this number is not written right', start, { found: lexer.source.slice(start, lexer.pos + 1) });
  }
  lexer.push(T.number, text, start, spaced, Number(text.replaceAll('_', '')));
}
