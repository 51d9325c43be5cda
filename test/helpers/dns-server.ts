/** A name server on a free port of the loopback interface, over UDP and, for what is cut there, over TCP. */
import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import {
  type Answer as AnyAnswer,
  decode,
  encode,
  type OptAnswer,
  type Packet,
  type Question,
  TRUNCATED_RESPONSE,
} from 'dns-packet';

/** A record of any type that a zone may hold. */
export type Answer = Exclude<AnyAnswer, OptAnswer>;

/** What the server says to a question: records, a failure, records cut short over UDP, or nothing at all. */
export type Said =
  | readonly Answer[]
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'silence'
  | { readonly cut: readonly Answer[] };

export interface DnsServer extends AsyncDisposable {
  /** `address:port`, as `dnsServers` takes it. */
  readonly server: string;
  /** Every question so far: `A api.test`. */
  readonly asked: readonly string[];
}

const CODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;

/** `say` is called for every question. */
export async function startDns(say: (question: Question) => Said): Promise<DnsServer> {
  const asked: string[] = [];
  const answer = (message: Buffer, way: 'udp' | 'tcp'): Buffer | null => {
    const query = decode(message);
    const question = query.questions?.[0];
    if (question === undefined) return null;
    asked.push(`${question.type} ${question.name}`);
    const said = say(question);
    if (said === 'silence') return null;
    const reply: Packet = { type: 'response', id: query.id ?? 0, questions: [question] };
    if (typeof said === 'string') return encode({ ...reply, flags: CODES[said] });
    if (!('cut' in said)) return encode({ ...reply, answers: [...said] });
    return encode(way === 'tcp' ? { ...reply, answers: [...said.cut] } : { ...reply, flags: TRUNCATED_RESPONSE });
  };
  const tcp = createServer();
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  const { port } = tcp.address() as AddressInfo;
  const open = new Set<Socket>();
  tcp.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    let received = Buffer.alloc(0);
    socket.on('data', (piece) => {
      received = Buffer.concat([received, piece]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const length = received.readUInt16BE(0);
        const reply = answer(received.subarray(2, 2 + length), 'tcp');
        received = received.subarray(2 + length);
        if (reply === null) continue;
        const head = Buffer.alloc(2);
        head.writeUInt16BE(reply.length);
        socket.write(Buffer.concat([head, reply]));
      }
    });
  });
  const udp = createSocket('udp4');
  udp.on('message', (message, { address, port: from }) => {
    const reply = answer(message, 'udp');
    if (reply !== null) udp.send(reply, from, address);
  });
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve));
  return {
    server: `127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => tcp.close(resolve));
      await new Promise<void>((resolve) => udp.close(resolve));
    },
  };
}

/** Records by name and type; a name without a record of the type has none, any other does not exist. */
export function zone(records: Readonly<Record<string, readonly Answer[]>>): (question: Question) => Said {
  return ({ name, type }) => {
    const here = Object.hasOwn(records, name) ? records[name] : undefined;
    return here === undefined ? 'NXDOMAIN' : follow(here, type ?? 'A', records);
  };
}

/** The records of a type, through aliases as a recursive server does. */
function follow(here: readonly Answer[], type: string, records: Readonly<Record<string, readonly Answer[]>>): Said {
  const found = here.filter((answer) => answer.type === type);
  const alias = here.find((answer) => answer.type === 'CNAME');
  if (found.length > 0 || alias === undefined || typeof alias.data !== 'string') return found;
  const behind = follow(records[alias.data] ?? [], type, records);
  return Array.isArray(behind) ? [alias, ...behind] : [alias];
}
