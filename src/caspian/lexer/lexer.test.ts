import { describe, expect, test } from 'vitest';
import { Lexer } from './lexer.ts';
import { CaspianSyntaxError } from './syntax-error.ts';
import { T, type Token } from './token.ts';

const NAMES = new Map<number, string>(Object.entries(T).map(([name, kind]) => [kind, name]));

function allTokens(source: string): Token[] {
  const lexer = new Lexer(source, 'x.casp');
  const tokens: Token[] = [];
  while (tokens.at(-1)?.kind !== T.eof) tokens.push(...lexer.read());
  return tokens;
}

/** `kind:value` of each token, without the ends. */
function words(source: string): string[] {
  return allTokens(source)
    .filter((token) => token.kind !== T.newline && token.kind !== T.eof)
    .map((token) => `${NAMES.get(token.kind)}:${token.value}`);
}

function lines(source: string): number {
  return allTokens(source).filter((token) => token.kind === T.newline).length;
}

describe('percent', () => {
  test.each([
    ['%net', ['system:net']],
    ['$a %net', ['variable:a', 'op:%', 'name:net']],
    ['$a % $b', ['variable:a', 'op:%', 'variable:b']],
    ['$a %$b', ['variable:a', 'op:%', 'variable:b']],
    ['puts %role', ['name:puts', 'system:role']],
    ['puts % role', ['name:puts', 'op:%', 'name:role']],
    ['$a.b %2', ['variable:a', 'op:.', 'name:b', 'op:%', 'number:2']],
    ["%['a/b']", ['system:puck', 'op:[', 'string:a/b', 'op:]']],
    ['return %net', ['name:return', 'system:net']],
    ['end %net', ['name:end', 'op:%', 'name:net']],
    ['closure() %argv', ['name:closure', 'op:(', 'op:)', 'system:argv']],
    ['[%net,%role]', ['op:[', 'system:net', 'op:,', 'system:role', 'op:]']],
  ])('%s', (source, expected) => {
    expect(words(source)).toEqual(expected);
  });
});

describe('lines that go on', () => {
  test.each([
    ['$a\n  .b', 1],
    ['$a\n&.b', 1],
    ['$a\n| &f', 1],
    ['$a\n&f()', 2],
    ['$a\n+ 1', 1],
    ['$a\n- 1', 1],
    ['$a\n-1', 2],
    ['$a\n* 2', 1],
    ['$a\n*b', 2],
    ['$a\n== 1', 1],
    ['$a\n%net', 2],
    ['$a\n% 2', 1],
    ['$a\nand 1', 1],
    ['$a\nandy', 2],
    ["$a\n<<'X'\nX\n1", 3],
    ['$a\n# comment\n\n.b', 1],
    ['$a \\\n b', 1],
    ['$a; $b', 2],
  ])('%j has %i line ends', (source, expected) => {
    expect(lines(source)).toBe(expected);
  });
});

describe('names and labels', () => {
  test.each([
    ['a?', ['name:a?']],
    ['a!', ['name:a!']],
    ['a!=b', ['name:a', 'op:!=', 'name:b']],
    ['{a: :b}', ['op:{', 'label:a', 'string:b', 'op:}']],
    ['ok?: 1', ['label:ok?', 'number:1']],
    ['$a.class: 1', ['variable:a', 'op:.', 'name:class', 'op::', 'number:1']],
    ['x |&f', ['name:x', 'op:|', 'callName:f']],
    ['x |& $f', ['name:x', 'op:|&', 'variable:f']],
    ['&f && &g', ['callName:f', 'op:&&', 'callName:g']],
    ["jail(:x=, 'y')", ['name:jail', 'op:(', 'string:x=', 'op:,', 'string:y', 'op:)']],
    ['{:k=>1}', ['op:{', 'string:k', 'op:=>', 'number:1', 'op:}']],
    ['$größe', ['variable:größe']],
    ['$𝒳', ['variable:𝒳']],
  ])('%s', (source, expected) => {
    expect(words(source)).toEqual(expected);
  });
});

describe('numbers', () => {
  test.each([
    ['1_000', 1000],
    ['1e3', 1000],
    ['1.5e-3', 0.0015],
    ['0xfF', 255],
    ['0o17', 15],
    ['0b101', 5],
    ['007', 7],
  ])('%s', (source, expected) => {
    expect(allTokens(source)[0]?.content).toBe(expected);
  });

  test('a dot behind a number calls a method', () => {
    expect(words('1.upto')).toEqual(['number:1', 'op:.', 'name:upto']);
  });

  test.each(['0x', '0b2', '1_', '1__0', '1a', '0o8', '1e5x'])('%s is none', (source) => {
    expect(() => allTokens(source)).toThrow(CaspianSyntaxError);
  });
});

describe('places of mistakes', () => {
  test.each([
    ["puts 1\n  puts 'open", 2, 8],
    ['$a = 1\n$', 2, 1],
    ['"a #{1', 1, 4],
    ["puts <<'X'\nno end", 1, 6],
    ['"a\n\\u{zz}"', 2, 1],
    ["'\\x4'", 1, 2],
    ['"\\u{d800}"', 1, 2],
    ['~', 1, 1],
  ])('%j', (source, line, column) => {
    expect(() => allTokens(source)).toThrow(expect.objectContaining({ line, column, file: 'x.casp' }));
  });

  test('a string behind the marker of a heredoc ends in its line', () => {
    expect(() => allTokens("f(<<'A', 'x\ntext\nA\n')")).toThrow(/heredoc/);
  });
});

test('a script without an end of line, and an empty one', () => {
  expect(words('1')).toEqual(['number:1']);
  expect(words('')).toEqual([]);
  expect(words('#!/usr/bin/env caspian\n1')).toEqual(['number:1']);
  expect(words('1\n__END__\n~~~')).toEqual(['number:1']);
});
