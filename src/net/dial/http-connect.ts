/**
 * Asking a proxy for a tunnel by HTTP's CONNECT (RFC 9110 section 9.3.6). Trusted side. By hand, since a parser of
 * responses would read on into the tunnel; of the answer nothing is believed but its status.
 */
import { ProtocolError } from '../../errors/classes.ts';
import type { Conversation } from './conversation.ts';
import type { ProxyPlan } from './proxy.ts';
import type { Far, Refusal } from './tunnel.ts';

const STATUS_LINE = /^HTTP\/1\.[01] ([1-5]\d\d)(?: [^\r\n]*)?\r\n/;

export async function askByConnect(line: Conversation, far: Far, { credentials }: ProxyPlan): Promise<Refusal | null> {
  const authority = `${far.ip?.family === 6 ? `[${far.host}]` : far.host}:${far.port}`;
  line.say(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorization(credentials)}\r\n`);
  const head = await line.head();
  const status = Number(STATUS_LINE.exec(head)?.[1] ?? Number.NaN);
  if (Number.isNaN(status) || status < 200) throw new ProtocolError('the proxy does not answer as one of HTTP');
  if (status < 300) return null;
  if (status === 407) return { words: 'wants other credentials (407)', retryable: false };
  return { words: `did not connect (${status})`, retryable: status >= 500 };
}

/** RFC 7617. */
function authorization(credentials: ProxyPlan['credentials']): string {
  if (credentials === null) return '';
  const encoded = Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64');
  return `Proxy-Authorization: Basic ${encoded}\r\n`;
}
