/** Attack: print more than the limit by ways that might not count, or without the alarm being seen. */
import { expect, it } from 'vitest';
import { runScript } from '../helpers/script.ts';

it.each([
  ['puts', 'forever\nputs "x" * 100\nend'],
  ['print', 'forever\nprint "x"\nend'],
  ['standard error', 'forever\neputs "x"\nend'],
  ['both in turn', 'forever\nputs "x"\neputs "x"\nend'],
  ['write', 'forever\n%stdout.write("x", "y".bytes)\nend'],
  ['bytes', '%stdout.write(("x" * 1000000).bytes)'],
  ['one long text', 'puts "x" * 1000000'],
  ['a capture', '%stdout.capture do\nforever\nputs "x"\nend\nend'],
  ['an ensure', 'begin\nforever\nputs "x"\nend\nensure\neputs "still here"\nend'],
  ['a catch', 'forever\ncatch("puck.uno/error", "puck.uno/alarm")\nforever\nputs "x" * 10\nend\nend\nend'],
  ['what is raised', 'print "x" * 5000\nraise "my.org/e", "x" * 1000000'],
  ['the hint of what is raised', 'print "x" * 5000\nraise "my.org/e", "x", hint: "x" * 1000000'],
  ['a library', `%puck['a.com/lib']`],
])('is ended by the limit: %s', async (_name, script) => {
  const { outcome, stdout, stderr } = await runScript(script, {
    limits: { outputBytes: 10_000, timeMs: 10_000 },
    libraries: { 'a.com/lib': 'forever\nputs "x"\nend' },
  });
  expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/output_limit' });
  expect(stdout.length + stderr.length).toBeLessThanOrEqual(10_000);
  expect(stderr).not.toContain('still here');
});

it('reports what is raised in short', async () => {
  const source = 'raise "my.org/e", "x" * 1000000, hint: "y" * 1000000';
  const { outcome } = await runScript(source, { limits: { timeMs: 10_000 } });
  if (outcome.ok) expect.unreachable('it raises');
  expect(outcome.stderr.length).toBeLessThan(30_000);
  expect(outcome.error.message).toContain('x… (991808 characters more)');
});
