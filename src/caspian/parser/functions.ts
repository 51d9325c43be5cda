/**
 * Functions, closures, methods and blocks. Powerless side.
 */
import { T, type Token } from '../lexer/token.ts';
import type { FunctionLiteral, HashEntry, Node, Parameter, Splat } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expressions.ts';
import { parseBodyToEnd, parseLoopBody, parseLoopName, parseStatements } from './statements.ts';

type ParamKind = Parameter['kind'];

/** At `{`: true if a hash begins here, false if a closure does. */
export function looksLikeHash(cursor: Cursor): boolean {
  let ahead = 1;
  while (cursor.peek(ahead).kind === T.newline) ahead++;
  const first = cursor.peek(ahead);
  const second = cursor.peek(ahead + 1);
  if (first.kind === T.label) return true;
  if (first.kind === T.op && (first.value === '}' || first.value === '**')) return true;
  if (first.kind === T.op && first.value !== '(') return false;
  const pairs = second.kind === T.op && (second.value === '=>' || (second.value === ':' && first.kind !== T.name));
  return pairs;
}

/** `function &name(…)`, `function(…)`, `closure(…)`, with the word still ahead. */
export function parseFunction(cursor: Cursor): FunctionLiteral {
  const opened = cursor.advance();
  const kind = opened.value === 'closure' ? 'closure' : 'function';
  const name = kind === 'function' && cursor.token.kind === T.callName ? cursor.advance().value : null;
  if (
    name === null &&
    cursor.token.kind === T.name &&
    cursor.token.line === opened.line &&
    cursor.peek().value === '('
  ) {
    const word = cursor.token.value;
    cursor.fail(`found '${word}', expected '&' or '('`, cursor.token, {
      hint: `a function is named with &: function &${word}(…)`,
    });
  }
  return sealed(cursor, kind === 'closure' ? 'next' : 'nowhere', () => {
    const params = parseParameters(cursor);
    const body = parseBodyToEnd(cursor, opened);
    const { contents } = cursor;
    return { type: 'function', kind, name, params, body, loopName: null, sections: null, contents, line: opened.line };
  });
}

/** `method name(…) … end`, with the word still ahead. `method x=($v)` is a setter. */
export function parseMethod(cursor: Cursor): FunctionLiteral {
  const opened = cursor.advance();
  const { token } = cursor;
  if (token.kind !== T.name && token.kind !== T.callName) cursor.unexpected('a method name');
  cursor.advance();
  let name = token.value;
  // SECURITY: what an object says of its class, role and jail is not its class's to say.
  if (name === 'object') cursor.fail("no method can be called 'object': every value answers it", token);
  if (cursor.isOp('=') && !cursor.token.spaced) {
    cursor.advance();
    name += '=';
  }
  return sealed(cursor, 'nowhere', () => {
    const params = parseParameters(cursor);
    const body = parseBodyToEnd(cursor, opened);
    const { contents } = cursor;
    return {
      type: 'function',
      kind: 'method',
      name,
      params,
      body,
      loopName: null,
      sections: null,
      contents,
      line: opened.line,
    };
  });
}

function sealed(cursor: Cursor, canJump: Cursor['canJump'], step: () => FunctionLiteral): FunctionLiteral {
  return cursor.sealed(() => cursor.jumping(canJump, step));
}

/** `do($x) as $loop … end` behind a call. */
export function parseDoBlock(cursor: Cursor): FunctionLiteral {
  const opened = cursor.advance();
  const params = cursor.isOp('(') && startsParameters(cursor) ? parseParameters(cursor) : [];
  return blockBody(cursor, opened, params);
}

/** A parenthesis right behind `do` holds parameters; one that stands apart may begin a statement. */
function startsParameters(cursor: Cursor): boolean {
  if (!cursor.token.spaced) return true;
  const next = cursor.peek();
  if (next.kind === T.variable || next.kind === T.label || next.kind === T.callName) return true;
  return next.kind === T.op && [')', '*', '**'].includes(next.value);
}

/** The block of `$xs.each($x) … end` and `$xs.each($x) do … end`, whose parameters are read already. */
export function parseBlockBody(cursor: Cursor, opened: Token, params: readonly Parameter[]): FunctionLiteral {
  if (cursor.isWord('do')) cursor.advance();
  return blockBody(cursor, opened, params);
}

function blockBody(cursor: Cursor, opened: Token, params: readonly Parameter[]): FunctionLiteral {
  const loopName = parseLoopName(cursor);
  const mark = cursor.mark();
  const { body, sections } = cursor.jumping('anywhere', () => parseLoopBody(cursor, opened));
  const { contents } = cursor;
  cursor.release(mark);
  return { type: 'function', kind: 'do', name: null, params, body, loopName, sections, contents, line: opened.line };
}

/** `{ |url| … }`: its parameters may be read without `$`. */
export function parseBraceClosure(cursor: Cursor): FunctionLiteral {
  const opened = cursor.advance();
  const params: Parameter[] = [];
  cursor.skipNewlines();
  if (cursor.takeOp('|')) {
    while (!cursor.isOp('|')) {
      params.push(parseParameter(cursor, true));
      if (!cursor.takeOp(',')) break;
    }
    cursor.expectOp('|');
  } else {
    cursor.takeOp('||');
  }
  checkOrder(cursor, params, opened);
  const outer = cursor.bare;
  cursor.bare = [...outer, ...params.map((param) => param.name)];
  const mark = cursor.mark();
  const body = cursor.jumping('anywhere', () =>
    cursor.bracketed(() => parseStatements(cursor, () => cursor.isOp('}'))),
  );
  cursor.expectOp('}', opened);
  const { contents } = cursor;
  cursor.release(mark);
  cursor.bare = outer;
  cursor.sawClosure();
  return {
    type: 'function',
    kind: 'brace',
    name: null,
    params,
    body,
    loopName: null,
    sections: null,
    contents,
    line: opened.line,
  };
}

