/** Attack: what is called without being named runs as somebody else: to_string, each, init, setters, comparators, pipes. */
import { expect, it } from 'vitest';
import { linesOf, runScript } from '../helpers/script.ts';

it('runs a library’s to_string as the library, wherever the user shows its object', async () => {
  const libraries = {
    'a.com/lib': `class
method to_string
"<#{%role}#{%argv}>"
end
method inspect
%argv
end
method message
%argv
end
end`,
  };
  const source = `$o = %puck['a.com/lib'].new()
puts $o
print $o, "\\n"
puts "#{$o}"
puts '' + $o
puts [$o].join(',')
puts [$o].inspect
puts %stdout.capture do
puts $o
end
$e = catch('puck.uno/error')
raise 'my.org/x', "#{$o}"
end
puts $e.message`;
  const lines = await linesOf(source, { libraries, args: ['secret'] });
  expect(lines.join('\n')).not.toContain('secret');
  expect(lines.filter((line) => line === '<a.com/lib>').length).toBeGreaterThanOrEqual(6);
});

it('takes nothing but a text from it', async () => {
  for (const value of ['%self', '[1]', 'null', '3', '{a: 1}', "'x'.bytes"]) {
    const libraries = { 'a.com/lib': `class\nmethod to_string\nreturn ${value}\nend\nend` };
    const { outcome } = await runScript(`puts "#{%puck['a.com/lib'].new()}"`, { libraries });
    expect(outcome).toMatchObject({ ok: false, error: { type: 'puck.uno/error/type' } });
  }
});

it('runs a user’s to_string for a library as the user, and gives the text alone', async () => {
  const libraries = { 'a.com/lib': `closure($o) "#{$o}".object.class.url end` };
  const source = `$c = class
method to_string
%argv.first
end
end
puts %puck['a.com/lib'].call($c.new())`;
  expect(await linesOf(source, { libraries, args: ['mine'] })).toEqual(['puck.uno/string']);
});

it('ends a to_string that shows itself', async () => {
  const libraries = { 'a.com/lib': `class\nmethod to_string\n"#{%self}"\nend\nend` };
  const { outcome } = await runScript(`puts %puck['a.com/lib'].new()`, { libraries });
  expect(outcome).toMatchObject({ ok: false, alarm: 'puck.uno/alarm/call_depth' });
});

it.each(['object', 'init', 'isa?', 'new', 'call', 'class', 'role', 'jail', 'inspect', 'to_string', 'each', 'fetch'])(
  'is not fooled by a method of the name %s',
  async (name) => {
    const libraries = {
      'a.com/lib': `class 'a.com/lib/fake'\nmethod ${name}(*rest)\nreturn {isa?: true, role: 'user', class: 'puck.uno/net'}\nend\nend`,
    };
    const source = `$o = %puck['a.com/lib'].new()
puts [$o.object.role, $o.object.isa?('puck.uno/net'), $o.object.isa?('a.com/lib/fake'), $o.object.class.url].inspect`;
    const { outcome, lines } = await runScript(source, { libraries });
    // Either such a method can not be written, or it changes nothing of what the object is.
    if (outcome.ok) expect(lines).toEqual(['["a.com/lib", false, true, "a.com/lib/fake"]']);
    else expect(outcome.error.type).toBe('puck.uno/error/syntax');
    expect(outcome.ok).toBe(name !== 'object');
  },
);

it('runs a library’s comparator, key and pipe as the library', async () => {
  const libraries = {
    'a.com/lib': `
$seen = []
function &note($a, $b: null)
  $r = [%role, %argv]
  return $r
end
{note: $note, order: closure($a, $b) (%argv == null ? 1 : 0) end}`.replace('(%argv == null ? 1 : 0)', '%argv.first'),
  };
  const source = `$lib = %puck['a.com/lib']
$note = $lib['note']
puts [2, 1].sort_by do($x) $lib['note'].call($x)[0].length end.inspect
puts (1 | &note).inspect
$e = catch('puck.uno/error')
[2, 1].sort do($a, $b) $lib['order'].call($a, $b) end
end
puts $e.message`;
  const lines = await linesOf(source, { libraries, args: ['secret'] });
  expect(lines.join('\n')).not.toContain('secret');
  expect(lines.join('\n')).toContain('["a.com/lib", null]');
});
