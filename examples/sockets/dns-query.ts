/**
 * Asks a name server for the addresses of a name, with a query and an answer written and read by hand (RFC 1035).
 * run: node examples/sockets/dns-query.ts 127.0.0.1 8702 api.test
 */
import { randomInt } from 'node:crypto';
import { Grants, openNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [host, port, name] = argumentsFor('SERVER', 'PORT', 'NAME');
const id = randomInt(65_536);
const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
// One question, recursion desired; type A, class IN.
const query = [id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1];

await using net = openNet(Grants.parse({ allowNet: [`${host}:${port}`] }));
await using socket = await net.udp(host, Number(port), { timeout: 5 });
await socket.send(Uint8Array.from(query));
const answer = Buffer.from(await socket.recv(512));
if (answer.readUInt16BE(0) !== id) throw new Error('an answer to something else');
const code = answer.readUInt8(3) & 15;
if (code !== 0) throw new Error(`the server says ${code}`);

/** A name ends with a 0, or with two bytes that point to where it stands already. */
function behindName(start: number): number {
  let at = start;
  while (answer.readUInt8(at) !== 0 && answer.readUInt8(at) < 192) at += answer.readUInt8(at) + 1;
  return answer.readUInt8(at) === 0 ? at + 1 : at + 2;
}

let at = behindName(12) + 4;
for (let left = answer.readUInt16BE(6); left > 0; left--) {
  at = behindName(at);
  const length = answer.readUInt16BE(at + 8);
  if (answer.readUInt16BE(at) === 1) console.log([...answer.subarray(at + 10, at + 14)].join('.'));
  at += 10 + length;
}
//=> 192.0.2.7
//=> 192.0.2.8
