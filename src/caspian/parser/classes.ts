/**
 * `class … end`: its parent, fields, methods and helpers. Powerless side.
 */
import { T } from '../lexer/token.ts';
import { parseCommandArguments } from './arguments.ts';
import type { ClassLiteral, ClassMember, Node } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression } from './expressions.ts';
import { parseFunction, parseMethod } from './functions.ts';
import { parseDeclarationText } from './postfix.ts';

export function parseClass(cursor: Cursor): ClassLiteral {
  const opened = cursor.advance();
  if (cursor.token.kind === T.name && cursor.token.line === opened.line && /^\p{Lu}/u.test(cursor.token.value)) {
    const word = cursor.token.value;
    cursor.fail(`found '${word}', expected a URL in quotes, or the first line of the class`, cursor.token, {
      hint: `a class is a value, $${word.toLowerCase()} = class … end, or lives at a URL: class 'my.org/${word.toLowerCase()}' … end`,
    });
  }
  const url = cursor.token.kind === T.string ? cursor.advance().value : null;
  const members: ClassMember[] = [];
  cursor.bracketed(() => {
    for (;;) {
      cursor.skipNewlines();
      if (cursor.isWord('end')) {
        cursor.closes(opened);
        cursor.advance();
        return;
      }
      const member = parseMember(cursor, opened.line);
      if (member !== null) members.push(member);
    }
  });
  cursor.sawClosure();
  return { type: 'class', url, members, line: opened.line };
}

function parseMember(cursor: Cursor, openedLine: number): ClassMember | null {
  const { token } = cursor;
  if (cursor.isWord('method')) return parseMethod(cursor);
  if (cursor.isWord('function') && cursor.peek().kind === T.callName) return parseFunction(cursor);
  if (cursor.takeWord('inherits')) return { type: 'inherits', parent: parseExpression(cursor), line: token.line };
  if (cursor.takeWord('field')) return parseField(cursor, token.line);
  if (token.kind === T.system && token.value === 'vibecode') {
    cursor.advance();
    parseDeclarationText(cursor);
    return null;
  }
  return cursor.unexpected(
    `'inherits', 'field', 'method', 'function &name' or 'end' of the class in line ${openedLine}`,
  );
}

/** `field :name, :get, :set, default: v` */
function parseField(cursor: Cursor, line: number): ClassMember {
  const at = cursor.token;
  const args = parseCommandArguments(cursor);
  const words = args.positional.map((arg) => {
    if (arg.type === 'field') return arg.name;
    if (arg.type === 'literal' && typeof arg.value === 'string') return arg.value;
    return cursor.fail("a field is declared as 'field :name, :get, :set, default: value'", at);
  });
  const [name, ...modes] = words;
  if (name === undefined) return cursor.fail('a field needs a name', at);
  if (name === 'object') cursor.fail("no field can be called 'object': every value answers it", at);
  const wrong = modes.find((mode) => mode !== 'get' && mode !== 'set');
  if (wrong !== undefined) cursor.fail(`a field knows :get and :set, not :${wrong}`, at);
  let initial: Node | null = null;
  for (const option of args.named) {
    if (!('name' in option) || option.name !== 'default') return cursor.fail("a field knows only 'default:'", at);
    initial = option.value;
  }
  return { type: 'field', name, get: modes.includes('get'), set: modes.includes('set'), initial, line };
}
