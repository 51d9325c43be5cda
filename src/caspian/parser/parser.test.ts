import { describe, expect, test } from 'vitest';
import { CaspianSyntaxError, formatSyntaxError, parse } from '../program.ts';
import type { Node } from './ast.ts';

/** The tree of an expression, written with parentheses. */
function tree(source: string): string {
  const [first] = parse(source, { file: 'x.casp' }).body;
  return first === undefined ? '' : show(first);
}

function show(node: Node): string {
  switch (node.type) {
    case 'literal':
      return JSON.stringify(node.value);
    case 'variable':
      return `$${node.name}`;
    case 'bare':
      return node.name;
    case 'system':
      return `%${node.name}`;
    case 'binary':
    case 'logic':
      return `(${show(node.left)} ${node.op} ${show(node.right)})`;
    case 'unary':
      return `(${node.op}${show(node.operand)})`;
    case 'pipe':
      return `(${show(node.left)} ${node.safe ? '|&' : '|'} ${show(node.right)})`;
    case 'assign':
      return `(${show(node.target)} ${node.op ?? ''}= ${show(node.value)})`;
    case 'call':
      return `${show(node.receiver)}${node.safe ? '&.' : '.'}${node.name}${args(node.args.positional)}${block(node.block)}`;
    case 'function-call':
      return `&${node.name}${args(node.args.positional)}${block(node.block)}`;
    case 'command':
      return `${node.name}${args(node.args.positional)}${block(node.block)}`;
    case 'index':
      return `${show(node.receiver)}[${show(node.key)}]`;
    case 'safe-chain':
      return `<${show(node.chain)}>`;
    case 'array':
      return `[${node.items.map((item) => (item.type === 'splat' ? '*' : show(item))).join(' ')}]`;
    case 'hash':
      return `{${node.entries.length}}`;
    case 'function':
      return `${node.kind}/${node.params.map((param) => param.name).join(',')}`;
    default:
      return node.type;
  }
}

function args(list: readonly (Node | { readonly type: 'splat' })[]): string {
  return list.length === 0 ? '' : `(${list.map((arg) => (arg.type === 'splat' ? '*' : show(arg as Node))).join(', ')})`;
}

function block(literal: Node | null): string {
  return literal === null ? '' : ` ${show(literal)}`;
}

