/**
 * Arguments of calls, with and without parentheses, and the blocks behind them. Powerless side.
 */
import { KEYWORDS, T } from '../lexer/token.ts';
import type { Arguments, FunctionLiteral, Node, Splat } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expressions.ts';
import { looksLikeHash, parseBraceClosure, parseDoBlock } from './functions.ts';

export const NO_ARGUMENTS: Arguments = { positional: [], named: [] };

/** Words that can begin an argument though they are keywords. */
const VALUE_WORDS: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'self',
  'not',
  'function',
  'closure',
  'class',
  'catch',
  'super',
  'yield',
]);

/** True if what stands here, behind a name and a space, is its first argument and no operator. */
export function startsArgument(cursor: Cursor): boolean {
  const { token } = cursor;
  if (!token.spaced) return token.kind === T.string || token.kind === T.template;
  switch (token.kind) {
    case T.newline:
    case T.eof:
      return false;
    case T.name:
      if (token.value === 'as' && cursor.peek().kind === T.variable) return false;
      return !KEYWORDS.has(token.value) || VALUE_WORDS.has(token.value);
    case T.op: {
      const next = cursor.peek();
      switch (token.value) {
        case '[':
        case '(':
        case '!':
          return true;
        case '-':
        case '*':
        case '**':
          return !next.spaced && next.kind !== T.newline;
        case '{':
          return looksLikeHash(cursor);
        default:
          return false;
      }
    }
    default:
      return true;
  }
}

/** `(a, k: v)` where a parenthesis stands right behind a name; null otherwise. */
export function parseParenthesized(cursor: Cursor): Arguments | null {
  if (!cursor.isOp('(') || cursor.token.spaced) return null;
  const opened = cursor.advance();
  return cursor.bracketed(() => {
    cursor.skipNewlines();
    const args = cursor.isOp(')') ? NO_ARGUMENTS : parseList(cursor, ')');
    cursor.expectOp(')', opened);
    return args;
  });
}

/** The arguments of a command: in parentheses, or bare up to the end of the statement. */
export function parseCommandArguments(cursor: Cursor): Arguments {
  return parseParenthesized(cursor) ?? parseBareArguments(cursor);
}

export function parseBareArguments(cursor: Cursor): Arguments {
  return startsArgument(cursor) ? parseList(cursor, null) : NO_ARGUMENTS;
}

function parseList(cursor: Cursor, closing: ')' | null): Arguments {
  const positional: (Node | Splat)[] = [];
  const named: ({ name: string; value: Node } | Splat)[] = [];
  do {
    cursor.skipNewlines();
    if (closing !== null && cursor.isOp(closing)) break;
    const { token } = cursor;
    if (token.kind === T.label) {
      cursor.advance();
      cursor.skipNewlines();
      if (named.some((other) => 'name' in other && other.name === token.value)) {
        cursor.fail(`the argument '${token.value}' is given twice`, token);
      }
      named.push({ name: token.value, value: parseExpression(cursor) });
    } else if (cursor.takeOp('**')) {
      named.push({ type: 'splat', value: parseExpression(cursor) });
    } else {
      if (named.length > 0)
        cursor.fail('a positional argument stands behind a keyword', token, {
          hint: 'positional arguments come first',
        });
      if (cursor.takeOp('*')) positional.push({ type: 'splat', value: parseExpression(cursor) });
      else positional.push(parseExpression(cursor));
    }
    if (closing !== null) cursor.skipNewlinesIn(closing);
  } while (cursor.takeOp(','));
  return { positional, named };
}

/** The block behind a call: `do($x) … end`, or a brace closure. */
export function parseBlockArgument(cursor: Cursor): FunctionLiteral | null {
  if (cursor.isWord('do')) return cursor.noDo ? null : parseDoBlock(cursor);
  if (cursor.isOp('{') && !looksLikeHash(cursor)) return parseBraceClosure(cursor);
  return null;
}
