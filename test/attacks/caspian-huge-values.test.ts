/** Values that would not fit are refused with an error that a script can catch, before memory is taken. */
import { expect, test } from 'vitest';
import { endsWith, printed } from '../helpers/golden-run.ts';

test.each([
  "'x' * 1000000000",
  "'x'.repeat(1000000000)",
  "''.pad_start(1000000000)",
  "'x'.bytes * 1000000000",
  "'x'.bytes.repeat(1e18)",
  '[1] * 1000000000',
  "$s = 'x' * 100000000\n$s + $s",
  '$s = \'x\' * 100000000\n"#{$s}#{$s}"',
  "$s = 'x' * 1000000\n([$s] * 1000).join",
  "$s = 'x' * 1000000\n$s.replace('x', 'y' * 1000)",
  "$s = 'x' * 100000\n$s.replace('', $s)",
  '$a = []\n$a[1000000000] = 1',
  '$a = []\n$a[1e300] = 1',
])('%s', (source) => {
  expect(endsWith(source)).toBe('puck.uno/error/too_large');
});

test.each(["'x' * -1", "'x' * (0 / 0)", "'x'.repeat('y')", '[1] * null', "'x'.bytes * (0 - 1)"])(
  '%s raises',
  (source) => {
    expect(endsWith(source)).toMatch(/puck\.uno\/error\/(argument|type)/);
  },
);

test('a list that is spread over a call is no stack', () => {
  const source = '$a = [0] * 300000\n$b = [1]\n$b.push(*$a)\n$b.unshift(*$a)\nputs $b.length, [*$a, *$a].length';
  expect(printed(source)).toBe('600001\n600000\n');
});
