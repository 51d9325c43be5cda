/**
 * What stands behind a value: `.name(…)`, `&.name`, `[i]`, blocks. Powerless side.
 */
import { T, type Token } from '../lexer/token.ts';
import { NO_ARGUMENTS, parseBareArguments, parseBlockArgument, parseParenthesized } from './arguments.ts';
import type { Arguments, FunctionLiteral, Node, Parameter } from './ast.ts';
import { type Cursor, MAX_CHAIN } from './cursor.ts';
import { parseExpression } from './expressions.ts';
import { parseBlockBody } from './functions.ts';
import { parsePrimary } from './primary.ts';

/** Whose block's parameters may stand in the call's own parentheses: `$xs.each($x) … end`. */
const BLOCK_BY_PARENTHESES: ReadonlySet<string> = new Set(['each', 'times']);
/** The same with a `do` behind: `$xs.map($x) do … end`. */
const ITERATORS: ReadonlySet<string> = new Set([
  'each',
  'times',
  'map',
  'keep',
  'reject',
  'sort_by',
  'group_by',
  'any?',
  'all?',
  'none?',
  'each_with_index',
]);
/** Loops that the compiler runs in place: their blocks make no closure. */
const IN_PLACE: ReadonlySet<string> = new Set(['each', 'times', 'upto', 'downto']);

export function parsePostfix(cursor: Cursor, command: boolean): Node {
  const mark = cursor.mark();
  let node = parsePrimary(cursor, command);
  let safe = false;
  for (let row = 0; cursor.token.kind === T.op; row++) {
    if (row > MAX_CHAIN) cursor.fail(`more than ${MAX_CHAIN} calls in one row`, cursor.token);
    if (cursor.isOp('.') || cursor.isOp('&.')) {
      safe ||= cursor.isOp('&.');
      node = parseCall(cursor, node, command);
    } else if (cursor.isOp('[') && (!cursor.token.spaced || node.type === 'variable')) {
      const opened = cursor.advance();
      const { line } = opened;
      const key = cursor.bracketed(() => {
        cursor.skipNewlines();
        const inside = parseExpression(cursor);
        cursor.skipNewlines();
        return inside;
      });
      cursor.expectOp(']', opened);
      node = { type: 'index', receiver: node, key, line };
    } else {
      break;
    }
  }
  cursor.release(mark);
  return safe ? { type: 'safe-chain', chain: node, line: node.line } : node;
}

function parseCall(cursor: Cursor, receiver: Node, command: boolean): Node {
  const safe = cursor.advance().value === '&.';
  const name = cursor.expect(T.name, 'a method name');
  const { line } = name;
  if (receiver.type === 'system' && receiver.name === 'engine' && name.value === 'config') {
    return { type: 'declaration', kind: 'config', text: parseDeclarationText(cursor), line };
  }
  const parenthesized = parseParenthesized(cursor);
  const params = parenthesized === null ? null : blockParameters(cursor, name.value, parenthesized);
  if (params !== null) {
    const block = parseBlockBody(cursor, name, params);
    return finishCall(cursor, { receiver, name, args: NO_ARGUMENTS, block, safe });
  }
  const args = parenthesized ?? (command ? parseBareArguments(cursor) : NO_ARGUMENTS);
  const block = parseBlockArgument(cursor);
  if (receiver.type === 'system' && receiver.name === 'call' && name.value === 'return' && block === null) {
    cursor.sawJump();
  }
  return finishCall(cursor, { receiver, name, args, block, safe });
}

interface CallParts {
  readonly receiver: Node;
  readonly name: Token;
  readonly args: Arguments;
  readonly block: FunctionLiteral | null;
  readonly safe: boolean;
}

function finishCall(cursor: Cursor, parts: CallParts): Node {
  const { name, block } = parts;
  if (block !== null && !IN_PLACE.has(name.value)) cursor.sawClosure();
  const { receiver, args, safe } = parts;
  return { type: 'call', receiver, name: name.value, args, block, safe, contents: cursor.contents, line: name.line };
}

/** The parameters of a block that are written as the call's arguments; null if they are arguments. */
function blockParameters(cursor: Cursor, name: string, args: Arguments): readonly Parameter[] | null {
  if (!ITERATORS.has(name) || args.named.length > 0 || args.positional.length === 0) return null;
  if (
    cursor.isWord('do') ? cursor.peek().kind === T.op && cursor.peek().value === '(' : !BLOCK_BY_PARENTHESES.has(name)
  ) {
    return null;
  }
  const params: Parameter[] = [];
  for (const arg of args.positional) {
    if (arg.type !== 'variable') return null;
    params.push({
      kind: 'positional',
      name: arg.name,
      optional: false,
      initial: null,
      classes: null,
      field: false,
      bare: false,
    });
  }
  return params;
}

/** The text of `%engine.config` or `%vibecode`: one string, which is read without running anything. */
export function parseDeclarationText(cursor: Cursor): Node {
  const parentheses = cursor.takeOp('(');
  if (parentheses) cursor.skipNewlines();
  const { token } = cursor;
  if (token.kind !== T.string && token.kind !== T.template) cursor.unexpected('a text');
  const text = parsePrimary(cursor, false);
  if (parentheses) {
    cursor.skipNewlines();
    cursor.expectOp(')');
  }
  return text;
}
