/** No catch of a script stops an alarm, and none can raise one. */
import { expect, test } from 'vitest';
import { endsWith, runScript } from '../helpers/golden-run.ts';

const DEEP = 'function &down($n) &down($n + 1) end\n';

test.each(['catch', "catch('puck.uno/error')", "catch('puck.uno/alarm/call_depth', 'puck.uno/alarm')"])(
  '%s does not stop the call-depth alarm',
  (head) => {
    const { outcome, stdout } = runScript(`${DEEP}$e = ${head}\n&down(1)\nend\nputs 'went on'`);
    expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/call_depth' });
    expect(stdout).toBe('');
  },
);

test('the limit holds at exactly the number of calls that the host set', () => {
  const source = 'function &down($n) if $n > 1 then &down($n - 1) else 0 end end\n&down(%argv[0].to_int)';
  const limits = { callDepth: 50 };
  expect(endsWith(source, { args: ['49'], limits })).toBeNull();
  expect(endsWith(source, { args: ['50'], limits })).toBe('puck.uno/alarm/call_depth');
});

test.each([
  '$f = closure() $f.call end\n$f.call',
  '$f = { |x| [x].map { |y| $f.call(y) } }\n$f.call(1)',
  '$c = class method m() self.m end end\n$c.new.m',
  '$c = class method to_string() "#{self}" end end\nputs $c.new',
  '$c = class method init() %self.object.class.new end end\n$c.new',
  'function &f($x: &f()) 1 end\n&f()',
  'function &f() [2, 1].sort { |a, b| &f() } end\n&f()',
  'function &f() "#{&f()}" end\n&f()',
  'function &f() begin\n&f()\nensure\n1\nend end\n&f()',
])('endless recursion ends with the alarm: %s', (source) => {
  const { outcome } = runScript(`$e = catch\n${source}\nend`);
  expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/call_depth' });
});

test('the output limit is an alarm, and what was allowed is written', () => {
  const { outcome, stdout } = runScript("catch\nforever\nputs 'xxxxxxxxx'\nend\nend", { limits: { outputBytes: 100 } });
  expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/output_limit' });
  expect(stdout).toBe('xxxxxxxxx\n'.repeat(10));
});

test.each(['puck.uno/alarm/cpu_limit', 'puck.uno/alarm/x', 'puck.uno/x'])('a script can not raise %s', (type) => {
  expect(endsWith(`raise '${type}', 'x'`)).toBe('puck.uno/error/argument');
});
