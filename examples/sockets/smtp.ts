/**
 * Sends a mail: the SMTP dialogue in the clear, then STARTTLS, then the rest over TLS (RFC 5321, RFC 3207). Certificates
 * to trust come from standard input; without any, those of the runtime hold.
 * run: node examples/sockets/smtp.ts localhost 8704 < test/helpers/certs/ca.pem
 */
import { readFileSync } from 'node:fs';
import { Grants, openNet, type TcpSocket } from 'caspian-net';
import { argumentsFor } from '../usage.ts';

async function say(socket: TcpSocket, line: string | null, expected: string): Promise<void> {
  if (line !== null) await socket.sendAll(`${line}\r\n`);
  let reply: string;
  // All lines of a reply but the last have a - behind the code.
  do {
    reply = Buffer.from((await socket.recvLine({ chomp: true })) ?? []).toString();
  } while (reply[3] === '-');
  if (!reply.startsWith(expected)) throw new Error(`${line}: ${reply}`);
  console.log(reply.slice(0, 3));
}

const [host, port] = argumentsFor('HOST', 'PORT');
await using net = openNet(Grants.parse({ allowNet: [`${host}:${port}`] }));
const socket = await net.tcp(host, Number(port), { timeout: 10 });
await say(socket, null, '220');
await say(socket, 'EHLO client.example', '250');
await say(socket, 'STARTTLS', '220');

const ca = readFileSync(0, 'utf8');
await using secure = await socket.starttls(ca === '' ? {} : { caPem: ca });
console.log(secure.protocol);
// What was said in the clear counts for nothing now.
await say(secure, 'EHLO client.example', '250');
await say(secure, 'MAIL FROM:<ada@client.example>', '250');
await say(secure, 'RCPT TO:<grace@server.example>', '250');
await say(secure, 'DATA', '354');
await secure.sendAll('Subject: Hello\r\nFrom: ada@client.example\r\n\r\nA line that begins with a dot:\r\n...\r\n');
await say(secure, '.', '250');
await say(secure, 'QUIT', '221');
//=> 220
//=> 250
//=> 220
//=> TLSv1.3
//=> 250
//=> 250
//=> 250
//=> 354
//=> 250
//=> 221
