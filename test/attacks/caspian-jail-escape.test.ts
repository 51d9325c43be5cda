/** Nothing but the named methods of a jailed object can be reached through its jail. */
import { expect, test } from 'vitest';
import { endsWith, printed } from '../helpers/golden-run.ts';

const prelude = `
  $class = class
    field :secret, :get, :set, default: 'gold'
    method open() 'opened' end
    method me() %self end
    method twice() yield 'y' end
    method to_string() @secret end
  end
  $inside = $class.new
  $jail = $inside.object.jail('open', 'me', 'twice', 'init', 'new')
`;

test('the named methods work', () => {
  expect(printed(`${prelude}\nputs $jail.open, $jail.twice { |x| x }`)).toBe('opened\ny\n');
});

test.each([
  '$jail.secret',
  '$jail.secret = 1',
  '$jail.me.secret',
  '$jail.me.me.secret',
  '$jail.init',
  '$jail.new',
  '$jail.target',
  '$jail.state',
  '$jail.call',
  "$jail['secret']",
  '$jail.constructor',
  '$jail.__proto__',
  "$jail.object.jail('secret').secret",
  "$jail.object.jail('me').me.secret",
])('%s raises', (attempt) => {
  expect(endsWith(`${prelude}\n${attempt}`)).toBe('puck.uno/error/undefined_method');
});

test.each([
  'puts $jail',
  'puts "#{$jail}"',
  'puts $jail.inspect',
  'puts [$jail].inspect',
  'puts $jail.object.class',
  'puts $jail.object.role',
  'puts $jail.me',
  'puts $jail == $inside',
  'puts $jail.object.isa?($class)',
])('%s tells nothing of what is inside', (attempt) => {
  const text = printed(`${prelude}\n${attempt}`);
  expect(text).not.toContain('gold');
  expect(text).not.toContain('true');
});

test.each(["'object'", "['open', 'object']", ''])('a jail that lets %s through can not be made', (names) => {
  expect(endsWith(`${prelude}\n$inside.object.jail(${names})`)).toBe('puck.uno/error/argument');
});

test('what is inside does not become plain data through the jail', () => {
  expect(endsWith(`${prelude}\n%utils.json.generate($jail)`)).toBe('puck.uno/error/json');
});
