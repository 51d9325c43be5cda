/**
 * Attack: take more memory than the limit in whatever way a script can, small pieces or one large one. V8 ends the whole
 * process where a single allocation does not fit, so each way must end in the alarm, and the host must still be there.
 */
import { expect, it } from 'vitest';
import { runAll } from '../helpers/survivor.ts';

const MEMORY_LIMIT = 'puck.uno/alarm/memory_limit';
const LIMITS = { memoryMb: 32, timeMs: 60_000 };

const forever = (before: string, turn: string): string => `${before}\nforever\n${turn}\nend`;

const WAYS: Readonly<Record<string, string>> = {
  'keys of a hash': forever('$h = {}\n$i = 0', '$i += 1\n$h["k#{$i}"] = $i'),
  'hashes in hashes': forever('$h = {}', '$h = {a: $h}'),
  'hashes merged': forever('$h = {}\n$i = 0', '$i += 1\n$h.update({"k$i": 1, "l$i": 2})\n$h["m#{$i}"] = {}'),
  groups: forever('$i = 0\n$a = []', '$i += 1\n$a.push([1, 2, 3].group_by { |n| n + $i })'),
  'arrays in an array': forever('$a = []', '$a.push([1, 2, 3])'),
  'an array doubled by splats': forever('$a = [1]', '$a = [*$a, *$a]'),
  'an array pushed onto itself': forever('$a = [1]', '$a.push(*$a)'),
  'an array joined with itself': forever('$a = [1]', '$a = $a + $a'),
  'an array multiplied': forever('$a = [1]', '$a = $a * 2'),
  'an array concatenated': forever('$a = [1]', '$a = $a.concat($a, $a)'),
  'an array with gaps': forever('$a = []', '$a[$a.length + 900000] = 1'),
  'arguments doubled': forever('$a = [1]\nfunction &all(*rest) $rest end', '$a = &all(*$a, *$a)'),
  'all combinations': forever('$a = []\n24.times do($i) $a.push($i) end\n$all = []', '$all.push($a.combinations(12))'),
  neighbours: forever('$a = [1] * 20000\n$all = []', '$all.push($a.each_cons(500))'),
  'a text joined with itself': forever('$s = "x" * 1000', '$s = $s + $s'),
  'a text interpolated with itself': forever('$s = "x" * 1000', '$s = "$s$s"'),
  'a wide text joined with itself': forever('$s = "€" * 1000', '$s = $s + $s\n$s.index("x")'),
  'a text repeated': forever('$s = "xy"', '$s = $s.repeat(3)'),
  'a text filled up': forever('$n = 10', '$n *= 2\n$s = "x".pad_start($n)'),
  'a text replaced': forever('$s = "xx"', '$s = $s.replace("x", "xxx")'),
  'many texts': forever('$a = []', '$a.push("x" * 1000 + $a.length)'),
  'text into characters': '$a = []\nforever\n$a.push(("ab" * 100000).chars)\nend',
  'text into pieces': '$a = []\nforever\n$a.push(("a," * 100000).split(","))\nend',
  'one large text into lines': '$s = "\\n" * 30000000\n$s.lines',
  'one large text into words': '$s = "a " * 15000000\n$s.split',
  'one large text into letters': '$s = "ab" * 15000000\n$s.split("")',
  'one large text reversed': '$s = "ab" * 15000000\n$s.reverse',
  'one large text of pairs': '$s = "😀" * 8000000\n$s.length',
  'bytes doubled': forever('$b = "x".bytes', '$b = $b + $b'),
  'many bytes': forever('$a = []', '$a.push(("x" * 1000000).bytes)'),
  'slices of bytes': forever('$b = ("x" * 1000000).bytes\n$a = []', '$a.push($b.slice(1, 999999))'),
  'bytes as numbers': forever('$b = ("x" * 1000000).bytes\n$a = []', '$a.push($b.to_array)'),
  'random bytes': forever('$a = []', '$a.push(%utils.rand.bytes(1000000))'),
  'base64 of base64': forever('$s = "x" * 1000', '$s = %utils.base64.encode($s)'),
  'what is captured': '%stdout.capture do\nforever\nprint "x" * 10\nend\nend',
  'captures in captures': 'function &inner() %stdout.capture do print("x" * 100000)\n&inner() end end\n&inner()',
  'JSON read': forever('$a = []', '$a.push(%utils.json.parse("[" + "[],".repeat(100000) + "1]"))'),
  'one large JSON text': '%utils.json.parse("[" + "{},".repeat(9000000) + "1]")',
  'JSON written': forever('$v = ["x" * 50] * 10000\n$a = []', '$a.push(%utils.json.generate($v))'),
  'what inspect shows': forever('$v = ["x" * 50] * 10000\n$a = []', '$a.push($v.inspect)'),
  'matches of a regex': forever('$a = []\n$r = %utils.regex("a")', '$a.push($r.matches("a" * 10000))'),
  'one long scan': '("a" * 30000000).scan(%utils.regex("a"))',
  'regexes kept': forever(
    '$a = []\n$i = 0',
    '$i += 1\n$a.push(%utils.regex("[a-z]{100}$i"))\n$a[-1].test?("x" * 1000)',
  ),
  'replacements of a regex': forever('$s = "a"\n$r = %utils.regex("a")', '$s = $s.replace($r, "aaaaaaaaaa" * 10)'),
  closures: forever('$f = null', '$g = $f\n$f = [$g, closure() $g end]'),
  objects: forever('$c = class field :a, :get, :set, default: 1 end\n$a = []', '$a.push($c.new(a: [1]))'),
  classes: forever('$a = []', '$a.push(class field :a, :get end)\n$a[-1].new'),
  'exceptions with causes': forever('$e = null', '$e = catch raise "my.org/e", "x", cause: $e end'),
  'the chain': forever('$i = 0', '$i += 1\n%chain["k#{$i}"] = [1, 2, 3]'),
  'types that nobody declared': forever('$i = 0', '$i += 1\ncatch raise "my.org/e$i", "x" end'),
  sorting: forever('$a = [3, 1, 2] * 100000\n$all = []', '$all.push($a.sort_by { |n| "k$n" })'),
  'query strings': forever('$a = []', '$a.push(%utils.url.query({a: "x" * 100000}))'),
  'a catch around it': 'catch\n$a = []\nforever\n$a.push([1, 2, 3])\nend\nend\nputs "still here"',
  'an ensure around it': 'begin\n$a = []\nforever\n$a.push([1, 2, 3])\nend\nensure\nputs "still here"\nend',
};

