/**
 * The powers themselves: the only file that takes node:net, node:tls, node:dns and node:dgram for their values.
 * Trusted side. Each function is the smallest use of a module that the dialler needs; a connection can only be opened to
 * an address that has been vetted. Modules are loaded when first needed: TLS alone costs a start-up milliseconds.
 */
import type { Socket as DatagramSocket } from 'node:dgram';
import type { promises as dns, LookupAddress } from 'node:dns';
import type { OnReadOpts, Server, Socket } from 'node:net';
import type { ConnectionOptions, SecureContext, SecureContextOptions, TLSSocket, TLSSocketOptions } from 'node:tls';
import { getSystemErrorMap } from 'node:util';
import type { IpAddress } from '../address/ip.ts';
import { isVetted, type VettedAddress } from '../address/vetted.ts';

/**
 * Opens a TCP connection to a vetted address. SECURITY: the address is passed as a literal, for which Node makes no
 * look-up of its own, so nothing stands between what was vetted and what is dialled (test/attacks/dial-rebinding.test.ts).
 */
export function openTcp(address: VettedAddress, port: number, onread?: OnReadOpts): Socket {
  if (!isVetted(address)) throw new TypeError('an address that nobody has vetted');
  return process.getBuiltinModule('node:net').connect({
    host: address.text,
    port,
    family: address.family,
    autoSelectFamily: false,
    // A peer that has finished sending may still be listening: our side ends when its owner says so.
    allowHalfOpen: true,
    ...(onread === undefined ? {} : { onread }),
  });
}

/** Where to listen, and how many peers may wait in the system for it. */
export interface ListenAt {
  readonly address: IpAddress;
  readonly port: number;
  readonly backlog: number;
  /** Nothing is read of a connection before its `resume`. */
  readonly paused: boolean;
}

/** Begins to listen. The unspecified address of IPv6 takes IPv4 too. */
export function openServer({ address, port, backlog, paused }: ListenAt): Server {
  const server = process.getBuiltinModule('node:net').createServer({ allowHalfOpen: true, pauseOnConnect: paused });
  // Exclusive: a cluster's other processes get no share of it.
  return server.listen({ host: address.text, port, backlog, exclusive: true, ipv6Only: false });
}

/** Begins the server's side of a TLS handshake over a connection that was accepted. */
export function answerTls(socket: Socket, options: TLSSocketOptions): TLSSocket {
  return new (process.getBuiltinModule('node:tls').TLSSocket)(socket, { ...options, isServer: true });
}

/**
 * What OpenSSL found wrong with the certificate that the client of a handshake has shown; null if nothing. Node tells it
 * to its own servers alone; where the way in is gone the answer is that it could not be verified.
 */
export function clientProblem(tls: TLSSocket): unknown {
  const handle = handleOf(tls);
  const verifyError: unknown = handle === null ? null : Reflect.get(handle, 'verifyError');
  return typeof verifyError === 'function' ? verifyError.call(handle) : { code: 'CERT_REJECTED' };
}

/** Begins a TLS handshake over an open connection. */
export function openTls(options: ConnectionOptions & { readonly socket: Socket }): TLSSocket {
  return process.getBuiltinModule('node:tls').connect(options);
}

/** Keys, roots and protocol bounds as OpenSSL holds them. */
export function makeSecureContext(options: SecureContextOptions): SecureContext {
  return process.getBuiltinModule('node:tls').createSecureContext(options);
}

/** The roots that came with Node. Neither the environment nor a flag of the process adds to them. */
export function bundledRoots(): readonly string[] {
  return process.getBuiltinModule('node:tls').rootCertificates;
}

/** Asks the system's resolver for every address of a name, in its order of preference. Can't be cancelled. */
export function lookUpAll(name: string): Promise<readonly string[]> {
  const { lookup } = process.getBuiltinModule('node:dns');
  return new Promise((resolve, reject) => {
    lookup(name, { all: true, order: 'verbatim' }, (error: Error | null, found: readonly LookupAddress[]) => {
      if (error === null) resolve(found.map(({ address }) => address));
      else reject(error);
    });
  });
}

/** Asks name servers, the system's or these (`address` or `address:port`). No hosts file, no search list, no cache. */
export function openResolver(servers: readonly string[] | null): dns.Resolver {
  const resolver = new (process.getBuiltinModule('node:dns').promises.Resolver)();
  if (servers !== null) resolver.setServers([...servers]);
  return resolver;
}

/** A socket for datagrams, not bound yet. It looks no name up. A dual one of IPv6 takes IPv4 as well. */
export function openDatagrams(family: 4 | 6, { dual }: { readonly dual: boolean }): DatagramSocket {
  return process.getBuiltinModule('node:dgram').createSocket({
    type: family === 4 ? 'udp4' : 'udp6',
    ipv6Only: family === 6 && !dual,
    lookup: (address, _options, callback) => callback(null, address, family),
  });
}

/** Sends one datagram to a vetted address; null: to the one that the socket is connected to. */
export function sendDatagram(
  socket: DatagramSocket,
  bytes: Uint8Array,
  to: { readonly address: VettedAddress; readonly port: number; readonly mapped: boolean } | null,
  done: (error: Error | null) => void,
): void {
  if (to !== null && !isVetted(to.address)) throw new TypeError('an address that nobody has vetted');
  if (to === null) socket.send(bytes, done);
  else socket.send(bytes, to.port, to.mapped ? `::ffff:${to.address.text}` : to.address.text, done);
}

/** What libuv answers to "start reading" while it does. */
let alreadyReading: number | undefined;

function alreadyReadingCode(): number | undefined {
  alreadyReading ??= Array.from(getSystemErrorMap()).find(([, [name]]) => name === 'EALREADY')?.[0];
  return alreadyReading;
}

/**
 * Whether the end that a TLS stream has just come to is that of the TCP connection below, and not one that the peer has
 * announced. Asked at the moment when the end is read: if the TCP connection is still being read then, or is not being
 * read because somebody paused it, its end can't be the cause. Node has no public way to ask; where the way in is gone
 * the answer is yes, which makes a truncation of an end and never the reverse.
 */
export function endedBelow(tls: TLSSocket, tcp: Socket): boolean {
  const [above, below] = [handleOf(tls), handleOf(tcp)];
  if (above === null || below === null) return true;
  if (Reflect.get(above, 'reading') === false) return false;
  const readStart: unknown = Reflect.get(below, 'readStart');
  return typeof readStart !== 'function' || readStart.call(below) !== alreadyReadingCode();
}

function handleOf(socket: Socket): object | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  return typeof handle === 'object' ? handle : null;
}
