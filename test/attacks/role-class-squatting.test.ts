/** Attack: a library puts a class at a URL that others trust, or loads itself under the name of somebody else. */
import { expect, it } from 'vitest';
import { linesOf, runScript } from '../helpers/script.ts';

it.each([
  'puck.uno/http/client',
  'https://puck.uno/error/network',
  'PUCK.UNO/net',
  'my.org/socket',
  'b.com/util',
  'a.com/evil-twin',
  'a.com/library',
  'a.com',
  'user',
  'stdlib/x y',
  '../b.com/util',
  'a.com/lib/../../b.com/util',
])('defines none at %s', async (url) => {
  const libraries = { 'a.com/lib': `class '${url}'\nmethod fetch\n'stolen'\nend\nend` };
  const { outcome } = await runScript(`%puck['a.com/lib']`, { libraries });
  expect(outcome).toMatchObject({ ok: false, error: { type: 'puck.uno/error/argument' } });
});

it('takes no URL that is taken, and shadows no file of its host beside its own', async () => {
  const libraries = {
    'a.com/lib': `class 'a.com/lib/one'\nend\n$e = catch('puck.uno/error/argument')\nclass 'a.com/lib/one'\nend\nend\n$e.message`,
    'b.com/util': `'honest'`,
  };
  const lines = await linesOf(`puts %puck['a.com/lib']\nputs %puck['b.com/util']`, { libraries });
  expect(lines[0]).toContain('already');
  expect(lines[1]).toBe('honest');
});

it('runs under the URL that it was asked for by, whatever its spelling', async () => {
  const asked: string[] = [];
  const libraries = (url: string): string | null => {
    asked.push(url);
    return '[%role, %net, %argv]';
  };
  const source = `['a.com/lib', 'https://A.com/lib', 'https://a.COM/lib'].each do($u)
puts %puck[$u].inspect
end
['user', 'http://a.com/lib', 'a.com/lib?x', 'a.com/lib#user', 'user@a.com/lib', 'a.com/lib/', 'stdlib', ' user', 'a.com/.user'].each do($u)
$e = catch('puck.uno/error')
puts %puck[$u].inspect
end
puts $e.class unless $e == null
end`;
  const lines = await linesOf(source, { libraries, args: ['secret'] });
  expect(asked).toEqual(['a.com/lib']);
  expect(lines.slice(0, 3)).toEqual(Array(3).fill('["a.com/lib", null, null]'));
  expect(new Set(lines.slice(3))).toEqual(new Set(['puck.uno/error/argument']));
});
