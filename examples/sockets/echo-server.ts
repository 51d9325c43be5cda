/**
 * A line-based TCP server, many clients at once: each line comes back in upper case. It ends after CLIENTS clients, or
 * never if that is left out.
 * run: node examples/sockets/echo-server.ts 127.0.0.1 4001 2
 */
import { Grants, openNet, type TcpSocket } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [host, port, clients = 'Infinity'] = argumentsFor('ADDRESS', 'PORT', '[CLIENTS]');
await using net = openNet(Grants.parse({ allowListen: [`${host}:${port}`] }));
await using listener = await net.tcpListen(host, Number(port));
console.log(`listening at ${listener.localHost}:${listener.localPort}`);

async function serve(socket: TcpSocket): Promise<void> {
  await using client = socket;
  for await (const line of client.lines({ chomp: true })) {
    await client.sendAll(`${Buffer.from(line).toString().toUpperCase()}\r\n`);
  }
}

const serving: Promise<void>[] = [];
while (serving.length < Number(clients)) serving.push(serve(await listener.accept({ timeout: null })));
await Promise.all(serving);
console.log(`served ${serving.length}`);
