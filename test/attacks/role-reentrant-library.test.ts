/** Attack: a library that asks for itself while it loads, in a ring, from callbacks, or that answers differently each time. */
import { expect, it } from 'vitest';
import { linesOf, runScript } from '../helpers/script.ts';

it.each([
  ['itself', { 'a.com/a': `%puck['a.com/a']` }],
  ['itself by another spelling', { 'a.com/a': `%puck['https://A.COM/a']` }],
  ['a ring', { 'a.com/a': `%puck['b.com/b']`, 'b.com/b': `%puck['c.com/c']`, 'c.com/c': `%puck['a.com/a']` }],
  ['itself in a default argument', { 'a.com/a': `$f = function($x: %puck['a.com/a']) $x end\n$f.call()` }],
])('ends with an error: %s', async (_name, libraries) => {
  const { outcome } = await runScript(`%puck['a.com/a']`, { libraries });
  expect(outcome).toMatchObject({ ok: false, error: { type: 'puck.uno/error/not_found' } });
  expect(!outcome.ok && outcome.error.message).toContain('still being loaded');
});

it('is read once, and then stays what it was', async () => {
  let asked = 0;
  const libraries = (): string => `[%role, ${++asked}]`;
  const lines = await linesOf(
    `puts %puck['a.com/a'].inspect\nputs %puck['a.com/a'].inspect\nputs %puck['b.com/a'].inspect`,
    {
      libraries,
    },
  );
  expect(lines).toEqual(['["a.com/a", 1]', '["a.com/a", 1]', '["b.com/a", 2]']);
});

it('may fail and be asked again, and is then the same role', async () => {
  let asked = 0;
  const libraries = (): string => (++asked === 1 ? `raise 'a.com/no', 'not now'` : '[%role, %net]');
  const source = `catch('puck.uno/error')\n%puck['a.com/a']\nend\nputs %puck['a.com/a'].inspect`;
  expect(await linesOf(source, { libraries })).toEqual(['["a.com/a", null]']);
});

it('does not go on for ever by asking for ever new ones', async () => {
  const libraries = (url: string): string => `%puck['${url}x']`;
  const { outcome } = await runScript(`%puck['a.com/a']`, { libraries });
  expect(outcome.ok).toBe(false);
});

it('shows its syntax errors by its own name and with nothing of the host', async () => {
  const libraries = (): string => '$x = (';
  const { outcome } = await runScript(`%puck['a.com/a']`, { libraries });
  expect(outcome).toMatchObject({ ok: false, syntax: false, error: { type: 'puck.uno/error/syntax' } });
  expect(JSON.stringify(outcome)).not.toMatch(/\/work|node_modules|dist/);
});
