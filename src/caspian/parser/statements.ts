/**
 * Statements and the constructs that end with `end`. Powerless side.
 */
import { T, type Token } from '../lexer/token.ts';
import { parseCommandArguments, startsArgument } from './arguments.ts';
import type { Begin, Block, Catch, Contents, If, Jump, Node, Return, Sections, While } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression, parseStatementExpression } from './expressions.ts';

/** `x if a if b …` */
const MAX_MODIFIERS = 50;
const SECTION_NAMES = ['before', 'between', 'after', 'noloop'] as const;

/** Statements up to where `done` says so; what ends them is left to the caller. */
export function parseStatements(cursor: Cursor, done: () => boolean): Node[] {
  const body: Node[] = [];
  for (;;) {
    cursor.skipNewlines();
    if (done() || cursor.token.kind === T.eof) return body;
    cursor.enter();
    body.push(parseStatement(cursor));
    cursor.leave();
    if (cursor.token.kind !== T.newline && !done()) cursor.unexpected('the end of the statement');
  }
}

function parseStatement(cursor: Cursor): Node {
  const mark = cursor.mark();
  let statement = parseStatementExpression(cursor);
  for (let row = 0; cursor.isWord('if') || cursor.isWord('unless'); row++) {
    const word = cursor.advance();
    if (row > MAX_MODIFIERS) cursor.fail(`more than ${MAX_MODIFIERS} modifiers in one row`, word);
    const condition = parseExpression(cursor);
    statement = modified(word, condition, statement, cursor.contents);
  }
  cursor.release(mark);
  return statement;
}

function modified(word: Token, condition: Node, body: Node, contents: Contents): If {
  const line = word.line;
  const tested: Node = word.value === 'if' ? condition : { type: 'unary', op: '!', operand: condition, line };
  return {
    type: 'if',
    branches: [{ condition: tested, body: [body] }],
    otherwise: null,
    modifier: true,
    contents,
    line,
  };
}

/** Statements up to one of the words, which is not taken. `opened` is what the words belong to. */
function parseBody(cursor: Cursor, words: readonly string[], opened: Token): Node[] {
  const body = parseStatements(cursor, () => words.some((word) => cursor.isWord(word)));
  if (cursor.token.kind === T.eof) {
    const expected = `'end' of the '${opened.value}' in line ${opened.line}`;
    cursor.fail(`found the end of the file, expected ${expected}`, cursor.token, {
      found: 'the end of the file',
      expected,
    });
  }
  if (cursor.isWord('end')) cursor.closes(opened);
  return body;
}

/** The body of a function or block, behind its head, through `end`. */
export function parseBodyToEnd(cursor: Cursor, opened: Token): Node[] {
  const body = cursor.bracketed(() => parseBody(cursor, ['end'], opened));
  cursor.advance();
  return body;
}

/** The body of a loop or block with its sections, through `end`. */
export function parseLoopBody(cursor: Cursor, opened: Token): { body: Node[]; sections: Sections | null } {
  return cursor.bracketed(() => {
    const atSection = (): boolean =>
      SECTION_NAMES.some((name) => cursor.isWord(name)) && cursor.peek().kind === T.newline;
    const part = (): Node[] => {
      const statements = parseStatements(cursor, () => cursor.isWord('end') || atSection());
      if (cursor.token.kind === T.eof) parseBody(cursor, ['end'], opened);
      if (cursor.isWord('end')) cursor.closes(opened);
      return statements;
    };
    const body = part();
    const found = new Map<string, Node[]>();
    while (!cursor.takeWord('end')) {
      const word = cursor.advance();
      if (found.has(word.value)) cursor.fail(`this loop has two '${word.value}' sections`, word);
      found.set(word.value, part());
    }
    const section = (name: string): Node[] | null => found.get(name) ?? null;
    const sections =
      found.size === 0
        ? null
        : {
            before: section('before'),
            between: section('between'),
            after: section('after'),
            noloop: section('noloop'),
          };
    return { body, sections };
  });
}

/** `as $loop`, if it stands here. */
export function parseLoopName(cursor: Cursor): string | null {
  if (!cursor.isWord('as') || cursor.peek().kind !== T.variable) return null;
  cursor.advance();
  return cursor.advance().value;
}

/** A condition that assigns a fixed value is always the same: `if $x = 5`. */
function parseCondition(cursor: Cursor): Node {
  const at = cursor.token;
  const condition = parseExpression(cursor);
  if (condition.type === 'assign' && condition.op === null && condition.value.type === 'literal') {
    cursor.fail('this condition does not compare, it assigns', at, { hint: 'two values are compared with ==' });
  }
  return condition;
}

