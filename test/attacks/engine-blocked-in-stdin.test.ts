/** Attack: wait for standard input that never comes, where no limit reaches: a thread in a system call can't be ended. */
import { expect, it } from 'vitest';
import { launch } from '../helpers/launcher.ts';

it.each([
  ['a read', '%stdin.read'],
  ['a line', '%stdin.read_line'],
  ['a read that is caught', 'catch("puck.uno/error")\n%stdin.read\nend\n%stdin.read'],
])('is ended by the time limit: %s', async (_name, script) => {
  const { ended, printed } = launch(['--timeout=0.3', '-e', script]);
  expect(await ended).toEqual({ code: 1, signal: null });
  expect(printed.stderr).toContain('puck.uno/alarm/time_limit');
});

it('still reads all that comes, in order', async () => {
  const { child, ended, printed } = launch([
    '-e',
    'while $line = %stdin.read_line(chomp: true)\nputs "<#{$line}>"\nend',
  ]);
  child.stdin?.write('one\ntw');
  child.stdin?.end('o\nthree');
  expect((await ended).code).toBe(0);
  expect(printed.stdout).toBe('<one>\n<two>\n<three>\n');
});
