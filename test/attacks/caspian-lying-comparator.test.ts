/** A comparator that lies, raises, leaves or changes what it sorts does no harm. */
import { expect, test } from 'vitest';
import { endsWith, printed } from '../helpers/golden-run.ts';

test('one that lies gives some order of the same elements, in bounded time', () => {
  const source = `
    $n = [0]
    $a = []
    1000.times do($i) $a.push($i) end
    $s = $a.sort { |x, y| $n[0] += 1; [1, -1, 0][$n[0] % 3] }
    puts $s.length, $s.unique.length, $n[0] < 20000`;
  expect(printed(source)).toBe('1000\n1000\ntrue\n');
});

test('one that changes the array sorts what was there', () => {
  expect(printed('$a = [3, 1, 2]\n$s = $a.sort { |x, y| $a.clear; x - y }\nputs $s.join(","), $a.length')).toBe(
    '1,2,3\n0\n',
  );
});

test('one that raises or breaks leaves the array as it was', () => {
  expect(printed('$a = [3, 1, 2]\ncatch $a.sort { |x, y| raise "x" } end\nputs $a.join(",")')).toBe('3,1,2\n');
  expect(printed('$a = [3, 1, 2]\nputs $a.sort { |x, y| break "out" }\nputs $a.join(",")')).toBe('out\n3,1,2\n');
});

test.each(['null', "'x'", '[]', 'true'])('one that gives %s raises', (value) => {
  expect(endsWith(`[2, 1].sort { |a, b| ${value} }`)).toBe('puck.uno/error/type');
});

test('one that gives NaN ends', () => {
  expect(printed('puts [3, 1, 2].sort { |a, b| 0 / 0 }.length')).toBe('3\n');
});

test('a walk over an array that its block empties ends', () => {
  expect(printed('$a = [1, 2, 3]\n$a.map { |x| $a.clear; x }.join.length | puts')).toBe('1\n');
  expect(printed('$h = {a: 1}\n$h.each do($k, $v)\n$h["#{$k}x"] = 1\nend\nputs $h.length')).toBe('2\n');
});
