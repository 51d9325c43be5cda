/** Attack: a library is handed a datagram socket and sends; the report must name the library, not who opened it. */
import { expect, it } from 'vitest';
import type { NetDecision } from '../../src/net/net.ts';
import { listenNet } from '../helpers/listener.ts';
import { linesOf } from '../helpers/script.ts';
import { udpPeer } from '../helpers/udp.ts';

it('names who sends', async () => {
  await using peer = await udpPeer();
  await using net = listenNet();
  const seen: string[] = [];
  net.on('decision', (decision: NetDecision) => {
    if ('operation' in decision) seen.push(`${decision.role} ${decision.operation} ${decision.line}`);
  });
  const library = `closure($plain, $peered, $port)
$plain.send_to('x', '127.0.0.1', $port)
$peered.send('y')
catch('puck.uno/error') $plain.join('239.1.2.3') end
end`;
  const source = `
$port = %argv[0].to_int
$plain = %net.udp
$peered = %net.udp('127.0.0.1', $port)
$plain.send_to('z', '127.0.0.1', $port)
%puck['a.com/lib'].call($plain, $peered, $port)
puts 'sent'`;
  const lines = await linesOf(source, { net, args: [String(peer.port)], libraries: { 'a.com/lib': library } });
  expect(lines).toEqual(['sent']);
  expect(seen).toEqual([
    'user udp 4',
    'user send_to 5',
    'a.com/lib send_to 2',
    'a.com/lib send 3',
    'a.com/lib listen 4',
  ]);
});
