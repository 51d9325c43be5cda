/**
 * Says which ports of a host take connections. What is not granted is not even tried.
 * run: node examples/sockets/port-check.ts 127.0.0.1 8701 8799 1
 */
import { Grants, NetworkError, openNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [host, ...ports] = argumentsFor('HOST', 'PORT', '[PORT ...]');
await using net = openNet(Grants.parse({ allowNet: [`${host}:1024-65535`] }));
for (const [index, port] of ports.entries()) {
  let found = 'open';
  try {
    await (await net.tcp(host, Number(port), { connectTimeout: 2 })).close();
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    found = error.code;
  }
  console.log(`port ${index + 1}: ${found}`);
}
//=> port 1: open
//=> port 2: NET_REFUSED
//=> port 3: NET_PORT_NOT_ALLOWED