/** `($a, $b: 2, *rest, **opts)`; nothing at all is no parameters. */
function parseParameters(cursor: Cursor): Parameter[] {
  const params: Parameter[] = [];
  const opened = cursor.token;
  if (!cursor.takeOp('(')) return params;
  cursor.bracketed(() => {
    for (;;) {
      cursor.skipNewlines();
      if (cursor.isOp(')')) return;
      params.push(parseParameter(cursor, false));
      cursor.skipNewlines();
      if (!cursor.takeOp(',')) return;
    }
  });
  cursor.expectOp(')', opened);
  checkOrder(cursor, params, opened);
  return params;
}

/** Keywords may stand anywhere before `**options`. */
const RANKS: Readonly<Record<ParamKind, number>> = { positional: 0, keyword: 0, rest: 1, options: 2, block: 3 };

function checkOrder(cursor: Cursor, params: readonly Parameter[], at: Token): void {
  let last = 0;
  const seen = new Set<string>();
  for (const param of params) {
    const rank = param.kind === 'keyword' ? last : RANKS[param.kind];
    if (rank < last || (rank === last && rank > 0 && param.kind !== 'keyword')) {
      cursor.fail('parameters stand in this order: $a, $b: default, *rest, key:, **options, &block', at);
    }
    if (seen.has(param.name)) cursor.fail(`two parameters are called '${param.name}'`, at);
    seen.add(param.name);
    last = rank;
  }
}

function parseParameter(cursor: Cursor, brace: boolean): Parameter {
  const { token } = cursor;
  if (cursor.takeOp('*')) return plain('rest', parseName(cursor), brace);
  if (cursor.takeOp('**')) return plain('options', parseName(cursor), brace);
  if (token.kind === T.callName) {
    cursor.advance();
    return plain('block', token.value, brace);
  }
  if (token.kind === T.label) {
    cursor.advance();
    const bare = [',', ')', '|'].some((op) => cursor.isOp(op)) || cursor.token.kind === T.newline;
    return bare ? plain('keyword', token.value, brace) : withDefault(cursor, 'keyword', token.value, brace);
  }
  if (token.kind === T.field) {
    cursor.advance();
    const param = cursor.takeOp(':')
      ? withDefault(cursor, 'positional', token.value, false)
      : plain('positional', token.value, false);
    return { ...param, field: true };
  }
  const name = parseName(cursor);
  if (!cursor.takeOp(':')) return plain('positional', name, brace);
  return withDefault(cursor, 'positional', name, brace);
}

function parseName(cursor: Cursor): string {
  const { token } = cursor;
  if (token.kind !== T.variable && token.kind !== T.name) cursor.unexpected('a parameter');
  return cursor.advance().value;
}

function plain(kind: ParamKind, name: string, brace: boolean): Parameter {
  const optional = kind !== 'positional' && kind !== 'keyword';
  return { kind, name, optional, initial: null, classes: null, field: false, bare: brace };
}

/** `$b: 2`, or `$x: {optional: true, default: 1, classes: ['string']}`. */
function withDefault(cursor: Cursor, kind: ParamKind, name: string, brace: boolean): Parameter {
  const at = cursor.token;
  const value = parseExpression(cursor);
  const base = { kind, name, field: false, bare: brace };
  const spec = value.type === 'hash' ? specOf(value.entries) : null;
  if (spec === null) return { ...base, optional: true, initial: value, classes: null };
  const initial = spec.get('default') ?? null;
  const optional = spec.get('optional');
  if (optional !== undefined && (optional.type !== 'literal' || typeof optional.value !== 'boolean')) {
    cursor.fail("'optional' must be true or false", at);
  }
  const isOptional = initial !== null || (optional?.type === 'literal' && optional.value === true);
  return { ...base, optional: isOptional, initial, classes: classesOf(cursor, spec.get('classes'), at) };
}

const SPEC_KEYS: ReadonlySet<string> = new Set(['optional', 'default', 'classes']);

/** The entries of a hash that describes a parameter; null for a hash that is a default. */
function specOf(entries: readonly (HashEntry | Splat)[]): Map<string, Node> | null {
  const spec = new Map<string, Node>();
  for (const entry of entries) {
    if (entry.type === 'splat' || entry.key.type !== 'literal') return null;
    const key = entry.key.value;
    if (typeof key !== 'string' || !SPEC_KEYS.has(key)) return null;
    spec.set(key, entry.value);
  }
  return spec.size === 0 ? null : spec;
}

function classesOf(cursor: Cursor, node: Node | undefined, at: Token): readonly string[] | null {
  if (node === undefined) return null;
  const items = node.type === 'array' ? node.items : [node];
  return items.map((item) => {
    if (item.type !== 'literal' || typeof item.value !== 'string') {
      return cursor.fail("'classes' must be a list of names of types or URLs of classes", at);
    }
    return item.value;
  });
}
