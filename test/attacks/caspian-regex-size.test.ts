/** Patterns that a backtracking engine would never finish, and such as stand for machines of millions of states. */
import { expect, it } from 'vitest';
import { programSize } from '../../src/engine/guest/regex-size.ts';
import { endsWith, printed } from '../helpers/golden-run.ts';

const argument = 'puck.uno/error/argument';

it.each([
  ['nested repetitions', "'((a{1000}){1000}){1000}'"],
  ['many repetitions', "'(x{1000})' * 1000"],
  ['a long group repeated', "'(?:' + 'abcdefghij' * 900 + '){1000}'"],
  ['a class repeated', "'[a-z]{1000}' * 1000"],
  ['quoted text repeated', "'(?:' + '\\Q' + '[' * 900 + '\\E' + '){1000}'"],
  ['a class that begins with its end', "'(?:' + '[]a]' * 900 + '){1000}'"],
  ['deep nesting', "'(' * 100000 + 'a' + ')' * 100000"],
  ['a huge pattern', "'ab' * 10000000"],
  ['a back-reference', "'(a)\\1'"],
  ['look-ahead', "'(?=a)a'"],
])('refuses %s', (_what, pattern) => {
  expect(endsWith(`%utils.regex(${pattern})`)).toBe(argument);
});

it.each([
  ['(a+)+$', 'a', 'b'],
  ['(a|a)*b', 'a', 'c'],
  ['(a|aa)+$', 'a', 'b'],
  ['(.*)*x', 'a', 'b'],
  ['(a?){300}a{300}$', 'a', 'b'],
  ['(x+x+)+y', 'x', 'z'],
])('finishes %s', (pattern, unit, end) => {
  const source = `puts %utils.regex('${pattern}').test?('${unit}' * 50000 + '${end}')`;
  expect(printed(source)).toBe('false\n');
});

it('ends a walk over matches that is quadratic when a time-out strikes', () => {
  const source = "%utils.timeout(0.1) { ('a' * 1000000).scan(%utils.regex('a*b|a')) }";
  expect(endsWith(source, { host: { monotonic: () => performance.now() } })).toBe('puck.uno/error/timeout');
});

it.each([
  ['a{2,5}', 5],
  ['(a{10}){10}', 100],
  ['[]a]{50}', 50],
  ['\\{10}', 2],
  ['\\Qab\\E{10}', 10],
  ['((((a){9}){9}){9}){9}', 6561],
])('%s is at least as large as %i', (pattern, least) => {
  expect(programSize(pattern)).toBeGreaterThanOrEqual(least);
});

it('is not far above what is small', () => {
  expect(programSize('^(?<year>\\d{4})-(?<month>\\d\\d)$')).toBeLessThan(150);
});
