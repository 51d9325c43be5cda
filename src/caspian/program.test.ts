import { expect, test } from 'vitest';
import { powerlessHost } from '../../test/helpers/golden.ts';
import { printed, runScript } from '../../test/helpers/golden-run.ts';
import { formatUncaught, parse, run } from './program.ts';

test('the value of the last statement comes out as plain data', () => {
  expect(runScript('[1, {a: null}]').outcome).toMatchObject({ ok: true, value: [1, { a: null }], exitCode: null });
  expect(runScript('closure() 1 end').outcome).toMatchObject({ ok: true, value: null });
  expect(runScript('return 5\nputs 1').outcome).toMatchObject({ ok: true, value: 5 });
});

test('a program may be run again, and nothing of a run is left', () => {
  const program = parse("$a ||= []\n$a.push(1)\nclass 'my.org/x' end\nputs $a.length", { file: 'x' });
  for (let time = 0; time < 2; time++) {
    const { host, written } = powerlessHost({});
    expect(run(program, host).ok).toBe(true);
    expect(written.stdout).toBe('1\n');
  }
});

test('an uncaught exception is reported with the lines that led there', () => {
  const { outcome } = runScript(
    "function &inner()\n  raise 'my.org/e', 'broken', hint: 'mend it'\nend\n[1].each do($x)\n  &inner()\nend",
  );
  expect(outcome.ok).toBe(false);
  if (outcome.ok) return;
  expect(formatUncaught(outcome.error)).toBe(
    'script.casp:2: my.org/e: broken\n  hint: mend it\n    at script.casp:2 in inner\n    at script.casp:5\n',
  );
});

test('of a very deep backtrace both ends are shown', () => {
  const { outcome } = runScript("function &f($n) if $n == 0 then raise 'x y' else &f($n - 1) end end\n&f(500)");
  expect(outcome).toMatchObject({ ok: false, error: { message: 'x y' } });
  if (outcome.ok) return;
  expect(outcome.error.backtrace.length).toBeLessThan(100);
  expect(outcome.error.backtrace.at(-1)).toBe('script.casp:2');
});

test('exit gives its code, and what was printed is written', () => {
  expect(runScript("print 'x'\n%process.exit(7)")).toMatchObject({ stdout: 'x', outcome: { ok: true, exitCode: 7 } });
  expect(runScript('%process.exit(300)').outcome).toMatchObject({ error: { type: 'puck.uno/error/argument' } });
});

test('a mistake of the host ends the script and is not thrown at the caller', () => {
  const net = (): never => {
    throw new TypeError('a mistake');
  };
  const { outcome, stdout } = runScript('begin\ncatch %net end\nensure\nputs 1\nend', { host: { net } });
  expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/internal', error: { message: 'a mistake' } });
  expect(stdout).toBe('');
});

test('a library that can not be read raises where it is asked for', () => {
  const libraries = { 'lib.org/x': 'puts (' };
  const source = "$e = catch('puck.uno/error/syntax') %['lib.org/x'] end\nputs $e.line, $e.message";
  expect(printed(source, { libraries })).toMatch(/^1\nlib\.org\/x:1:7: found/);
});

test('libraries that ask for each other do not run in circles', () => {
  const libraries = { 'a.org/x': "%['b.org/x']", 'b.org/x': "%['a.org/x']" };
  expect(runScript("%['a.org/x']", { libraries }).outcome).toMatchObject({
    error: { type: 'puck.uno/error/not_found' },
  });
});

test('a library is run once', () => {
  const libraries = { 'a.org/x': "puts 'loading'\n[]" };
  expect(printed("%['a.org/x'].push(1)\nputs %['a.org/x'].length", { libraries })).toBe('loading\n1\n');
});

test('standard input is read in lines and whole', () => {
  const source =
    'puts %stdin.read_line.inspect, %stdin.read_line(chomp: true), %stdin.read.inspect, %stdin.read_line.inspect, %stdin.read.inspect';
  expect(printed(source, { stdin: 'a\r\nb\r\nc\nd' })).toBe('"a\\r\\n"\nb\n"c\\nd"\nnull\n""\n');
});
