/**
 * The one door out: resolve once, vet every answer, connect to a vetted address and to nothing else. Trusted side. The
 * target has been permitted by the capability before; which addresses may stand behind it is decided here.
 */
import type { OnReadOpts } from 'node:net';
import { parseIp } from '../address/ip.ts';
import type { Target } from '../address/target.ts';
import type { VettedAddress } from '../address/vetted.ts';
import type { Capability } from '../capability.ts';
import type { By } from '../decision.ts';
import { type ConnectBounds, connectFirst, type Reached } from './connect.ts';
import { Connection } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { shakeHands } from './handshake.ts';
import { openTcp } from './powers.ts';
import { type Resolve, resolveTarget } from './resolve.ts';
import { sessionSlot } from './sessions.ts';
import type { TlsPlan } from './tls-options.ts';
import { translate } from './translate.ts';

/** What to dial, for whom, and until when. */
export interface DialAsk {
  readonly capability: Capability;
  /** Permitted already: `permitConnect` or `permitRequest` has returned it. */
  readonly target: Target;
  /** TLS from the first byte; null for plain TCP. */
  readonly tls: TlsPlan | null;
  /** Of the whole operation. */
  readonly deadline: Deadline;
  /** Seconds for look-up, connect and handshake together, where they may not take all of the time there is. */
  readonly connectTimeout?: number | null | undefined;
  /** Ends the dialling with its reason; so does the capability's own signal. */
  readonly signal?: AbortSignal | undefined;
  readonly resolve?: Resolve | undefined;
  /** Reads into the owner's memory instead of the stream's; for plain TCP only. */
  readonly onread?: OnReadOpts | undefined;
  /** For errors; `connect` without it. */
  readonly operation?: string | undefined;
  readonly by?: By | undefined;
}

/**
 * Opens a connection. The capability pays for its bytes from the first one. Raises DnsFailureError,
 * AddressNotAllowedError, ConnectionRefusedError, TlsError, TimeoutError (with the phase) or SocketError, or the reason
 * of the signal that ended it; nothing is left open then.
 */
export async function dial(ask: DialAsk): Promise<Connection<VettedAddress>> {
  const { capability, target, tls } = ask;
  const bounds: ConnectBounds = {
    deadline: ask.deadline.within(ask.connectTimeout ?? null),
    about: { operation: ask.operation ?? 'connect', target },
    signals: [ask.signal, capability.signal],
  };
  const addresses = await resolveTarget(ask, bounds);
  const reached = await connectFirst(addresses, bounds, (address, port) =>
    openTcp(address, port, tls === null ? ask.onread : undefined),
  );
  try {
    const address = checkReached(reached, ask);
    const tcp = reached.socket;
    const sessions = tls === null ? null : sessionSlot(capability, target, tls, bounds.deadline.clock);
    const secure = tls === null ? null : await shakeHands(tcp, tls, bounds, sessions);
    const connection = new Connection({ tcp, secure, target, address, payer: capability, paid: 0 });
    connection.settle();
    return connection;
  } catch (error) {
    reached.socket.destroy();
    throw error;
  }
}

/**
 * SECURITY: the address at the other end is the one that was vetted, or it is vetted now. The system turns some into
 * others by itself: 0.0.0.0 reaches 127.0.0.1 (test/attacks/dial-unspecified.test.ts).
 */
function checkReached({ socket, address }: Reached, ask: DialAsk): VettedAddress {
  const remote = parseIp(socket.remoteAddress ?? '');
  if (remote?.text === address.text) return address;
  const vetted = remote === null ? undefined : ask.capability.vet(ask.target, [remote.text], ask.by)[0];
  if (vetted !== undefined) return vetted;
  // Only a connection that is gone again has no address.
  throw translate(
    { code: 'ECONNRESET' },
    { operation: ask.operation ?? 'connect', target: ask.target, phase: 'connect' },
  );
}
