/**
 * A chat for many: `select` says who has come, who has something to say, and who has gone. The first line of a client is
 * its name; every other one goes to all others.
 * run: node examples/sockets/chat-server.ts 127.0.0.1 4000
 */
import { Grants, openNet, type TcpListener, type TcpSocket } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

interface Client {
  /** What has come of a line. */
  heard: string;
  name: string | null;
}

const [host, port] = argumentsFor('ADDRESS', 'PORT');
await using net = openNet(Grants.parse({ allowListen: [`${host}:${port}`] }));
await using listener = await net.tcpListen(host, Number(port), { timeout: 2 });
console.log(`listening at ${listener.localHost}:${listener.localPort}`);

const clients = new Map<TcpSocket, Client>();

async function tell(line: string, but: TcpSocket): Promise<void> {
  const others = [...clients].filter(([socket, { name }]) => socket !== but && name !== null);
  // Who does not take what is said in time is not worth waiting for; its end is seen by the next select.
  await Promise.all(others.map(([socket]) => socket.sendAll(`${line}\n`).catch(() => {})));
}

async function hear(socket: TcpSocket, client: Client): Promise<void> {
  const bytes = await socket.recv(4096).catch(() => null);
  const lines = (client.heard + Buffer.from(bytes ?? []).toString()).split('\n');
  client.heard = lines.pop() ?? '';
  for (const line of lines.map((each) => each.trim())) {
    if (client.name !== null) await tell(`${client.name}: ${line}`, socket);
    else {
      client.name = line;
      await tell(`* ${line} is here`, socket);
    }
  }
  if (bytes !== null && client.heard.length <= 4096) return;
  clients.delete(socket);
  await socket.close().catch(() => {});
  if (client.name !== null) await tell(`* ${client.name} has left`, socket);
}

for (;;) {
  const [ready] = await net.select<TcpListener | TcpSocket>([listener, ...clients.keys()], [], null);
  for (const each of ready) {
    if ('accept' in each) clients.set(await each.accept(), { heard: '', name: null });
    else await hear(each, clients.get(each) ?? { heard: '', name: null });
  }
}
