/** `%chain` values do not cross a role boundary, in either direction, by whatever kind of call. */
import { expect, test } from 'vitest';
import { printed } from '../helpers/golden-run.ts';

const library = `
  function &peek() %chain['secret'] end
  class
    field :seen, :get, default: %chain['secret']
    method init($x: %chain['secret']) @x = $x end
    method direct() %chain['secret'] end
    method by_default($x: %chain['secret'], k: %chain['secret']) [$x, $k] end
    method from_init() @x end
    method function_of() $peek end
    method call($block) $block.call end
    method plant() %chain['secret'] = 'planted' end
    method to_string() 'text:' + (%chain['secret'] || 'nothing') end
  end
`;

function inside(call: string): string {
  const source = `
    $c = %puck['evil.org/lib']
    function &act($c)
      %chain['secret'] = 'gold'
      $lib = $c.new
      ${call}
    end
    puts [&act($c)].inspect`;
  return printed(source, { libraries: { 'evil.org/lib': library } });
}

test.each([
  ['a method', '$lib.direct'],
  ['a function', '$lib.function_of.call'],
  ['a field default', '$lib.seen'],
  ['a default of init', '$lib.from_init'],
  ['the second time inward', '$lib.call(closure() $lib.direct end)'],
])('%s of a library sees nothing', (_name, call) => {
  expect(inside(call)).toBe('[null]\n');
});

test('the defaults of a method see nothing', () => {
  expect(inside('$lib.by_default')).toBe('[[null, null]]\n');
});

test('a conversion to text sees nothing', () => {
  expect(inside('"#{$lib}"')).toBe('["text:nothing"]\n');
});

test("a user's closure called by a library sees nothing", () => {
  expect(inside("$lib.call({ %chain['secret'] })")).toBe('[null]\n');
});

test('what a library plants does not come back', () => {
  expect(inside("$lib.plant\n%chain['secret']")).toBe('["gold"]\n');
});

test('within one role it goes down the calls and no further', () => {
  const source = `
    function &inner() %chain['k'] end
    function &outer() %chain['k'] = 'v'
      [1].map { |x| &inner() }[0] end
    puts &outer(), &inner().inspect`;
  expect(printed(source)).toBe('v\nnull\n');
});