describe('precedence', () => {
  test.each([
    ['1 + 2 * 3', '(1 + (2 * 3))'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['2 ** 3 ** 2', '(2 ** (3 ** 2))'],
    ['-2 ** 2', '(-(2 ** 2))'],
    ['!$a == $b', '((!$a) == $b)'],
    ['not $a == $b', '(!($a == $b))'],
    ['not $a and $b', '((!$a) and $b)'],
    ['$a or $b and $c', '($a or ($b and $c))'],
    ['$a || $b && $c', '($a or ($b and $c))'],
    ['$a or $b || $c', '($a or ($b or $c))'],
    ['$a | &f or $b', '($a | (&f or $b))'],
    ['$x = 1 | &f', '($x = (1 | &f))'],
    ['$a = $b = 3', '($a = ($b = 3))'],
    ['$a && $b = 1', '($a and ($b = 1))'],
    ['1 < 2 == true', '((1 < 2) == true)'],
    ['-$x.abs', '(-$x.abs)'],
    ['$a&.b.c', '<$a&.b.c>'],
  ])('%s', (source, expected) => {
    expect(tree(source)).toBe(expected);
  });
});

describe('calls without parentheses', () => {
  test.each([
    ['$o.m 1, 2', '$o.m(1, 2)'],
    ['$o.m -1', '$o.m(-1)'.replace('-1', '(-1)')],
    ['$o.m - 1', '($o.m - 1)'],
    ['$o.m [1]', '$o.m([1])'],
    ['$o.m[1]', '$o.m[1]'],
    ['$x [1]', '$x[1]'],
    ['$o.m (1), 2', '$o.m(1, 2)'],
    ['$o.m *$a', '$o.m(*)'],
    ['$x = $o.m 1', '($x = $o.m(1))'],
    ['puts [1].length', 'puts([1].length)'],
    ['puts (1 + 2) * 3', 'puts(((1 + 2) * 3))'],
    ['puts %role', 'puts(%role)'],
    ['greet 1', 'greet(1)'],
    ['greet', 'greet'],
    ['&f 1', '&f(1)'],
  ])('%s', (source, expected) => {
    expect(tree(source)).toBe(expected);
  });
});

describe('blocks', () => {
  test.each([
    ['$a.each do($x) end', '$a.each do/x'],
    ['$a.each($x) do end', '$a.each do/x'],
    ['$a.each($x) end', '$a.each do/x'],
    ['$a.each($k, $v) as $loop end', '$a.each do/k,v'],
    ['$a.map($x) do end', '$a.map do/x'],
    ['$pool.with($c) do end', '$pool.with($c) do/'],
    ['$a.map { |x, $y| x }', '$a.map brace/x,y'],
    ['$a.map {|x|x}', '$a.map brace/x'],
    ['$a.run { %net }', '$a.run brace/'],
    ['$a.merge {k: 1}', '$a.merge({1})'],
    ['$a.merge {}', '$a.merge({0})'],
    ['$f = { $x }', '($f = brace/)'],
    ["$h = {'a' => 1}", '($h = {1})'],
    ['$h = {$k => 1}', '($h = {1})'],
    ['$h = {**$g}', '($h = {1})'],
    ['$h = {|a| a}', '($h = brace/a)'],
    ['$h = { || 1 }', '($h = brace/)'],
  ])('%s', (source, expected) => {
    expect(tree(source)).toBe(expected);
  });

  test('a do behind the condition of a while opens the loop', () => {
    expect(tree('while $a.more? do\nend')).toBe('while');
  });
});

describe('mistakes say what was found and what was expected', () => {
  test.each([
    ['puts (1', 1, 8, "found the end of the file, expected ')'"],
    ['if true\n puts 1', 2, 8, "found the end of the file, expected 'end' of the 'if' in line 1"],
    ['$a = ', 1, 6, 'found the end of the file, expected an expression'],
    ['$a = 1 +;', 1, 10, 'found the end of the file, expected an expression'],
    ['1 = 2', 1, 3, 'only a $variable, a @field, an element or a property can be assigned to'],
    ['puts 1 2', 1, 8, 'found the number 2, expected the end of the statement'],
    ['end', 1, 1, "found 'end', expected an expression"],
    ['&f(a: 1, 2)', 1, 10, 'a positional argument stands behind a keyword'],
    ['&f(a: 1, a: 2)', 1, 10, "the argument 'a' is given twice"],
    ['function &f($a, $a) end', 1, 12, "two parameters are called 'a'"],
    [
      'function &f(*a, $b) end',
      1,
      12,
      'parameters stand in this order: $a, $b: default, *rest, key:, **options, &block',
    ],
    ['class\n puts 1\nend', 2, 2, /found 'puts', expected 'inherits', 'field'/],
    ['class\nfield :a, :put\nend', 2, 7, 'a field knows :get and :set, not :put'],
    ['break', 1, 1, "'break' stands outside every loop and block"],
    ['while true\nfunction &f() next end\nend', 2, 15, "'next' stands outside every loop and block"],
    ['closure() break end', 1, 11, "'break' stands outside every loop and block"],
    ['while true\nbefore\nbefore\nend', 3, 1, "this loop has two 'before' sections"],
    ['puts "a #{1 +} b"', 1, 14, 'found the end of the file, expected an expression'],
  ])('%j', (source, line, column, message) => {
    const error = catchSyntax(source);
    expect(error).toMatchObject({ line, column, type: 'puck.uno/error/syntax', code: 'SYNTAX' });
    if (typeof message === 'string') expect(error.message).toBe(message);
    else expect(error.message).toMatch(message);
  });

  test('with the line and a caret', () => {
    expect(formatSyntaxError(catchSyntax('$a = 1\n  $b = = 2\n'))).toBe(
      "x.casp:2:8: syntax error: found '=', expected an expression\n    $b = = 2\n         ^\n",
    );
  });

  test('inside a heredoc the line is that of the text', () => {
    expect(catchSyntax('puts <<X\n  one\n  #{1 +}\nX\n')).toMatchObject({ line: 3, sourceLine: '#{1 +}' });
  });
});

function catchSyntax(source: string): CaspianSyntaxError {
  try {
    parse(source, { file: 'x.casp' });
  } catch (thrown) {
    if (thrown instanceof CaspianSyntaxError) return thrown;
    throw thrown;
  }
  throw new Error('it was parsed');
}
