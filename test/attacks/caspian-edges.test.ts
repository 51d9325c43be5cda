/**
 * Attack: the edges of numbers, texts, recursion and data that contains itself, each by the built-in that would fall for
 * it. A script gets a value, an error that it can catch, or an alarm; and always soon.
 */
import { describe, expect, it } from 'vitest';
import { endsWith, printed } from '../helpers/golden-run.ts';

describe('numbers', () => {
  it.each([
    ['1.5.round(-1e308)', '0'],
    ['1.5.round(1e308)', '1.5'],
    ['(2 ** 53 + 1)', '9007199254740992'],
    ['(1e308 * 10)', 'Infinity'],
    ['(0 / 0)', 'NaN'],
    ['(0 / 0 == 0 / 0)', 'false'],
    ['(0 * -1)', '0'],
    ['(5 % 0)', 'NaN'],
    ['[1, 2, 3].first(1e308).length', '3'],
    ["'abc'.slice(-2, 1e308)", 'bc'],
    ['([1][0 / 0] == null)', 'true'],
    ['([1][1e308] == null)', 'true'],
    ['([1][-1e308] == null)', 'true'],
    ['5.downto(-1 / 0) { |i| break i if i < -5 }', '-6'],
  ])('%s is %s', (source, text) => {
    expect(printed(`puts ${source}`)).toBe(`${text}\n`);
  });
});

describe('counts and sizes', () => {
  it.each([
    ["'x'.repeat(1e9)", 'too_large'],
    ["'x'.repeat(0 / 0)", 'argument'],
    ["'x'.repeat(-1)", 'argument'],
    ["'x'.pad_start(1e10)", 'too_large'],
    ["'a'.repeat(1e7).replace('a', 'b'.repeat(1000))", 'too_large'],
    ["'a'.repeat(1e8).chars", 'too_large'],
    ["'x'.bytes.repeat(1e10)", 'too_large'],
    ['$a = [1]\n$a[2 ** 40] = 1', 'too_large'],
    ['$a = [1]\n60.times { $a = $a + $a }', 'too_large'],
    ["$s = 'a'\n100.times { $s = $s + $s }", 'too_large'],
    ['0xd800.chr', 'argument'],
    ['(-1).chr', 'argument'],
    ['1.to_string(1e9)', 'argument'],
    ["%utils.json.parse('['.repeat(100000))", 'json'],
    ['%utils.json.generate(0 / 0)', 'json'],
    ['%utils.timeout(0 / 0) { 1 }', 'argument'],
    ['%utils.timeout(0) { forever end }', 'timeout'],
  ])('%s raises %s', (source, type) => {
    expect(endsWith(source)).toBe(`puck.uno/error/${type}`);
  });
});

describe('data that contains itself', () => {
  const ring = '$a = [1]\n$a.push($a)\n$b = [1]\n$b.push($b)\n$h = {}\n$h[:h] = $h\n';
  it.each(['$a.flatten', '$a == $b', "$a.join(',')", '[$a, $b].sort', '%utils.json.generate($h)'])('%s', (source) => {
    expect(endsWith(`${ring}${source}`)).toBe('puck.uno/error/too_deep');
  });

  it.each([
    ['puts "$a"', '[1, [...]]\n'],
    ['puts $h.inspect', '{h: {...}}\n'],
    ['puts $a == $a', 'true\n'],
    ['puts $h.merge($h).length', '1\n'],
    ['puts $a.unique.length', '2\n'],
  ])('%s', (source, text) => {
    expect(printed(`${ring}${source}`)).toBe(text);
  });

  it('also 200,000 deep', () => {
    const deep = '$a = []\n$b = []\n200000.times do\n$a = [$a]\n$b = [$b]\nend\n';
    expect(endsWith(`${deep}$a == $b`)).toBe('puck.uno/error/too_deep');
  });
});

describe('recursion that no script call shows', () => {
  it.each([
    'function &f() [1].map { &f() } end\n&f()',
    'function &f() [2, 1].sort { &f() } end\n&f()',
    'function &f($a: &f()) 1 end\n&f()',
    'function &f() catch &f() end end\n&f()',
    'function &f()\nbegin\n&f()\nensure\n&f()\nend\nend\n&f()',
    'class\nmethod to_string() "#{self}" end\nend.new.to_string',
    'class\nmethod each() each end\nend.new.each',
    '$f = closure($x) $x.call($x) end\n$f.call($f)',
    'function &f() %stdout.capture { &f() } end\n&f()',
    'function &f() %utils.timeout(5) { &f() } end\n&f()',
  ])('%s', (source) => {
    expect(endsWith(source, { limits: { callDepth: 500 } })).toBe('puck.uno/alarm/call_depth');
  });
});

describe('a collection that is changed while it is walked', () => {
  it.each([
    ['$a = [3, 1, 2]\n$a.sort_by { |x| $a.clear; x }\nputs $a.length', '0\n'],
    ['$a = [3, 1, 2]\n$a.map { |x| $a.pop; x }\nputs $a.length', '1\n'],
    ['$h = {a: 1}\n$n = 0\n$h.each { |k, v| $n += 1; $h["k$n"] = 1 if $n < 1000 }\nputs $n', '1\n'],
  ])('%s', (source, text) => {
    expect(printed(source)).toBe(text);
  });
});

describe('patterns made to take for ever', () => {
  it.each([
    ['(a+)+$', "'a'.repeat(50000) + 'b'"],
    ['(a|a)*b', "'a'.repeat(50000)"],
    ['(.*)*x', "'y'.repeat(50000)"],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', "'a'.repeat(50000)"],
  ])('%s', (pattern, text) => {
    expect(printed(`puts %utils.regex('${pattern}').test?(${text})`)).toBe('false\n');
  });
});
