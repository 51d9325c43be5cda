/** What only a script in Caspian has around sockets: other ways to write a call, classes, `%utils.timeout`. */
import { expect, it } from 'vitest';
import { LISTEN_ALL, listenNet } from '../helpers/listener.ts';
import { linesOf } from '../helpers/script.ts';
import { pemOf } from '../helpers/tls-server.ts';

async function run(source: string, args: readonly string[] = []): Promise<readonly string[]> {
  await using net = listenNet({ ca: pemOf('ca') }, LISTEN_ALL);
  return await linesOf(source, { net, args });
}

it('takes positional arguments by their names too', async () => {
  const source = `
$listener = %net.tcp_listen(host: '127.0.0.1', port: 0, backlog: 5)
$socket = %net.tcp(port: $listener.local_port, host: '127.0.0.1')
$accepted = $listener.accept
puts %net.select(readers: [$accepted], writers: [$socket], timeout: 0).map { |list| list.length }.join(' ')
$udp = %net.udp_listen(port: 0, host: '127.0.0.1')
$sender = %net.udp
$sender.send_to(port: $udp.local_port, data: 'by name', host: '127.0.0.1')
puts $udp.recv(max: 100)
$socket.shutdown(:both, timeout: 1)
$socket.close(timeout: 1)
puts $accepted.recv(1) == null`;
  expect(await run(source)).toEqual(['0 1', 'by name', 'true']);
});

it('makes each by the .new of its class', async () => {
  const source = `
$listener = %puck['https://puck.uno/socket/tcp_listener'].new(host: '127.0.0.1', port: 0)
$socket = %puck['puck.uno/socket/tcp'].new('127.0.0.1', $listener.local_port)
$accepted = $listener.accept
$server = %['puck.uno/socket/udp'].new('127.0.0.1', 0, listen: true)
$peer = %['puck.uno/socket/udp'].new(host: '127.0.0.1', port: $server.local_port)
$plain = %['puck.uno/socket/udp'].new
puts [$listener, $socket, $accepted, $server, $peer, $plain].map { |each| each.object.class.to_string }.unique.length
puts $accepted.object.isa?('puck.uno/socket/tcp'), $plain.object.isa?('puck.uno/socket/udp')
puts $peer.send('x')`;
  expect(await run(source)).toEqual(['3', 'true', 'true', '1']);
});

it('waits for objects of classes of its own', async () => {
  const source = `
$mine = class
  inherits 'puck.uno/socket/tcp'
  method init($port)
    super('127.0.0.1', $port)
  end
end
$listener = %net.tcp_listen('127.0.0.1', 0)
$socket = $mine.new($listener.local_port)
$accepted = $listener.accept
$accepted.send_all('x')
$ready = %net.select([$socket], [], 10)[0][0]
puts $ready.object.same?($socket)`;
  expect(await run(source)).toEqual(['true']);
});

it('is bounded by the %utils.timeout around it', async () => {
  const source = `
$listener = %net.tcp_listen('127.0.0.1', 0)
$udp = %net.udp_listen('127.0.0.1', 0)
$socket = %net.tcp('127.0.0.1', $listener.local_port)
[
  { $listener.accept; $listener.accept(timeout: null) },
  { $udp.recv(10, timeout: null) },
  { $udp.recv_from(10) },
  { %net.select([$udp], [], null) },
  { %net.select([$udp], [], 60); 'not reached' },
  { $socket.recv(1, timeout: null) }
].each do($wait)
  $error = catch('puck.uno/error')
    %utils.timeout(0.05) do
      $wait.call
    end
  end
  puts $error.class
end`;
  expect([...new Set(await run(source))]).toEqual(['puck.uno/error/timeout']);
});

it('reads options of TLS by their names in Caspian, and suggests them so', async () => {
  const source = `
$pem = %argv[0]
$listener = %net.tcp_listen('127.0.0.1', 0, tls: {cert_pem: $pem, key_pem: $pem, protocols: ['TLSv1.2']})
puts $listener.local_port > 0
[{cert_pen: $pem}, {cert_pem: 'x', key_pem: $pem}, 'no hash'].each do($tls)
  $error = catch('puck.uno/error/argument')
    %net.tcp_listen('127.0.0.1', 0, tls: $tls)
  end
  puts "#{$error.message}; #{$error.hint}"
end`;
  const [listens, ...errors] = await run(source, [pemOf('good')]);
  expect(listens).toBe('true');
  expect(errors[0]).toContain('did you mean cert_pem?');
  expect(errors[1]).toContain('cert_pem');
  expect(errors[2]).toContain('tls');
});

it('gives records of names as hashes', async () => {
  const source = `
puts %net.resolve('127.0.0.1', :a).join, %net.resolve('127.0.0.1', type: 'a', timeout: 5).join
$error = catch('puck.uno/error/argument') %net.resolve('127.0.0.1', :axfr) end
puts $error.message`;
  expect(await run(source)).toEqual([
    '127.0.0.1',
    '127.0.0.1',
    'resolve: the type must be one of: a, aaaa, mx, ns, txt, cname, srv, ptr, caa',
  ]);
});
