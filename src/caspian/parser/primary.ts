/**
 * Values that stand for themselves, names, and the words that open a construct. Powerless side.
 */
import { KEYWORDS, T, type TemplatePart, type Token } from '../lexer/token.ts';
import {
  NO_ARGUMENTS,
  parseBareArguments,
  parseBlockArgument,
  parseCommandArguments,
  parseParenthesized,
} from './arguments.ts';
import type { ArrayLiteral, HashEntry, HashLiteral, Node, Splat } from './ast.ts';
import { parseClass } from './classes.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expressions.ts';
import { looksLikeHash, parseBraceClosure, parseFunction } from './functions.ts';
import { parseDeclarationText } from './postfix.ts';
import {
  parseBegin,
  parseBlock,
  parseCatch,
  parseIf,
  parseJump,
  parseRaise,
  parseReturn,
  parseStatements,
  parseWhile,
} from './statements.ts';

/** Words that take arguments without parentheses anywhere. */
const COMMANDS: ReadonlySet<string> = new Set(['puts', 'print', 'eputs']);

export function parsePrimary(cursor: Cursor, command: boolean): Node {
  const { token } = cursor;
  const { line } = token;
  switch (token.kind) {
    case T.number:
      cursor.advance();
      return { type: 'literal', value: token.content as number, line };
    case T.string:
      cursor.advance();
      return { type: 'literal', value: token.value, line };
    case T.template:
      return parseTemplate(cursor);
    case T.variable:
      cursor.advance();
      return { type: 'variable', name: token.value, line };
    case T.field:
      cursor.advance();
      return { type: 'field', name: token.value, line };
    case T.system:
      cursor.advance();
      if (token.value === 'vibecode') {
        return { type: 'declaration', kind: 'vibecode', text: parseDeclarationText(cursor), line };
      }
      return { type: 'system', name: token.value, line };
    case T.callName: {
      cursor.advance();
      const args = parseParenthesized(cursor) ?? (command ? parseBareArguments(cursor) : NO_ARGUMENTS);
      const block = parseBlockArgument(cursor);
      if (block !== null) cursor.sawClosure();
      return { type: 'function-call', name: token.value, args, block, line };
    }
    case T.name:
      return KEYWORDS.has(token.value) ? parseKeyword(cursor, token) : parseWord(cursor, command);
    case T.op:
      return parseBracket(cursor);
    default:
      return cursor.unexpected('an expression');
  }
}

function parseTemplate(cursor: Cursor): Node {
  const token = cursor.advance();
  const parts = (token.content as readonly TemplatePart[]).map((part) =>
    typeof part === 'string' ? part : cursor.within(part, parseInterpolated),
  );
  return { type: 'template', parts, line: token.line };
}

function parseInterpolated(cursor: Cursor): Node {
  const { line } = cursor.token;
  const body = parseStatements(cursor, () => cursor.token.kind === T.eof);
  const only = body[0];
  if (body.length === 1 && only !== undefined) return only;
  return { type: 'block', body, contents: { makesClosures: true, jumps: true }, line };
}

function parseBracket(cursor: Cursor): Node {
  if (cursor.isOp('(')) return parseGroup(cursor);
  if (cursor.isOp('[')) return parseArray(cursor);
  if (cursor.isOp('{')) return looksLikeHash(cursor) ? parseHash(cursor) : parseBraceClosure(cursor);
  return cursor.unexpected('an expression');
}

/** `( … )`: one expression, or statements of which the last one is the value. */
function parseGroup(cursor: Cursor): Node {
  const mark = cursor.mark();
  const opened = cursor.advance();
  const { line } = opened;
  const body = cursor.bracketed(() => parseStatements(cursor, () => cursor.isOp(')')));
  cursor.expectOp(')', opened);
  const { contents } = cursor;
  cursor.release(mark);
  const only = body[0];
  if (only === undefined) return { type: 'literal', value: null, line };
  return body.length > 1 ? { type: 'block', body, contents, line } : only;
}

