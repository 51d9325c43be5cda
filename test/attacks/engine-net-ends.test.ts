/** Attack: go on with a net that the host has revoked or closed while the script runs. */
import { expect, it } from 'vitest';
import { startHttp } from '../helpers/http-server.ts';
import { runScript } from '../helpers/script.ts';
import { openSockets, startTcp, testNet, until } from '../helpers/tcp-server.ts';

const SCRIPT = `
$sock = %net.tcp('127.0.0.1', %argv[0].to_int)
$client = %net.http.client.new()
$jail = %net.http.client.jail('127.0.0.1')
$small = %net.narrow(['127.0.0.1'])
$sock.send_all('ready')
$e = catch('puck.uno/error')
  $sock.recv_line(timeout: 5)
end
puts $e.class
[
  closure() %net.tcp('127.0.0.1', %argv[0].to_int) end,
  closure() %net.tls('127.0.0.1', %argv[0].to_int) end,
  closure() %net.fetch(%argv[1]) end,
  closure() $client.get(%argv[1]) end,
  closure() $jail.fetch(%argv[1]) end,
  closure() $small.fetch(%argv[1]) end,
  closure() $small.narrow(['*']).fetch(%argv[1]) end,
  closure() %['puck.uno/socket/tcp'].new('127.0.0.1', %argv[0].to_int) end,
  closure() %['puck.uno/http/client'].new().get(%argv[1]) end,
  closure() $sock.send('x') end
].each do($f)
  $e = catch('puck.uno/error')
    $f.call()
  end
  puts $e == null ? 'went on' : $e.class
end`.replace("puts $e == null ? 'went on' : $e.class", 'puts $e.class');

it.each(['revoked', 'closed'] as const)('raises everywhere once it is %s', async (how) => {
  await using server = await startTcp();
  await using web = await startHttp((response) => response.end('x'));
  await using root = testNet();
  const net = root.narrow(['127.0.0.1']);
  const running = runScript(SCRIPT, { net, args: [String(server.port), web.origin('127.0.0.1')] });
  const peer = await server.accept();
  const before = openSockets();
  peer.once('data', () => (how === 'revoked' ? root.revoke(net) : void net.close()));
  const { outcome, lines } = await running;
  expect(outcome.ok || outcome.stderr).toBe(true);
  expect(new Set(lines)).toEqual(new Set(['puck.uno/error/network/revoked']));
  expect(lines.length).toBe(11);
  expect([server.accepted, web.seen.length]).toEqual([1, 0]);
  peer.destroy();
  await until(() => openSockets() < before, 'the sockets are closed');
});
