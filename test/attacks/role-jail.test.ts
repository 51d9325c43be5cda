/** Attack: a library gets out of the jail that it was handed, to the object inside or to more of its methods. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { linesOf } from '../helpers/script.ts';
import { testNet } from '../helpers/tcp-server.ts';

const OUT: readonly (readonly [string, string])[] = [
  ['another method', '$jail.narrow(["*"])'],
  ['a raw socket', '$jail.tcp("127.0.0.1", $port)'],
  ['a property', '$jail.http.client.new()'],
  ['the class', '$jail.object.class.new().narrow(["*"])'],
  [
    'a class below its class',
    '$c = class\ninherits $jail.object.class\nmethod out\nnarrow(["*"])\nend\nend\n$c.new().out',
  ],
  [
    'super',
    '$c = class\ninherits $jail.object.class\nmethod tcp($a, $b)\nsuper($a, $b)\nend\nend\n$c.new().tcp("127.0.0.1", $port)',
  ],
  ['a field', '$jail.state'],
  ['an element', '$jail["target"]'],
  ['iteration', '$jail.each do($x)\n$x.tcp("127.0.0.1", $port)\nend'],
  ['a wider jail', '$jail.object.jail("fetch", "tcp").tcp("127.0.0.1", $port)'],
  ['a jail of what is universal', '$jail.object.jail("object")'],
  ['its init', '$jail.init()'],
  ['its own jail', '$jail.jail("tcp")'],
  ['a conversion', '%utils.json.parse(%utils.json.generate($jail))'],
  ['a block', '$jail.fetch("http://127.0.0.1:#{$port}/") do($inner)\n$inner.tcp("127.0.0.1", $port)\nend'],
];

it.each(OUT)('not by %s', async (_name, body) => {
  await using server = await startHttp();
  await using net = testNet();
  const libraries = { 'a.com/lib': `closure($jail, $port)\n${body}\nend` };
  const source = `$e = catch('puck.uno/error')
%puck['a.com/lib'].call(%net.object.jail('fetch'), ${server.port})
end
puts $e.class`;
  const [said] = await linesOf(source, { net, libraries });
  expect(said).toMatch(/^puck\.uno\/error\/(?:undefined_method|argument|type|json)$/);
  expect(server.connections.accepted).toBe(0);
});

it('shows nothing of what is inside', async () => {
  await using net = testNet();
  const libraries = {
    'a.com/lib': `closure($jail) [$jail.inspect, "#{$jail}", $jail.object.class.name, $jail.object.role, $jail.object.isa?('puck.uno/net'), $jail.object.responds_to?('tcp')] end`,
  };
  const lines = await linesOf(`puts %puck['a.com/lib'].call(%net.object.jail('fetch')).inspect`, { net, libraries });
  expect(lines[0]).toBe('["#<puck.uno/jail>", "#<puck.uno/jail>", "puck.uno/jail", "stdlib", false, false]');
});

it('lets through what it was made for', async () => {
  await using server = await startHttp((response) => response.end('hello'));
  await using net = testNet();
  const libraries = { 'a.com/lib': `closure($jail, $url) $jail.fetch($url).text end` };
  const source = `puts %puck['a.com/lib'].call(%net.object.jail('fetch'), 'http://127.0.0.1:${server.port}/')`;
  expect(await linesOf(source, { net, libraries })).toEqual(['hello']);
});
