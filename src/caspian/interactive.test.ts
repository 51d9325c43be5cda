import { expect, test } from 'vitest';
import { powerlessHost } from '../../test/helpers/golden.ts';
import { Interactive } from './interactive.ts';
import { parse } from './program.ts';

/** A session; each input gives what is shown, or what was said. */
function session(interrupted?: () => boolean) {
  const { host, written } = powerlessHost({});
  const interactive = new Interactive(interrupted === undefined ? host : { ...host, interrupted }, {}, 'session');
  const run = (text: string): string | number | null => {
    const answer = interactive.run(parse(text, { file: 'session' }));
    if (answer.kind === 'value') return answer.shown;
    return answer.kind === 'exit' ? answer.code : `${answer.error.type}: ${answer.error.message}`;
  };
  return { run, written, complete: (text: string) => interactive.complete(text) };
}

test('keeps variables, functions and classes from one input to the next', () => {
  const { run } = session();
  expect(run('$x = 5')).toBe('5');
  expect(run('$x + 1')).toBe('6');
  expect(run('function &twice($n) $n * 2 end')).toBe('#<function twice>');
  expect(run('&twice($x)')).toBe('10');
  expect(run("class 'my.org/box' field :n, :get end")).toBe('my.org/box');
  expect(run("%['my.org/box'].new(n: 1).n")).toBe('1');
  expect(run('$f = closure() $x += 1 end')).toBe('#<function closure>');
  expect(run('$f.call')).toBe('6');
  expect(run('$x')).toBe('6');
});

test('calls the last value $_, and shows nothing for null', () => {
  const { run, written } = session();
  expect(run('"a"')).toBe('"a"');
  expect(run('puts $_')).toBeNull();
  expect(run('$_.upper')).toBe('"A"');
  expect(written.stdout).toBe('a\n');
});

test('goes on after what failed, and finds unset what it did not come to', () => {
  const { run } = session();
  expect(run('$a = [].fetch(1)\n$b = 1')).toBe(
    'puck.uno/error/not_found: the array has no index 1: it holds 0 elements',
  );
  expect(run('$a')).toBe('puck.uno/error/undefined_variable: the variable $a is not set');
  expect(run('$b')).toBe('puck.uno/error/undefined_variable: the variable $b is not set');
  expect(run('$b = 2')).toBe('2');
  expect(run('function &down($n) &down($n + 1) end\n&down(0)')).toContain('puck.uno/alarm/call_depth');
  expect(run('$b')).toBe('2');
});

test('ends with the code that the script asks for', () => {
  const { run } = session();
  expect(run('begin\n%process.exit(3)\nensure\n$done = true\nend')).toBe(3);
});

test('stops what runs when it is asked to, whatever catches', () => {
  let left = 3;
  const { run } = session(() => left-- <= 0);
  expect(run('catch\nforever\n$x = 1\nend\nend')).toBe('puck.uno/alarm/interrupted: stopped by Ctrl-C');
});

test('completes names without running anything', () => {
  const { run, complete, written } = session();
  run(
    '$greeting = "hello"\n$grey = null\nfunction &greet() 1 end\n$o = class method to_string() puts "ran" end end\n$o = $o.new',
  );
  expect(complete('puts $gre')).toEqual({ names: ['$greet', '$greeting', '$grey'], from: '$gre' });
  expect(complete('$greeting.upp')).toEqual({ names: ['upper'], from: 'upp' });
  expect(complete('$greeting.').names).toContain('length');
  expect(complete('%ut')).toEqual({ names: ['%utils'], from: '%ut' });
  expect(complete('%utils.js')).toEqual({ names: ['json'], from: 'js' });
  expect(complete('&gr')).toEqual({ names: ['&greet'], from: '&gr' });
  expect(complete('[1].fla')).toEqual({ names: ['flat_map', 'flatten'], from: 'fla' });
  expect(complete('$o.to_').names).toEqual(['to_string']);
  expect(complete('$nothing.x')).toEqual({ names: [], from: '' });
  expect(complete(`${'$'.repeat(1000)}.`).names).toEqual([]);
  expect(written.stdout).toBe('');
});
