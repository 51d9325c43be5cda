/** TLS servers on a free port of the loopback interface, with the certificates beside this file. */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import {
  createSecureContext,
  type SecureVersion,
  type TLSSocket,
  type TLSSocketOptions,
  TLSSocket as TlsStream,
} from 'node:tls';
import type { GrantsInput } from '../../src/net/grants/grants.ts';
import type { Net } from '../../src/net/net.ts';
import type { OpenNetOptions } from '../../src/net/net-options.ts';
import type { TlsSocketOptions } from '../../src/net/socket/options.ts';
import type { TlsSocket } from '../../src/net/socket/tls-socket.ts';
import { startTcp, type TestServer, testNet } from './tcp-server.ts';

export type CertificateName =
  | 'ca'
  | 'client'
  | 'client-elsewhere'
  | 'client-expired'
  | 'cn-only'
  | 'constrained'
  | 'constrained-ca'
  | 'expired'
  | 'good'
  | 'many-names'
  | 'missing-intermediate'
  | 'name-in-ip'
  | 'not-yet-valid'
  | 'other-ca'
  | 'partial-wildcard'
  | 'self-signed'
  | 'unknown-authority'
  | 'unknown-critical'
  | 'unknown-issuer'
  | 'weak-digest'
  | 'weak-key'
  | 'with-intermediate'
  | 'with-long-path'
  | 'with-no-authority'
  | 'wrong-host'
  | 'wrong-purpose';

/** Certificate and key as PEM text. */
export function pemOf(name: CertificateName): string {
  return readFileSync(new URL(`certs/${name}.pem`, import.meta.url), 'utf8');
}

/** The server's side of a handshake over a connection that has been accepted. */
export function serveTls(raw: Socket, name: CertificateName = 'good', options: ServerTls = {}): TLSSocket {
  const { minVersion, maxVersion, ciphers, ca, ...rest } = options;
  const pem = pemOf(name);
  const secureContext = createSecureContext({
    cert: pem,
    key: pem,
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(ca === undefined ? {} : { ca }),
  });
  const socket = new TlsStream(raw, { isServer: true, secureContext, ...rest });
  socket.on('error', () => {});
  return socket;
}

export type ServerTls = TLSSocketOptions & {
  readonly minVersion?: SecureVersion;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
  readonly ca?: string;
};

export interface TlsPair extends AsyncDisposable {
  readonly net: Net;
  /** Ours. */
  readonly socket: TlsSocket;
  /** The other end. */
  readonly peer: TLSSocket;
  /** What carries the other end's TLS. */
  readonly raw: Socket;
}

/** A TLS connection of `api.test`, verified by the test authority, and its other end. */
export async function tlsPair(
  options: {
    readonly net?: OpenNetOptions;
    readonly socket?: TlsSocketOptions;
    readonly server?: ServerTls;
    readonly certificate?: CertificateName;
    readonly grants?: GrantsInput;
    readonly host?: string;
  } = {},
): Promise<TlsPair> {
  const server = await startTcp();
  const net = testNet({ ca: pemOf('ca'), ...options.net }, options.grants);
  const serving = acceptTls(server, options.certificate, options.server);
  try {
    const [socket, { peer, raw }] = await Promise.all([
      net.tls(options.host ?? 'api.test', server.port, options.socket),
      serving,
    ]);
    const close = async (): Promise<void> => {
      await net.close();
      await server[Symbol.asyncDispose]();
    };
    return { net, socket, peer, raw, [Symbol.asyncDispose]: close };
  } catch (error) {
    await net.close();
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Accepts the next connection and begins the server's side of its handshake. */
export async function acceptTls(
  server: TestServer,
  certificate?: CertificateName,
  options?: ServerTls,
): Promise<{ readonly peer: TLSSocket; readonly raw: Socket }> {
  const raw = await server.accept();
  return { peer: serveTls(raw, certificate, options), raw };
}
