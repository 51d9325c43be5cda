/** A library can't put a class at the URL of another, nor anyone below puck.uno. */
import { expect, test } from 'vitest';
import { endsWith, printed } from '../helpers/golden-run.ts';

const ARGUMENT = 'puck.uno/error/argument';

test.each(['bank.org/client', 'evil.org', 'evil.org/library', 'evil.org/li', 'puck.uno/socket/tcp', 'PUCK.uno/x'])(
  'a library at evil.org/lib can not define %s',
  (url) => {
    expect(endsWith("%['evil.org/lib']", { libraries: { 'evil.org/lib': `class '${url}' end` } })).toBe(ARGUMENT);
  },
);

test.each(['evil.org/lib', 'https://evil.org/lib/part', 'evil.org/lib/a/b'])('it can define %s', (url) => {
  expect(endsWith("%['evil.org/lib']", { libraries: { 'evil.org/lib': `class '${url}' end` } })).toBeNull();
});

test('the user can not define a class below puck.uno, or one twice', () => {
  expect(endsWith("class 'https://puck.uno/socket/tcp' end")).toBe(ARGUMENT);
  expect(endsWith("class 'my.org/a' end\nclass 'my.org/a' end")).toBe(ARGUMENT);
});

test("a library can not replace an exception's class by raising it first", () => {
  const source = `
    $e = catch('my.org/oops') %['evil.org/lib'].call end
    $c = class 'my.org/oops' inherits 'puck.uno/error'
      method mine() 'mine' end
    end
    $f = catch('my.org/oops') raise 'my.org/oops', 'm' end
    puts $e.class, $f.mine`;
  const library = "closure() raise 'my.org/oops', 'x' end";
  expect(printed(source, { libraries: { 'evil.org/lib': library } })).toBe('my.org/oops\nmine\n');
});
