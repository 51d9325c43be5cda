/** Attack: natives taken for what they are not: iterated, indexed, compared, called, changed to JSON, inherited from. */
import { expect, it } from 'vitest';
import { linesOf } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

const NATIVES = [
  '%net',
  '%net.http',
  '%net.http.client',
  '%net.http.client.new()',
  '%net.http.client.jail("a.test")',
  '%chain',
  '%puck',
  '%engine',
  '%process',
  '%stdout',
  '%utils',
  '$e',
  '1.object',
  'class end',
];
const TRICKS = [
  '$x.each do($k, $v)\n$v\nend',
  '$x.map do($v)\n$v\nend',
  '$x.keys',
  '$x.values',
  '$x.to_array',
  '$x["state"]',
  '$x[0]',
  '$x["constructor"]',
  '$x["__proto__"]',
  '$x.constructor',
  '$x.__proto__',
  '$x.prototype',
  '$x.state',
  '$x.cls',
  '$x.fields',
  '$x.session',
  '$x.handle',
  '$x.toString',
  '$x.valueOf',
  '$x.then',
  '$x.hasOwnProperty("state")',
  '$x.init()',
  '$x.call()',
  '$x.copy',
  '$x + ""',
  '$x < 1',
  '[$x, $x].sort',
  '[$x].sum',
  '[$x, 1].max',
  '{a: 1}[$x]',
  '[1][$x]',
  '$x.push(1)',
  '%utils.json.generate($x)',
  '%utils.json.generate([{a: $x}])',
  '$x.state = 1',
  '$x["state"] = 1',
  '$f = closure(*r)\n$r\nend\n$f.call(*$x)',
  '$f = closure(**r)\n$r\nend\n$f.call(**$x)',
  '%net.fetch($x)',
  '%net.fetch("http://a.test/", $x)',
  '%net.fetch("http://a.test/", headers: $x)',
  '%net.fetch("http://a.test/", headers: {a: $x})',
  '%net.fetch("http://a.test/", body: $x)',
  '%net.tcp($x, 1)',
  '%net.tcp("a.test", $x)',
  '%net.narrow($x)',
  '%net.narrow([$x])',
  '%net.narrow(["a.test"], $x)',
];

it.each(NATIVES)('%s gives an error of the script, or nothing, for each of them', async (native) => {
  await using net = testNet({}, { allowNet: ['granted.test'] });
  const decisions: unknown[] = [];
  net.on('decision', (decision) => decisions.push('error' in decision ? decision.error : decision));
  const tries = TRICKS.map(
    (trick) => `$e = catch('puck.uno/error')
  $act = closure($x)
    ${trick}
  end
  $got = $act.call(${native})
  puts "gave #{$got.inspect}"
end
puts "#{$e.class}: #{$e.message}" unless $e == null`,
  );
  const source = `$e = catch('puck.uno/error')
  raise 'my.org/error', 'x'
end
${tries.join('\n')}`;
  const lines = await linesOf(source, { net });
  expect(lines.length).toBe(TRICKS.length);
  const said = lines.join('\n');
  // Nothing of JavaScript shows, and nothing was let through.
  expect(said).not.toMatch(/undefined$|TypeError|is not a function|reading '|\[object|function \(/m);
  expect(decisions.every((error) => error !== null)).toBe(true);
  for (const [at, line] of lines.entries()) {
    if (TRICKS[at]?.startsWith('%net.fetch') || TRICKS[at]?.startsWith('%net.tcp')) expect(line).not.toMatch(/^gave/);
  }
});
