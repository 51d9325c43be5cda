/**
 * From a clear connection to a TLS one in the middle of a stream (STARTTLS). Trusted side. What the peer, or anyone on
 * the way, sent before the handshake must not be taken for something that came after it.
 */
import { TlsError } from '../../errors/classes.ts';
import { type Target, targetText } from '../address/target.ts';
import { Connection, type ConnectionParts } from '../dial/connection.ts';
import type { Bounds } from '../dial/deadline.ts';
import { shakeHands } from '../dial/handshake.ts';
import type { TlsPlan } from '../dial/tls-options.ts';

/** Shakes hands over a connection that its owner has given up. On failure it is closed. */
export async function upgrade(parts: ConnectionParts, plan: TlsPlan, bounds: Bounds): Promise<Connection> {
  try {
    const secure = await shakeHands(parts.tcp, plan, bounds);
    const connection = new Connection({ ...parts, secure });
    connection.settle();
    return connection;
  } catch (error) {
    parts.tcp.destroy();
    throw error;
  }
}

/** SECURITY: STARTTLS injection (test/attacks/dial-starttls-injection.test.ts). */
export function clearBytesError(target: Target): TlsError {
  const reason = 'bytes in the clear were waiting before the handshake';
  const { written: host, port } = target;
  return new TlsError(`starttls ${targetText(target)}: ${reason}`, { host, port, operation: 'starttls', reason });
}
