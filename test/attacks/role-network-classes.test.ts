/** Attack: a library opens connections by `.new` of the engine's network classes, however it comes by them. */
import { expect, it } from 'vitest';
import { listenNet } from '../helpers/listener.ts';
import { linesOf, runScript } from '../helpers/script.ts';
import { startTcp, testNet } from '../helpers/tcp-server.ts';

const WAYS: readonly (readonly [string, string])[] = [
  ['by the URL of TCP', `%puck['puck.uno/socket/tcp'].new(host: '127.0.0.1', port: $port)`],
  ['by the long URL of TCP', `%puck['https://puck.uno/socket/tcp'].new('127.0.0.1', $port)`],
  ['by a URL in capitals', `%puck['https://PUCK.uno/socket/tcp'].new('127.0.0.1', $port)`],
  ['by the URL of TLS', `%puck['puck.uno/socket/ssl'].new('127.0.0.1', $port)`],
  ['by the URL of listeners', `%puck['puck.uno/socket/tcp_listener'].new('127.0.0.1', 0)`],
  ['by the URL of datagrams', `%puck['puck.uno/socket/udp'].new('127.0.0.1', $port).send('x')`],
  ['by the URL of datagrams, without a peer', `%puck['puck.uno/socket/udp'].new().send_to('x', '127.0.0.1', $port)`],
  ['by the URL of datagrams, listening', `%puck['puck.uno/socket/udp'].new('127.0.0.1', 0, listen: true)`],
  ['by the URL of the client', `%puck['puck.uno/http/client'].new().get("http://127.0.0.1:#{$port}/")`],
  ['by the other URL of the client', `%puck['puck.uno/network/http/client'].new().get("http://127.0.0.1:#{$port}/")`],
  ['by the URL of WebSockets', `%puck['puck.uno/web_socket'].new("ws://127.0.0.1:#{$port}/")`],
  ['by the URL of event streams', `%puck['puck.uno/event_source'].new("http://127.0.0.1:#{$port}/")`],
  ['by the class of a socket it was handed', `$socket.object.class.new('127.0.0.1', $port)`],
  ['by the class of a client it was handed', `$client.object.class.new().get("http://127.0.0.1:#{$port}/")`],
  ['by the class of the class', `$socket.object.class.object.class.new('127.0.0.1', $port)`],
  ['by a class handed as it is', `$cls.new('127.0.0.1', $port)`],
  ['by a class of the user’s', `$own.new('127.0.0.1', $port)`],
  ['by the URL of a class of the user’s', `%puck['my.org/socket'].new('127.0.0.1', $port)`],
  ['through a jail', `$cls.object.jail('new').new('127.0.0.1', $port)`],
  ['through a jail of a jail', `$cls.object.jail('new').object.jail('new').new('127.0.0.1', $port)`],
  ['in a map', `[$cls].map do($c) $c.new('127.0.0.1', $port) end`],
  ['in a comparator', `[2, 1].sort do($a, $b) $cls.new('127.0.0.1', $port).local_port end`],
  ['in a default argument', `$f = function($c, $p, $s: $c.new('127.0.0.1', $p)) $s end\n$f.call($cls, $port)`],
  ['in an interpolation', `"#{$cls.new('127.0.0.1', $port)}"`],
  [
    'in a to_string',
    `$c = class\nmethod init(@c, @p)\nend\nmethod to_string\n@c.new('127.0.0.1', @p).host\nend\nend\nputs $c.new($cls, $port)`,
  ],
  ['in a class below it', `$c = class\ninherits 'puck.uno/socket/tcp'\nend\n$c.new('127.0.0.1', $port)`],
  ['in a class below a class it was handed', `$c = class\ninherits $own\nend\n$c.new('127.0.0.1', $port)`],
  [
    'by super',
    `$c = class\ninherits 'puck.uno/socket/tcp'\nmethod init($p)\nsuper('127.0.0.1', $p)\nend\nend\n$c.new($port)`,
  ],
  [
    'by a method of it that is called without an object',
    `$c = class\ninherits 'puck.uno/socket/tcp'\nmethod init\nend\nend\n$c.new().send('x')`,
  ],
  ['by the namespace of a client’s net', `$client.http.client.new()`],
  ['by the net’s class', `%puck['puck.uno/net'].new().tcp('127.0.0.1', $port)`],
];

const USER = `
$port = %argv[0].to_int
$own = class 'https://my.org/socket'
  inherits 'puck.uno/socket/tcp'
end
$socket = %net.tcp('127.0.0.1', $port)
$e = catch('puck.uno/error')
  %puck['a.com/lib'].call($port, $socket, %net.http.client.jail('never.test'), %['puck.uno/socket/tcp'], $own)
end
puts $e == null ? 'opened' : $e.class
`;

it.each(WAYS)('not %s', async (_name, way) => {
  await using server = await startTcp();
  await using net = listenNet();
  const library = `closure($port, $socket, $client, $cls, $own)\n${way}\nend`;
  const source = USER.replace("$e == null ? 'opened' : $e.class", '$e.class');
  const { outcome, lines } = await runScript(source, {
    net,
    args: [String(server.port)],
    libraries: { 'a.com/lib': library },
  });
  expect(outcome).toMatchObject({ ok: true });
  expect(lines.join()).toMatch(/^puck\.uno\/error\/(?:network\/host_not_allowed|undefined_method|argument|not_found)$/);
  expect(server.accepted).toBe(1);
});

it('by the user alone, also in a class of the user’s', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const source = `
$own = class
  inherits 'puck.uno/socket/tcp'
  method init($port)
    super('127.0.0.1', $port)
  end
end
puts $own.new(${server.port}).host
puts %['puck.uno/socket/tcp'].new('127.0.0.1', ${server.port}).host`;
  expect(await linesOf(source, { net })).toEqual(['127.0.0.1', '127.0.0.1']);
  expect(server.accepted).toBe(2);
});

it('not for the user in a class that has a library’s in its line', async () => {
  await using server = await startTcp();
  await using net = testNet();
  const libraries = {
    'a.com/base': `class 'https://a.com/base/socket'\ninherits 'puck.uno/socket/tcp'\nmethod spy\nself\nend\nend`,
  };
  for (const cls of [`%puck['a.com/base']`, `class\ninherits 'a.com/base'\nend`]) {
    const { outcome } = await runScript(`$c = ${cls}\n$c.new('127.0.0.1', ${server.port})`, { net, libraries });
    expect(outcome).toMatchObject({ ok: false, error: { type: 'puck.uno/error/network/host_not_allowed' } });
  }
  expect(server.accepted).toBe(0);
});
