/** Source that is nested or chained without end is refused in good time; nothing overflows. */
import { expect, test } from 'vitest';
import { CaspianSyntaxError, parse, run } from '../../src/caspian/program.ts';
import { powerlessHost } from '../helpers/golden.ts';

const MANY = 50_000;
const many = (text: string, count = MANY): string => text.repeat(count);

test.each([
  ['parentheses', many('(')],
  ['arrays', many('[')],
  ['hashes', many('{a: ')],
  ['closures', many('{ ')],
  ['not', many('not ')],
  ['!', many('!')],
  ['minus', many('-')],
  ['powers', `2${many(' ** 2')}`],
  ['sums', `1${many(' + 1')}`],
  ['pipes', `1${many(' | &f')}`],
  ['calls', `$a${many('.b')}`],
  ['indexes', `$a${many('[0]')}`],
  ['assignments', many('$a = ')],
  ['if', many('if true\n')],
  ['if inside if', many('if ')],
  ['do', many('do\n')],
  ['begin', many('begin\n')],
  ['catch', many('catch\n')],
  ['while', many('while ')],
  ['functions', many('function()\n')],
  ['classes', many('class inherits ')],
  ['blocks', many('$a.b do\n')],
  ['returns', many('return ')],
  ['commands', many('puts ')],
  ['calls of functions', many('&f(')],
  ['supers', many('super(')],
  ['raises', many('raise ')],
  ['modifiers', `puts 1${many(' if 1')}`],
  ['defaults', many('function($a: ')],
  ['interpolations', many('"#{')],
])('%s', (_name, source) => {
  const start = performance.now();
  expect(() => parse(source, { file: 'x' })).toThrow(CaspianSyntaxError);
  expect(performance.now() - start).toBeLessThan(5000);
});

test('nesting that is allowed also compiles and runs', () => {
  const depth = 90;
  const source = [
    `${many('(', depth)}1${many(')', depth)}`,
    `${many('[', depth)}1${many(']', depth)}`,
    `${many('if true\n', depth)}1\n${many('end\n', depth)}`,
    `1${many(' + 1', 900)}`,
    `'x'${many('.trim', 900)}`,
    `${many('[1].each do($x)\n', depth)}1\n${many('end\n', depth)}`,
    `${many('[1].map { |x| ', 40)}1${many(' }', 40)}`,
  ].join('\n');
  expect(run(parse(source, { file: 'x' }), powerlessHost({}).host).ok).toBe(true);
});

test.each([
  ['splats', (inner: string) => `&f(${inner}, *$x)`],
  ['blocks', (inner: string) => `[1].each do($x)\n${inner}\nend`],
  ['guards', (inner: string) => `closure()\nif ${inner}\nreturn (if true\nreturn 1\nend)\nend\n1\nend`],
  ['pipes', (inner: string) => `(${inner}) | &f(1, *$x)`],
  ['compound assignments', (inner: string) => `$a[(${inner})] += 1`],
  ['logic', (inner: string) => `(${inner}) or return`],
])('compiling nested %s takes no exponential time', (_name, wrap) => {
  let source = '1';
  for (let level = 0; level < 30; level++) source = wrap(source);
  const start = performance.now();
  run(parse(`if false\n${source}\nend`, { file: 'x' }), powerlessHost({}).host);
  expect(performance.now() - start).toBeLessThan(3000);
});
