/** Arrays and hashes that contain themselves, or lie in each other without end: everything that walks through them ends. */
import { expect, test } from 'vitest';
import { endsWith, printed } from '../helpers/golden-run.ts';

const CYCLE = '$a = [1]\n$a.push($a)\n$b = [1]\n$b.push($b)\n$h = {}\n$h["h"] = $h\n$g = {}\n$g["h"] = $g\n';
const DEEP = '$d = []\n$e = []\n20000.times do\n$d = [$d]\n$e = [$e]\nend\n';
const TOO_DEEP = 'puck.uno/error/too_deep';

test.each(['$a == $b', '$h == $g', '$a.flatten', '$a.join', '[$a, $b].sort', '[$a].includes?($b)', '[$a, $b].unique'])(
  '%s on cycles raises',
  (expression) => {
    expect(endsWith(`${CYCLE}${expression}`)).toBe(TOO_DEEP);
    expect(printed(`${CYCLE}puts catch('${TOO_DEEP}') ${expression} end.class`)).toBe(`${TOO_DEEP}\n`);
  },
);

test('showing a cycle ends', () => {
  expect(printed(`${CYCLE}puts $a.inspect, "#{$h}"\nputs $a`)).toMatch(/^\[1, \[\.\.\.\]\]\n\{h: \{\.\.\.\}\}\n1\n/);
});

test.each(['$d == $e', '$d.flatten', '[$d, $e].sort', '%utils.json.generate($d)'])(
  '%s on deep data raises',
  (expression) => {
    expect(endsWith(`${DEEP}${expression}`)).toBe(TOO_DEEP);
  },
);

test('showing deep data ends', () => {
  expect(printed(`${DEEP}puts $d.inspect.length < 2000\nputs $d`)).toMatch(/^true\n/);
});

test('deep JSON is refused', () => {
  expect(endsWith("%utils.json.parse('[' * 100000)")).toBe('puck.uno/error/json');
  expect(endsWith('%utils.json.parse(\'{"a":\' * 100000)')).toBe('puck.uno/error/json');
});

test('a small graph that unfolds into a huge tree is not unfolded', () => {
  const bomb = '$x = ["a" * 100000]\n40.times do\n$x = [$x, $x]\nend\n';
  expect(endsWith(`${bomb}$x.inspect`)).toBe('puck.uno/error/too_large');
});
