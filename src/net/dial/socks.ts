/**
 * Asking a proxy for a connection by SOCKS version 5 (RFC 1928), with a user and password if there are any (RFC 1929).
 * Trusted side. By hand: it is three short messages, and the libraries for it open sockets of their own.
 */
import { ProtocolError } from '../../errors/classes.ts';
import { ipBytes } from '../address/ip.ts';
import type { Conversation } from './conversation.ts';
import type { ProxyPlan } from './proxy.ts';
import type { Far, Refusal } from './tunnel.ts';

const VERSION = 5;
const NO_CREDENTIALS = 0;
const PASSWORD = 2;
const NONE_ACCEPTABLE = 0xff;
const PASSWORD_VERSION = 1;
const CONNECT = 1;

const IPV4 = 1;
const NAME = 3;
const IPV6 = 4;

/** RFC 1928 section 6. */
const REPLIES: Readonly<Record<number, Refusal>> = {
  1: { words: 'failed', retryable: true },
  2: { words: 'may not connect there', retryable: false },
  3: { words: 'has no way to that network', retryable: true },
  4: { words: 'does not reach that host', retryable: true },
  5: { words: 'was refused the connection', retryable: true },
  6: { words: 'did not connect in time', retryable: true },
  7: { words: 'knows no CONNECT', retryable: false },
  8: { words: 'knows no such address', retryable: false },
};

export async function askBySocks(line: Conversation, far: Far, { credentials }: ProxyPlan): Promise<Refusal | null> {
  const methods = credentials === null ? [NO_CREDENTIALS] : [NO_CREDENTIALS, PASSWORD];
  line.say(Buffer.from([VERSION, methods.length, ...methods]));
  const [version, method] = await line.exactly(2);
  if (version !== VERSION) throw new ProtocolError('the proxy does not answer as one of SOCKS 5');
  if (method === NONE_ACCEPTABLE) return { words: 'wants other credentials', retryable: false };
  if (method === undefined || !methods.includes(method))
    throw new ProtocolError('the proxy chose what was not offered');
  if (method === PASSWORD && credentials !== null) {
    line.say(
      Buffer.concat([Buffer.from([PASSWORD_VERSION]), counted(credentials.user), counted(credentials.password)]),
    );
    const [, status] = await line.exactly(2);
    if (status !== 0) return { words: 'wants other credentials', retryable: false };
  }
  line.say(Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), addressOf(far), portOf(far)]));
  return await readReply(line);
}

async function readReply(line: Conversation): Promise<Refusal | null> {
  const [version, reply = 0, , kind] = await line.exactly(4);
  if (version !== VERSION) throw new ProtocolError('the proxy does not answer as one of SOCKS 5');
  if (reply !== 0) return REPLIES[reply] ?? { words: `failed (${reply})`, retryable: false };
  // Where it connected from, which is of no use to anybody.
  const length = kind === IPV4 ? 4 : kind === IPV6 ? 16 : kind === NAME ? (await line.exactly(1))[0] : undefined;
  if (length === undefined) throw new ProtocolError('the proxy answers with an address of no kind');
  await line.exactly(length + 2);
  return null;
}

function addressOf({ host, ip }: Far): Uint8Array {
  if (ip === null) return Buffer.concat([Buffer.from([NAME]), counted(host)]);
  return Buffer.from([ip.family === 4 ? IPV4 : IPV6, ...ipBytes(ip)]);
}

function portOf({ port }: Far): Uint8Array {
  return Buffer.from([port >> 8, port & 0xff]);
}

/** A text with its length before it; the plan and the grammar of names keep both below 256 bytes. */
function counted(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}