function parseArray(cursor: Cursor): ArrayLiteral {
  const opened = cursor.advance();
  const { line } = opened;
  const items: (Node | Splat)[] = [];
  cursor.bracketed(() => {
    for (;;) {
      cursor.skipNewlines();
      if (cursor.isOp(']')) return;
      items.push(cursor.takeOp('*') ? { type: 'splat', value: parseExpression(cursor) } : parseExpression(cursor));
      cursor.skipNewlines();
      if (!cursor.takeOp(',')) return;
    }
  });
  cursor.expectOp(']', opened);
  return { type: 'array', items, line };
}

function parseHash(cursor: Cursor): HashLiteral {
  const opened = cursor.advance();
  const { line } = opened;
  const entries: (HashEntry | Splat)[] = [];
  cursor.bracketed(() => {
    for (;;) {
      cursor.skipNewlines();
      if (cursor.isOp('}')) return;
      entries.push(cursor.takeOp('**') ? { type: 'splat', value: parseExpression(cursor) } : parseEntry(cursor));
      cursor.skipNewlines();
      if (!cursor.takeOp(',')) return;
    }
  });
  cursor.expectOp('}', opened);
  return { type: 'hash', entries, line };
}

function parseEntry(cursor: Cursor): HashEntry {
  const { token } = cursor;
  let key: Node;
  if (token.kind === T.label) {
    cursor.advance();
    key = { type: 'literal', value: token.value, line: token.line };
  } else {
    key = parseExpression(cursor);
    if (!cursor.takeOp(':') && !cursor.takeOp('=>')) cursor.unexpected("':' or '=>'");
  }
  cursor.skipNewlines();
  return { type: 'entry', key, value: parseExpression(cursor) };
}

/** A word that is no keyword: a command, a bare parameter, or a call of a method of self. */
function parseWord(cursor: Cursor, command: boolean): Node {
  const word = cursor.advance();
  const { value: name, line } = word;
  if (cursor.bare.includes(name)) return { type: 'bare', name, line };
  cursor.sawWord(word);
  const anywhere = COMMANDS.has(name);
  const args = anywhere || command ? parseCommandArguments(cursor) : parseParenthesized(cursor);
  const block = anywhere ? null : parseBlockArgument(cursor);
  if (block !== null) cursor.sawClosure();
  if (!anywhere && block === null && (args === null || args === NO_ARGUMENTS)) return { type: 'bare', name, line };
  return { type: 'command', name, args: args ?? NO_ARGUMENTS, block, line };
}

function parseKeyword(cursor: Cursor, token: Token): Node {
  const { line } = token;
  switch (token.value) {
    case 'true':
    case 'false':
      cursor.advance();
      return { type: 'literal', value: token.value === 'true', line };
    case 'null':
      cursor.advance();
      return { type: 'literal', value: null, line };
    case 'self':
      cursor.advance();
      return { type: 'system', name: 'self', line };
    case 'if':
    case 'unless':
      return parseIf(cursor);
    case 'while':
    case 'forever':
      return parseWhile(cursor);
    case 'begin':
      return parseBegin(cursor);
    case 'do':
      return parseBlock(cursor);
    case 'catch':
      return parseCatch(cursor);
    case 'function':
    case 'closure':
      return parseFunction(cursor);
    case 'class':
      return parseClass(cursor);
    case 'return':
      return parseReturn(cursor);
    case 'break':
    case 'next':
      return parseJump(cursor);
    case 'raise':
      return parseRaise(cursor);
    case 'super': {
      cursor.advance();
      const args = parseParenthesized(cursor);
      const block = parseBlockArgument(cursor);
      if (block !== null) cursor.sawClosure();
      return { type: 'super', args, block, line };
    }
    case 'yield':
      cursor.advance();
      return { type: 'yield', args: parseCommandArguments(cursor), line };
    default:
      return cursor.unexpected('an expression');
  }
}
