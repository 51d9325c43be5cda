/** A source text to its syntax tree. Powerless side. */
import { Lexer } from '../lexer/lexer.ts';
import { T } from '../lexer/token.ts';
import type { Program } from './ast.ts';
import { Cursor } from './cursor.ts';
import { parseStatements } from './statements.ts';

export function parseProgram(source: string, file: string): Program {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const cursor = new Cursor(new Lexer(text, file));
  const body = parseStatements(cursor, () => cursor.token.kind === T.eof);
  if (cursor.token.kind !== T.eof) cursor.unexpected('a statement');
  return { file, source: text, body };
}
