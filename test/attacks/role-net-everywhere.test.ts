/** Attack: a library looks for `%net`, `%engine` and `%argv` wherever its code can stand, whoever runs it. */
import { expect, it } from 'vitest';
import { linesOf } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

const LIBRARY = `
$found = [%net]
function &look($given: %net, *rest)
  return [$given, %net]
end
$found.push(&look())
$closure = closure($x: %net)
  closure($a) [%net, $x, $a] end
end
$class = class
  field :kept, :get, default: %net
  field :other, :get, :set
  method init($a: %net, @b: %net)
    @other = [%net, $a, @b]
  end
  method each
    yield %net
  end
  method to_string
    return "<#{%net}>"
  end
  method fetch($url)
    return %net
  end
  method late
    $caught = null
    begin
      $e = catch('puck.uno/error')
        raise 'puck.uno/error', "#{%net}"
      end
      $caught = [%net, $e.message]
    ensure
      $caught.push(%net)
    end
    return $caught
  end
end
{
  found: $found,
  look: $look,
  closure: $closure,
  cls: $class,
  block: closure($list) $list.map do($x)
    %net
  end end,
  sorter: closure($a, $b) [%net, %engine, %argv] end,
  heredoc: closure()
    <<EOF
#{%net}#{%engine}#{%argv}
EOF
  end,
  all: closure() [%net, %self, %engine, %argv] end
}`;

const SCRIPT = `
$lib = %puck['a.com/lib']
$shown = []
$shown.push($lib['found'])
$shown.push($lib['look'].call())
$shown.push($lib['closure'].call().call(1))
$object = $lib['cls'].new()
$shown.push($object.kept)
$shown.push($object.other)
$shown.push($object.late)
$object.each do($x)
  $shown.push($x)
end
$shown.push($object.fetch('http://x'))
$shown.push($lib['block'].call([1, 2]))
$shown.push([1, 2].map do($x) $lib['sorter'].call(1, 2) end)
$shown.push($lib['heredoc'].call().trim)
$shown.push($lib['all'].call())
$shown.push("#{$object}")
$shown.push(%stdout.capture do
  puts $object
end)
%utils.timeout(5) do
  $shown.push($lib['all'].call())
end
puts $shown.inspect
`;

it('finds null in every place', async () => {
  await using net = testNet();
  const [shown = ''] = await linesOf(SCRIPT, { net, args: ['secret'], libraries: { 'a.com/lib': LIBRARY } });
  expect(shown.length).toBeGreaterThan(200);
  expect(shown).not.toMatch(/puck\.uno\/net|puck\.uno\/engine|secret/);
});

it('finds the net in all these places where it is the user’s own code', async () => {
  await using net = testNet();
  const own = `${LIBRARY.replace('\n{\n', '\n$lib = {\n')}\n${SCRIPT.replace("$lib = %puck['a.com/lib']", '')}`;
  const [shown = ''] = await linesOf(own, { net, args: ['secret'] });
  expect(shown.split('puck.uno/net').length).toBeGreaterThan(20);
  expect(shown).toContain('secret');
});
