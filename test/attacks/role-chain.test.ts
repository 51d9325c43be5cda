/** Attack: a library reads or plants values in the chain of the user, through calls, callbacks and the chain object itself. */
import { expect, it } from 'vitest';
import { linesOf } from '../helpers/script.ts';

it('reads nothing of the user’s in any kind of call', async () => {
  const libraries = {
    'a.com/lib': `
$top = %chain['secret']
$plain = closure($chain: null, $back: null)
  $seen = [$top, %chain['secret']]
  if $chain
    $seen.push($chain['secret'])
  end
  if $back
    $back.call()
    $seen.push(%chain['secret'])
  end
  $seen
end
$cls = class
  method init($x: %chain['secret'])
    @x = $x
  end
  method read
    [@x, %chain['secret']]
  end
  method to_string
    "<#{%chain['secret']}>"
  end
  method each
    yield %chain['secret']
  end
end
{plain: $plain, cls: $cls, closure: closure() %chain['secret'] end}`,
  };
  const lines = await linesOf(
    `
%chain['secret'] = 'the secret'
$lib = %puck['a.com/lib']
$seen = [$lib['plain'].call()]
$seen.push($lib['plain'].call(%chain))
$seen.push($lib['plain'].call(%chain, closure() %chain['secret'] = 'more secret' end))
$o = $lib['cls'].new()
$seen.push($o.read)
$seen.push("#{$o}")
$o.each do($x)
  $seen.push($x)
end
$seen.push([1].map do($x) $lib['closure'].call() end)
puts $seen.inspect
puts %chain['secret']`,
    { libraries },
  );
  expect(lines[0]).not.toContain('secret');
  expect(lines[0]?.length).toBeGreaterThan(60);
  // What the callback set ended with the callback.
  expect(lines[1]).toBe('the secret');
});

it('plants nothing that the user sees', async () => {
  const libraries = {
    'a.com/lib': `
function &plant($chain, $back)
  %chain['mode'] = 'planted'
  $chain['mode'] = 'planted'
  return $back.call()
end
$plant`,
  };
  const lines = await linesOf(
    `
puts [%puck['a.com/lib'].call(%chain, closure() %chain['mode'] end), %chain['mode']].inspect
$e = catch('puck.uno/error')
  %puck['a.com/lib'].call(%chain, closure() raise 'my.org/stop', 'x' end)
end
puts %chain['mode'].inspect`,
    { libraries },
  );
  expect(lines).toEqual(['[null, null]', 'null']);
});
