/**
 * From a clear connection to a TLS one in the middle of a stream (STARTTLS), as the client or as the server of the
 * handshake. Trusted side. What the peer, or anyone on the way, sent before the handshake must not be taken for something
 * that came after it.
 */
import { ArgumentError, TlsError } from '../../errors/classes.ts';
import type { Host } from '../address/host.ts';
import { type Target, targetText } from '../address/target.ts';
import { Connection, type ConnectionParts } from '../dial/connection.ts';
import type { Bounds } from '../dial/deadline.ts';
import { answerHandshake, type SecureStream, shakeHands } from '../dial/handshake.ts';
import { LISTENER_TLS_OPTIONS, SERVER_MARKS, settleTls, TLS_PATH_OPTIONS } from '../dial/tls-files.ts';
import {
  planServerTls,
  planTls,
  SERVER_TLS_OPTIONS,
  type ServerTlsPlan,
  TLS_OPTIONS,
  type TlsPlan,
} from '../dial/tls-options.ts';
import type { Files } from '../files.ts';
import type { GivenOptions } from '../options.ts';
import type { STARTTLS_OPTIONS } from './options.ts';

/** Which side of the handshake to take, and what it needs. */
export type UpgradePlan =
  | { readonly side: 'client'; readonly plan: TlsPlan }
  | { readonly side: 'server'; readonly plan: ServerTlsPlan };

/** The connection that is to speak TLS. */
export interface UpgradeOf {
  readonly host: Host;
  /** The peer came by itself. */
  readonly accepted: boolean;
  /** The authorities of the host program, in place of the bundled ones. */
  readonly roots: string | null;
  readonly files: Files;
}

const CLIENT_OPTIONS = { ...TLS_OPTIONS, ...TLS_PATH_OPTIONS };

/**
 * The server's side where a certificate to show is given, else the client's. Whoever came by itself is at an address that
 * says nothing about it, so there the client's side needs `sni`. Raises ArgumentError.
 */
export async function planUpgrade(
  given: GivenOptions<typeof STARTTLS_OPTIONS>,
  { host, accepted, roots, files }: UpgradeOf,
): Promise<UpgradePlan> {
  const named = Object.keys(given);
  if (named.some((key) => Object.hasOwn(SERVER_MARKS, key))) {
    const foreign = named.find(
      (key) => Object.hasOwn(CLIENT_OPTIONS, key) && !Object.hasOwn(LISTENER_TLS_OPTIONS, key),
    );
    if (foreign !== undefined) {
      throw new ArgumentError(
        `starttls: ${foreign} is for the client of a handshake; certPem makes this side the server`,
      );
    }
    return { side: 'server', plan: planServerTls(await settleTls(SERVER_TLS_OPTIONS, given, files)) };
  }
  if (accepted && given.sni === undefined && given.verify !== false) {
    throw new ArgumentError('starttls: the peer of an accepted socket has no name to verify', {
      hint: 'give certPem and keyPem to be the server of the handshake, or sni to be its client',
    });
  }
  return { side: 'client', plan: planTls(await settleTls(TLS_OPTIONS, given, files), host, roots) };
}

/** Shakes hands over a connection that its owner has given up. On failure it is closed. */
export async function upgrade(parts: ConnectionParts, how: UpgradePlan, bounds: Bounds): Promise<Connection> {
  try {
    const connection = new Connection({ ...parts, secure: await shake(parts, how, bounds) });
    connection.settle();
    return connection;
  } catch (error) {
    parts.tcp.destroy();
    throw error;
  }
}

function shake({ tcp }: ConnectionParts, how: UpgradePlan, bounds: Bounds): Promise<SecureStream> {
  return how.side === 'client' ? shakeHands(tcp, how.plan, bounds) : answerHandshake(tcp, how.plan, bounds);
}

/** The content type of a handshake's record (RFC 8446 section 5.1). */
const HANDSHAKE = 0x16;

/**
 * SECURITY: what came in the clear and nobody has read. The client speaks first in a handshake: so to a client nothing
 * can have come, and to a server nothing but a record of a handshake, which is given to the handshake and to nobody else
 * (test/attacks/dial-starttls-injection.test.ts).
 */
export function mayBeHandshake(clear: Uint8Array, { side }: UpgradePlan): boolean {
  return clear.length === 0 || (side === 'server' && clear[0] === HANDSHAKE);
}

/** Bytes in the clear have come that are no part of the handshake. */
export function clearBytesError(target: Target): TlsError {
  const reason = 'bytes in the clear were waiting before the handshake';
  const { written: host, port } = target;
  return new TlsError(`starttls ${targetText(target)}: ${reason}`, { host, port, operation: 'starttls', reason });
}
