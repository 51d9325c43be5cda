/** Attack: use up the stack by every kind of call inside of another, to end the thread or the host in place of the run. */
import { expect, it } from 'vitest';
import { runScript } from '../helpers/script.ts';

const NESTED: readonly (readonly [string, string])[] = [
  ['functions', 'function &f()\nreturn &f() + 1\nend\n&f()'],
  ['closures', '$f = null\n$f = closure()\n$f.call()\n1\nend\n$f.call()'],
  ['methods', '$c = class\nmethod go\n%self.go + 1\nend\nend\n$c.new().go'],
  ['init', '$c = class\nmethod init($c)\n@x = $c.new($c)\nend\nend\n$c.new($c)'],
  ['to_string', '$c = class\nmethod to_string\n"#{%self}x"\nend\nend\nputs $c.new()'],
  ['defaults', '$f = null\n$f = closure($x: $f.call())\n$x\nend\n$f.call()'],
  ['maps', '$f = null\n$f = closure($x)\n[$x].map do($y)\n$f.call($y)\nend\nend\n$f.call(1)'],
  ['comparators', '$f = null\n$f = closure()\n[2, 1].sort do($a, $b)\n$f.call()\nend\nend\n$f.call()'],
  ['catches', '$f = null\n$f = closure()\ncatch("puck.uno/error")\n$f.call()\nend\nend\n$f.call()'],
  ['ensures', '$f = null\n$f = closure()\nbegin\n$f.call()\nensure\n$f.call()\nend\nend\n$f.call()'],
  ['captures', '$f = null\n$f = closure()\n%stdout.capture do\n$f.call()\nend\nend\n$f.call()'],
  ['time-outs', '$f = null\n$f = closure()\n%utils.timeout(9) do\n$f.call()\nend\nend\n$f.call()'],
  ['jails', '$c = class\nmethod go($x)\n$x.object.jail("go").go($x)\nend\nend\n$o = $c.new()\n$o.go($o)'],
  ['libraries', `%puck['a.com/x']`],
];

const DEEP = `function &f($n)
  return 0 if $n == 0
  [1].map do($x)
    [2].each do($y)
      begin
        catch('my.org/e')
          return 1 + &f($n - 1)
        end
      ensure
        $z = 1
      end
    end
  end
end
&f(3000)`;

it.each(NESTED)('ends with the alarm, or an error: %s', async (_name, script) => {
  for (const callDepth of [undefined, 50, 100_000]) {
    const { outcome } = await runScript(script, {
      libraries: (url) => `%puck['${url}x']`,
      limits: { timeMs: 10_000, ...(callDepth === undefined ? {} : { callDepth }) },
    });
    if (outcome.ok) expect.unreachable('it can not end well');
    if (outcome.alarm !== null) expect(outcome.alarm).toBe('puck.uno/alarm/call_depth');
    expect(outcome.error.backtrace.length).toBeLessThan(200);
  }
});

it.each([
  ['brackets', '('.repeat(100_000)],
  ['arrays', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ['operators', `1${' + 1'.repeat(200_000)}`],
  ['unary', `${'-'.repeat(100_000)}1`],
  ['blocks', `${'begin\n'.repeat(50_000)}1\n${'end\n'.repeat(50_000)}`],
  ['ifs', `${'if 1\n'.repeat(50_000)}1\n${'end\n'.repeat(50_000)}`],
  ['closures', `${'closure()\n'.repeat(50_000)}1\n${'end\n'.repeat(50_000)}`],
  ['calls', `$x = 1\n$x${'.to_string'.repeat(200_000)}`],
  ['interpolations', `${'"#{'.repeat(20_000)}1${'}"'.repeat(20_000)}`],
  ['pipes', `1${' | &f'.repeat(100_000)}`],
])('is read or refused, and nothing breaks: source of deep %s', async (_name, source) => {
  const { outcome } = await runScript(source);
  if (!outcome.ok) expect(outcome.error.type).toMatch(/^puck\.uno\/(?:error|alarm\/call_depth)/);
  if (!outcome.ok) expect(outcome.stderr).not.toMatch(/the engine failed|at .*\.cjs/);
});

it.each([
  [
    'blocks of methods',
    'function &f($n) if $n > 0 then [$n].map { |x| &f(x - 1) }.first else 0 end end\nputs &f(4900)',
  ],
  ['blocks, ensures and catches', DEEP],
])('has the stack for the calls that it allows: %s', async (_name, script) => {
  const { outcome } = await runScript(script, { limits: { timeMs: 30_000 } });
  expect(outcome).toMatchObject({ ok: true });
});
