/**
 * A line-based TCP client: send lines, read lines, until the server has no more.
 * run: node examples/sockets/echo-client.ts 127.0.0.1 8701
 */
import { Grants, openNet } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

const [host, port] = argumentsFor('HOST', 'PORT');
await using net = openNet(Grants.parse({ allowNet: [`${host}:${port}`] }));
await using socket = await net.tcp(host, Number(port), { timeout: 5 });
for (const word of ['hello', 'world']) await socket.sendAll(`${word}\r\n`);
await socket.shutdown('send');
for await (const line of socket.lines({ chomp: true })) console.log(Buffer.from(line).toString());
console.log(`${socket.bytesSent} bytes out, ${socket.bytesReceived} bytes in`);
//=> HELLO
//=> WORLD
//=> 14 bytes out, 14 bytes in
