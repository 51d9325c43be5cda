/**
 * A TLS socket: a TcpSocket whose bytes are encrypted and whose peer has been verified. Trusted side; what it tells of
 * the peer is what the peer's certificate says.
 */
import type { TLSSocket } from 'node:tls';
import { SocketError } from '../../errors/classes.ts';
import { describeCertificate, type PeerCertificate } from '../dial/identity.ts';
import { type SocketParts, TcpSocket } from './tcp-socket.ts';

/**
 * As TcpSocket. An end of the stream that the peer did not announce (no close_notify) is a ConnectionResetError: anyone
 * on the way could have made it.
 */
export class TlsSocket extends TcpSocket {
  /** The peer's certificate; null if it showed none. */
  readonly peerCert: PeerCertificate | null;
  /** As OpenSSL calls it: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** The application protocol that was agreed on; null if none was offered or taken. */
  readonly alpn: string | null;
  /** Whether an earlier session was resumed. Sockets make a full handshake, so false. */
  readonly sessionReused: boolean;

  constructor(parts: SocketParts) {
    super(parts);
    const tls = tlsOf(parts);
    const { certificate } = parts.connection;
    this.peerCert = certificate === null ? null : describeCertificate(certificate);
    // Node answers with nothing once the connection is closed, which a revocation may have done by now.
    const cipher: { readonly name: string } | undefined = tls.getCipher();
    this.cipher = cipher?.name ?? '';
    this.protocol = tls.getProtocol() ?? '';
    this.alpn = parts.connection.alpn;
    this.sessionReused = tls.isSessionReused() === true;
  }

  /** Raises SocketError: the connection speaks TLS already. */
  override async starttls(): Promise<TlsSocket> {
    throw new SocketError('starttls: this is a TLS socket already');
  }
}

function tlsOf({ connection }: SocketParts): TLSSocket {
  if (connection.tls === null) throw new TypeError('the connection does not speak TLS');
  return connection.tls;
}