it('ends each way in the alarm, and the host lives', async () => {
  const names = Object.keys(WAYS);
  const ended = await runAll(Object.values(WAYS), LIMITS);
  const results = Object.fromEntries(names.map((name, at) => [name, ended[at]?.ended ?? 'the host is gone']));
  expect(results).toEqual(Object.fromEntries(names.map((name) => [name, MEMORY_LIMIT])));
  expect(ended.at(-1)?.ended).toBe('survived');
  expect(ended.map(({ printed }) => printed).join('')).not.toContain('still here');
}, 240_000);

it('does not count what nobody holds any more', async () => {
  const ended = await runAll(
    [
      '2000000.times do($i) $a = [$i, "k$i", {a: $i}] end\nputs "done"',
      '$h = {}\n1000000.times do($i) $h["k#{$i % 100}"] = "v$i" end\nputs "done"',
      '200.times do $b = ("x" * 1000000).bytes end\nputs "done"',
      '60.times do $s = "x" * 5000000 end\nputs "done"',
      '$s = ""\n200000.times do($i) $s += "0123456789" end\nputs $s.length',
      '20.times do $v = %utils.json.parse("[" + "[1],".repeat(20000) + "1]") end\nputs "done"',
      '$a = []\n200000.times do($i) $a.push($i) end\nputs $a.sort.reverse.map { |n| n + 1 }.sum',
    ],
    LIMITS,
  );
  const printed = ended.map((each) => (each.ended === 'ok' ? each.printed.trim() : each.ended));
  expect(printed).toEqual(['done', 'done', 'done', 'done', '2000000', 'done', '20000100000', 'survived']);
}, 120_000);