export function parseIf(cursor: Cursor): If {
  const mark = cursor.mark();
  const opened = cursor.advance();
  const words = ['elsif', 'elseif', 'else', 'end'];
  const branches: { condition: Node; body: readonly Node[] }[] = [];
  let otherwise: Node[] | null = null;
  const first = parseCondition(cursor);
  const negated = opened.value === 'unless';
  cursor.takeWord('then');
  branches.push({
    condition: negated ? { type: 'unary', op: '!', operand: first, line: opened.line } : first,
    body: cursor.bracketed(() => parseBody(cursor, words, opened)),
  });
  while (!cursor.takeWord('end')) {
    const word = cursor.advance();
    if (word.value === 'else') {
      cursor.sawElse(word);
      otherwise = cursor.bracketed(() => parseBody(cursor, ['end'], opened));
    } else {
      const condition = parseCondition(cursor);
      cursor.takeWord('then');
      branches.push({ condition, body: cursor.bracketed(() => parseBody(cursor, words, opened)) });
    }
  }
  const { contents } = cursor;
  cursor.release(mark);
  return { type: 'if', branches, otherwise, modifier: false, contents, line: opened.line };
}

export function parseWhile(cursor: Cursor): While {
  const mark = cursor.mark();
  const opened = cursor.advance();
  let condition: Node | null = null;
  if (opened.value === 'while') {
    const outer = cursor.noDo;
    cursor.noDo = true;
    condition = parseCondition(cursor);
    cursor.noDo = outer;
  }
  cursor.takeWord('do');
  const loopName = parseLoopName(cursor);
  const { body, sections } = cursor.jumping('anywhere', () => parseLoopBody(cursor, opened));
  const { contents } = cursor;
  cursor.release(mark);
  return { type: 'while', condition, body, loopName, sections, contents, line: opened.line };
}

export function parseBegin(cursor: Cursor): Begin {
  const mark = cursor.mark();
  const opened = cursor.advance();
  const body = cursor.bracketed(() => parseBody(cursor, ['ensure', 'end'], opened));
  const ensure = cursor.takeWord('ensure') ? cursor.bracketed(() => parseBody(cursor, ['end'], opened)) : null;
  cursor.advance();
  const { contents } = cursor;
  cursor.release(mark);
  return { type: 'begin', body, ensure, contents, line: opened.line };
}

/** A bare `do … end`. */
export function parseBlock(cursor: Cursor): Block {
  const mark = cursor.mark();
  const opened = cursor.advance();
  const body = parseBodyToEnd(cursor, opened);
  const { contents } = cursor;
  cursor.release(mark);
  return { type: 'block', body, contents, line: opened.line };
}

export function parseCatch(cursor: Cursor): Catch {
  const mark = cursor.mark();
  const opened = cursor.advance();
  const types: Node[] = [];
  if (cursor.isOp('(') && !cursor.token.spaced) {
    const bracket = cursor.advance();
    cursor.bracketed(() => parseTypes(cursor, types));
    cursor.skipNewlines();
    cursor.expectOp(')', bracket);
  } else if (cursor.token.kind === T.string) {
    parseTypes(cursor, types);
  }
  cursor.takeWord('do');
  const body = parseBodyToEnd(cursor, opened);
  const { contents } = cursor;
  cursor.release(mark);
  return { type: 'catch', types, body, contents, line: opened.line };
}

function parseTypes(cursor: Cursor, types: Node[]): void {
  do {
    cursor.skipNewlines();
    if (cursor.isOp(')')) return;
    types.push(parseExpression(cursor));
    cursor.skipNewlinesIn(')');
  } while (cursor.takeOp(','));
}

/** True where a `return` or `break` stands without a value. */
function endsHere(cursor: Cursor): boolean {
  const { token } = cursor;
  if (token.kind === T.newline || token.kind === T.eof) return true;
  if (token.kind === T.op) return [')', ']', '}', ','].includes(token.value);
  return token.kind === T.name && ['if', 'unless', 'end', 'and', 'or', 'else', 'elsif'].includes(token.value);
}

export function parseReturn(cursor: Cursor): Return {
  const { line } = cursor.advance();
  cursor.sawJump();
  return { type: 'return', value: endsHere(cursor) ? null : parseJumpValue(cursor), line };
}

export function parseJump(cursor: Cursor): Jump {
  const word = cursor.advance();
  const kind = word.value === 'break' ? 'break' : 'next';
  if (cursor.canJump !== 'anywhere' && cursor.canJump !== kind) {
    cursor.fail(`'${kind}' stands outside every loop and block`, word);
  }
  cursor.sawJump();
  const value = endsHere(cursor) ? null : parseJumpValue(cursor);
  if (kind === 'break' && value?.type === 'literal' && typeof value.value === 'number') {
    if (!Number.isInteger(value.value) || value.value < 1) cursor.fail('break leaves 1 loop or more', word);
    return { type: 'jump', kind, value: null, levels: value.value, line: word.line };
  }
  return { type: 'jump', kind, value, levels: 1, line: word.line };
}

function parseJumpValue(cursor: Cursor): Node {
  return parseStatementExpression(cursor);
}

/** `raise 'url', 'message'`, with or without parentheses. */
export function parseRaise(cursor: Cursor): Node {
  const { line } = cursor.advance();
  if (!cursor.isOp('(') && !startsArgument(cursor)) cursor.unexpected('what to raise');
  return { type: 'raise', args: parseCommandArguments(cursor), line };
}
