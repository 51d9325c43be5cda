/**
 * Operators, loosest first: pipes, `or`, `and`, `not`, `||`, `&&`, comparisons, `+ -`, `* / %`, unary, `**`.
 * Powerless side. An assignment takes everything to its right.
 */
import { T, type Token } from '../lexer/token.ts';
import type { Assign, BinaryOp, Contents, Node, Target } from './ast.ts';
import { type Cursor, MAX_CHAIN } from './cursor.ts';
import { parsePostfix } from './postfix.ts';

const PIPE = 1;
const OR = 2;
const AND = 3;
const NOT = 4;
const OR_ELSE = 5;
const AND_ALSO = 6;
const COMPARISON = 7;
const SUM = 8;
const PRODUCT = 9;

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['|', PIPE],
  ['|&', PIPE],
  ['||', OR_ELSE],
  ['&&', AND_ALSO],
  ['==', COMPARISON],
  ['!=', COMPARISON],
  ['<', COMPARISON],
  ['>', COMPARISON],
  ['<=', COMPARISON],
  ['>=', COMPARISON],
  ['<=>', COMPARISON],
  ['+', SUM],
  ['-', SUM],
  ['*', PRODUCT],
  ['/', PRODUCT],
  ['%', PRODUCT],
]);

const ASSIGNMENTS: ReadonlyMap<string, Assign['op']> = new Map<string, Assign['op']>([
  ['=', null],
  ['+=', '+'],
  ['-=', '-'],
  ['*=', '*'],
  ['/=', '/'],
  ['||=', 'or'],
]);

/** An expression inside another, or inside brackets: its calls need parentheses for their arguments. */
export function parseExpression(cursor: Cursor): Node {
  return parseNested(cursor, PIPE, false);
}

/** An expression where a statement or the right side of an assignment stands: `$o.m x, k: v` is a call. */
export function parseStatementExpression(cursor: Cursor): Node {
  return parseNested(cursor, PIPE, true);
}

function parseNested(cursor: Cursor, loosest: number, command: boolean): Node {
  cursor.enter();
  const node = parseOperators(cursor, loosest, command);
  cursor.leave();
  return node;
}

function parseOperand(cursor: Cursor): Node {
  cursor.enter();
  const node = parseUnary(cursor, false);
  cursor.leave();
  return node;
}

function levelOf(token: Token): number {
  if (token.kind === T.op) return LEVELS.get(token.value) ?? 0;
  if (token.kind !== T.name) return 0;
  return token.value === 'or' ? OR : token.value === 'and' ? AND : 0;
}

function parseOperators(cursor: Cursor, loosest: number, command: boolean): Node {
  const mark = cursor.mark();
  let left = parseNot(cursor, loosest, command);
  for (let row = 0; ; row++) {
    const operator = cursor.token;
    const level = levelOf(operator);
    if (level < loosest || level === 0) {
      cursor.release(mark);
      return left;
    }
    if (row > MAX_CHAIN) cursor.fail(`more than ${MAX_CHAIN} operators in one row`, operator);
    cursor.advance();
    cursor.skipNewlines();
    const right = parseOperators(cursor, level + 1, false);
    left = combine(operator, left, right, cursor.contents);
  }
}

function combine(operator: Token, left: Node, right: Node, contents: Contents): Node {
  const { line } = operator;
  switch (operator.value) {
    case '|':
    case '|&':
      return { type: 'pipe', left, right, safe: operator.value === '|&', line };
    case 'or':
    case '||':
      return { type: 'logic', op: 'or', left, right, contents, line };
    case 'and':
    case '&&':
      return { type: 'logic', op: 'and', left, right, contents, line };
    default:
      return { type: 'binary', op: operator.value as BinaryOp, left, right, line };
  }
}

function parseNot(cursor: Cursor, loosest: number, command: boolean): Node {
  if (loosest > NOT || !cursor.isWord('not')) return parseUnary(cursor, command);
  const { line } = cursor.advance();
  const operand = parseNested(cursor, NOT, command);
  return { type: 'unary', op: '!', operand, line };
}

function parseUnary(cursor: Cursor, command: boolean): Node {
  const { token } = cursor;
  if (token.kind === T.op && (token.value === '!' || token.value === '-')) {
    cursor.advance();
    const operand = parseOperand(cursor);
    return { type: 'unary', op: token.value, operand, line: token.line };
  }
  if (cursor.isWord('not')) return parseNot(cursor, NOT, false);
  return parsePower(cursor, command);
}

function parsePower(cursor: Cursor, command: boolean): Node {
  const mark = cursor.mark();
  const base = parsePostfix(cursor, command);
  const node = cursor.token.kind === T.op ? parseBehind(cursor, base) : base;
  cursor.release(mark);
  return node;
}

/** `**` or an assignment behind a value, or neither. */
function parseBehind(cursor: Cursor, base: Node): Node {
  if (cursor.isOp('**')) {
    const { line } = cursor.advance();
    cursor.skipNewlines();
    return { type: 'binary', op: '**', left: base, right: parseOperand(cursor), line };
  }
  const op = ASSIGNMENTS.get(cursor.token.value);
  if (op === undefined) return base;
  const target = base.type === 'safe-chain' ? base.chain : base;
  if (!isTarget(target)) {
    cursor.fail('only a $variable, a @field, an element or a property can be assigned to', cursor.token, {
      hint: assignmentHint(cursor, target),
    });
  }
  const { line } = cursor.advance();
  cursor.skipNewlines();
  const value = parseStatementExpression(cursor);
  return { type: 'assign', target, op, value, contents: cursor.contents, line };
}

function assignmentHint(cursor: Cursor, target: Node): string {
  const next = cursor.peek().value;
  if (next === '<' || next === '>') return 'at most is written <=, at least >=';
  return target.type === 'bare' ? `did you mean '$${target.name}'?` : 'two values are compared with ==';
}

function isTarget(node: Node): node is Target {
  switch (node.type) {
    case 'variable':
    case 'field':
    case 'index':
      return true;
    case 'call':
      return node.args.positional.length === 0 && node.args.named.length === 0 && node.block === null;
    default:
      return false;
  }
}
