/** Texts of a guest's error that are slow to look through: the host reads them in a time that grows with their length alone. */
import { expect, it } from 'vitest';
import { readable, syntaxError, toError } from '../../src/isolate/host/faults.ts';

/** With a pattern that looks again from every place, each of these takes minutes. */
const MOST_WORK_MS = 500;

function workedMs(act: () => void): number {
  const before = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

function error(message: string, stack: string): SyntaxError {
  const made = new SyntaxError(message);
  made.stack = stack;
  return made;
}

it.each([
  ['brackets', ' ['.repeat(4_000_000)],
  ['places', ' [x:1:1]'.repeat(1_000_000)],
  ['digits', ` [x:${'1'.repeat(8_000_000)}`],
  ['colons', ':1'.repeat(4_000_000)],
  ['parentheses', ' (1:1'.repeat(2_000_000)],
])('a message of %s', (_name, message) => {
  for (const stack of ['', 'caspian:parser']) {
    expect(workedMs(() => syntaxError(error(message, stack), 'let x', 'x'))).toBeLessThan(MOST_WORK_MS);
  }
});

it.each([
  ['line ends', '\n'.repeat(8_000_000)],
  ['spaces', ' '.repeat(8_000_000)],
  ['spaces and line ends', ' \n'.repeat(4_000_000)],
  ['places of the prelude', 'caspian:prelude:1:1 '.repeat(400_000)],
  ['numbers', `caspian:prelude:${'9'.repeat(8_000_000)}`],
])('a stack of %s', (_name, stack) => {
  expect(workedMs(() => readable(error('x', stack)))).toBeLessThan(MOST_WORK_MS);
});

it('the place of what the engine says is found all the same', () => {
  const found = syntaxError(error('Unexpected [x:9:9] token [a [b].js:2:3]', ''), 'one\n  two', 'a [b].js');
  expect(found?.message).toBe('a [b].js:2:3: Unexpected [x:9:9] token\n    two\n    ^');
  expect(syntaxError(error('thrown by the guest', ''), 'x', 'a.js')).toBeNull();
});

it('what a handler throws may have no text at all', () => {
  expect(toError(Object.create(null)).message).toBe('what was thrown has no text');
  expect(toError(Symbol('s')).message).toBe('Symbol(s)');
});
