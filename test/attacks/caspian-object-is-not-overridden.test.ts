/** What a value says of its own class and role is not for its class to say. */
import { expect, test } from 'vitest';
import { CaspianSyntaxError, parse } from '../../src/caspian/program.ts';
import { printed } from '../helpers/golden-run.ts';

test('no method can be called object', () => {
  expect(() => parse('class\nmethod object() 1 end\nend', { file: 'x' })).toThrow(CaspianSyntaxError);
});

test('nor a field that answers', () => {
  expect(() => parse('class\nfield :object, :get\nend', { file: 'x' })).toThrow(CaspianSyntaxError);
});

test('an object of a library tells its role', () => {
  const library = 'class\nmethod role() "user" end\nmethod class() "user" end\nend';
  const source = "$o = %['evil.org/lib'].new\nputs $o.object.role, $o.object.class, $o.role";
  expect(printed(source, { libraries: { 'evil.org/lib': library } })).toBe('evil.org/lib\nclass\nuser\n');
});
