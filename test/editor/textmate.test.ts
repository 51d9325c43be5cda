/** editor/caspian.tmLanguage.json, as an editor reads it: what each piece of a sample is taken for. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import oniguruma from 'vscode-oniguruma';
import textmate, { type IGrammar } from 'vscode-textmate';
import { root } from '../helpers/cli.ts';

let grammar: IGrammar;

beforeAll(async () => {
  const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => {
      const path = join(root, 'editor/caspian.tmLanguage.json');
      return textmate.parseRawGrammar(readFileSync(path, 'utf8'), path);
    },
  });
  const loaded = await registry.loadGrammar('source.caspian');
  if (loaded === null) throw new Error('the grammar can not be loaded');
  grammar = loaded;
});

interface Piece {
  readonly text: string;
  /** Its scopes without the grammar's own, without `.caspian`. */
  readonly scopes: string;
}

function piecesOf(source: string): Piece[] {
  let state = textmate.INITIAL;
  return source.split('\n').flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens.map(({ startIndex, endIndex, scopes }) => ({
      text: line.slice(startIndex, endIndex),
      scopes: scopes.slice(1).join(' ').replaceAll('.caspian', ''),
    }));
  });
}

/** The scopes of the first piece with this text. */
function scopesOf(source: string, text: string): string {
  const piece = piecesOf(source).find((candidate) => candidate.text.trim() === text);
  if (piece === undefined) throw new Error(`no piece '${text}' in ${JSON.stringify(piecesOf(source))}`);
  return piece.scopes;
}

describe('pieces', () => {
  it.each([
    ['$total = 1', '$total', 'variable.other'],
    ['@name', '@name', 'variable.other.member'],
    ['%net.fetch($u)', '%net', 'variable.language.system'],
    ["%['a.org/b']", '%', 'variable.language.system'],
    ['$a %net', '%net', 'variable.language.system'],
    ['7 % 2', '%', 'keyword.operator'],
    ['&area(3)', '&area', 'entity.name.function'],
    ['$a && $b', '&&', 'keyword.operator'],
    ['$a&.trim', 'trim', 'entity.name.function.method'],
    ['$a.class', 'class', 'entity.name.function.method'],
    ['$a.empty?', 'empty?', 'entity.name.function.method'],
    ['puts :word', ':word', 'constant.other.symbol'],
    ["{name: 'x'}", 'name:', 'constant.other.key'],
    ['f(if: 1)', 'if:', 'constant.other.key'],
    ['1_000', '1_000', 'constant.numeric'],
    ['0xff', '0xff', 'constant.numeric'],
    ['3.5e-7', '3.5e-7', 'constant.numeric'],
    ['1.upto(3)', '1', 'constant.numeric'],
    ['if $a', 'if', 'keyword.control'],
    ['$xs.each do($x) as $loop', 'as', 'keyword.control'],
    ['  between  ', 'between', 'keyword.control.section'],
    ['not true', 'not', 'keyword.operator.word'],
    ['not true', 'true', 'constant.language'],
    ['self', 'self', 'variable.language'],
    ['class', 'class', 'storage.type'],
    ['  inherits $a', 'inherits', 'storage.modifier'],
    ['method name=($v) @name = $v end', 'name=', 'entity.name.function'],
    ['puts 1 # one', '# one', 'comment.line.number-sign'],
    ['$größe = 1', '$größe', 'variable.other'],
  ])('%s: %s is %s', (source, text, scopes) => {
    expect(scopesOf(source, text)).toBe(scopes);
  });
});

it('reads strings: escapes, addresses, no interpolation in single quotes', () => {
  const source = "'a $b #{c}\\n https://a.org/x'";
  expect(scopesOf(source, '\\n')).toBe('string.quoted.single constant.character.escape');
  expect(scopesOf(source, 'https://a.org/x')).toBe('string.quoted.single markup.underline.link');
  expect(piecesOf(source).some(({ scopes }) => scopes.includes('variable'))).toBe(false);
});

it('reads interpolation, braces and strings inside it included', () => {
  const source = '"a #{$h.map { |x| "<#{x}>" }.length} $b \\#{no}" + $c';
  const inside = 'string.quoted.double meta.embedded.expression';
  expect(scopesOf(source, '$h')).toBe(`${inside} variable.other`);
  expect(scopesOf(source, 'length')).toBe(`${inside} entity.name.function.method`);
  expect(scopesOf(source, '$b')).toBe('string.quoted.double variable.other');
  expect(scopesOf(source, '\\#')).toBe('string.quoted.double constant.character.escape');
  expect(scopesOf(source, '$c')).toBe('variable.other');
});

it('reads heredocs: what is behind the marker is code, the text is not', () => {
  const source = "puts <<EOF.upper\n  Dear $name, #{1}\n  if # no comment\nEOF\nputs <<'RAW'('json')\n$a\nRAW\n$after";
  expect(scopesOf(source, 'upper')).toContain('entity.name.function.method');
  expect(scopesOf(source, '$name')).toBe('string.unquoted.heredoc variable.other');
  expect(scopesOf(source, 'if # no comment')).toBe('string.unquoted.heredoc');
  expect(scopesOf(source, "('json')")).toContain('storage.type.hint');
  expect(scopesOf(source, '$a')).toBe('string.unquoted.heredoc.raw');
  expect(scopesOf(source, '$after')).toBe('variable.other');
});

it('takes what stands behind __END__ for text', () => {
  const source = 'puts 1\n__END__\nputs 2\n$a';
  expect(scopesOf(source, '__END__')).toContain('keyword.control.end-of-program');
  expect(scopesOf(source, 'puts 2')).toBe('comment.block');
  expect(scopesOf(source, '$a')).toBe('comment.block');
});

it('ends every string and heredoc of the examples where the language does', () => {
  const files = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.casp'));
  for (const name of files) {
    const source = `${readFileSync(join(root, 'examples', name), 'utf8')}\n$end_of_file`;
    expect(scopesOf(source, '$end_of_file'), name).toBe('variable.other');
  }
});

it('is in the package', () => {
  const { files }: { files: string[] } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(files).toContain('editor');
});
