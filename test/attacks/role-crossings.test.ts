/**
 * Attack: a library that is handed something that holds no network, in each way in which a value can cross from one role
 * to another, and looks for `%net` from there: where its own code runs, and in what it calls with the value.
 */
import { expect, it } from 'vitest';
import { linesOf } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

/** The way, the library, the user's code. The user prints what the library has found. */
const WAYS: readonly (readonly [string, string, string])[] = [
  ['an argument', 'closure($x) [%net, $x] end', "puts $lib.call('x').first.inspect"],
  ['a keyword argument', 'closure(x: 1, **rest) [%net, $rest] end', 'puts $lib.call(x: 2, y: 3).inspect'],
  ['expanded arguments', 'closure(*all) [%net, $all] end', 'puts $lib.call(*[1, 2]).inspect'],
  ['a default argument', 'closure($net: %net) $net end', 'puts $lib.call.inspect'],
  ['a default that calls', 'function &look() %net end\nclosure($net: &look()) $net end', 'puts $lib.call().inspect'],
  ['a return', 'closure() return %net end', 'puts $lib.call.inspect'],
  ['a closure that is returned', 'closure() closure() %net end end', 'puts $lib.call.call.inspect'],
  ['a closure that is passed on', 'closure($f) $f.call({ %net }) end', 'puts $lib.call({ |g| $g.call }).inspect'],
  ['a block', 'closure($xs) $xs.map { |x| %net } end', 'puts $lib.call([1, 2]).inspect'],
  ['a block of the user’s', 'closure($f) [$f.call(1), %net] end', "puts $lib.call({ |x| 'own' }).inspect"],
  ['a yield', 'class\nmethod each() yield %net end\nend', '$lib.new.each { |x| puts $x.inspect }'],
  [
    'a callback of a sort',
    'closure($a, $b) raise "#{%net}" unless %net == null\n0 end',
    'puts [2, 1].sort { |a, b| $lib.call($a, $b) }.inspect',
  ],
  [
    'an exception that it raises',
    'closure() raise \'a.com/lib/oops\', "net=#{%net}" end',
    '$e = catch $lib.call end\nputs $e.message, $e.cause.inspect',
  ],
  [
    'an exception that it catches',
    "closure($f) \n$e = catch $f.call end\n[%net, $e.role, $e.cause, $e.backtrace.join('').contains?('net')] end",
    "puts $lib.call({ raise 'my.org/oops', 'x' }).inspect",
  ],
  [
    'a field that is set',
    'class\nfield :kept, :get, :set\nfield :net, :get, default: %net\nend',
    "$o = $lib.new(kept: 1)\n$o.kept = 'x'\nputs $o.net.inspect",
  ],
  ['a hash', 'closure($h) $h[:net] = %net\n$h end', 'puts $lib.call({a: 1}).inspect'],
  ['an array', 'closure($a) $a.push(%net) end', 'puts $lib.call([1]).inspect'],
  ['a jail', 'class\nmethod look() %net end\nend', "puts $lib.new.object.jail('look').look.inspect"],
  [
    'a jail of the user’s object',
    'closure($jail) [%net, catch $jail.net end&.class, $jail.open] end',
    "$c = class\nmethod net() %net end\nmethod open() 'opened' end\nend\nputs $lib.call($c.new.object.jail('open')).inspect",
  ],
  [
    'a class that the user inherits from',
    'class\nmethod look() %net end\nmethod hook() own end\nend',
    "$c = class\ninherits %puck['a.com/lib']\nmethod own() 'own' end\nend\nputs $c.new.look.inspect, $c.new.hook",
  ],
  [
    'a class that inherits from the user’s',
    'closure($c) (class\ninherits $c\nmethod look() %net end\nend).new.look end',
    '$c = class\nmethod other() 1 end\nend\nputs catch puts $lib.call($c).inspect end == null',
  ],
  ['%chain', "closure() [%net, %chain['net']] end", "%chain['net'] = %net\nputs $lib.call.inspect"],
  [
    'a string conversion',
    'class\nmethod to_string() "<#{%net}>" end\nend',
    "$o = $lib.new\nputs \"#{$o}\", 'a' + $o, [$o].join(',')",
  ],
  [
    'methods named like internal ones',
    [
      'class',
      ...['fetch', 'net', 'each', 'class', 'role', 'init', 'call', 'then', 'inspect', 'constructor', '__proto__'].map(
        (name) => `method ${name}() %net end`,
      ),
      'end',
    ].join('\n'),
    '$o = $lib.new\nputs [$o.fetch, $o.net, $o.each, $o.class, $o.role, $o.call, $o.then, $o.constructor, $o.__proto__].compact.length',
  ],
  ['a pipe', 'closure($x) %net end', 'puts (1 | &pass).inspect'],
  [
    'an operator',
    'class\nmethod length() %net end\nmethod empty?() %net end\nend',
    'puts $lib.new.length.inspect, $lib.new.empty?.inspect',
  ],
  ['an index', "closure() {'net' => %net} end", "puts $lib.call['net'].inspect"],
  ['a heredoc', 'closure()\n<<EOF\n#{%net}.\nEOF\nend', 'puts $lib.call.trim'],
  [
    'a loop object',
    'closure($loop) [%net, $loop.count] end',
    '[1].each do($x) as $loop\nputs $lib.call($loop).inspect\nend',
  ],
  [
    'an ensure',
    'closure($f)\n$seen = []\ncatch\nbegin\n$f.call\nensure\n$seen.push(%net)\nend\nend\n$seen end',
    "puts $lib.call({ raise 'my.org/x', 'y' }).inspect",
  ],
  ['a timer', 'closure() %net end', '%utils.timer { puts $lib.call.inspect }'],
  [
    'captured output',
    'closure($f) %stdout.capture { $f.call }.trim + "#{%net}." end',
    "puts $lib.call({ puts 'own' })",
  ],
  ['%self and %call', 'closure() [%net, %self, %call.block] end', 'puts $lib.call.inspect'],
];

it.each(WAYS)('%s', async (_name, library, user) => {
  await using net = testNet();
  const script = `$lib = %puck['a.com/lib']\nfunction &pass($x) %puck['a.com/lib'].call($x) end\n${user}`;
  const printed = await linesOf(script, { net, args: ['secret'], libraries: { 'a.com/lib': library } });
  expect(printed.join('')).not.toBe('');
  expect(printed.join('\n')).not.toMatch(/puck\.uno\/net|secret/);
});

it('a library of a library', async () => {
  await using net = testNet();
  const libraries = {
    'a.com/outer':
      "$inner = %puck['b.com/inner']\nclosure($f) [%net, $inner.call($f, { %net }), $inner.call({ %net }, $f)] end",
    'b.com/inner': 'closure($f, $g) [%net, %role, $f.call, $g.call] end',
  };
  const script = "puts %puck['a.com/outer'].call({ %net != null }).inspect";
  const [shown = ''] = await linesOf(script, { net, libraries });
  // The user's own closure runs as the user, and says so; nothing else is anything but null.
  expect(shown).toBe('[null, [null, "b.com/inner", true, null], [null, "b.com/inner", null, true]]');
});

it('is found in each of them by the user’s own code', async () => {
  await using net = testNet();
  for (const [name, library, user] of WAYS.filter(([way]) =>
    /^(?:an argument|a return|a block|a hash|a heredoc)$/.test(way),
  )) {
    const value = library.startsWith('class') ? library : `(${library})`;
    const printed = await linesOf(`$lib = ${value}\n${user}`, { net });
    expect(printed.join('\n'), name).toContain('puck.uno/net');
  }
});
