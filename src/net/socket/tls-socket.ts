/**
 * A TLS socket: a TcpSocket whose bytes are encrypted and whose peer has been verified. Trusted side; what it tells of
 * the peer is what the peer's certificate says.
 */
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
  /**
   * Whether an earlier session was taken up: one of the same capability with the same server under the same options.
   * Never after `starttls`.
   */
  readonly sessionReused: boolean;

  constructor(parts: SocketParts) {
    super(parts);
    const { secure, alpn } = parts.connection;
    if (secure === null) throw new TypeError('the connection does not speak TLS');
    this.peerCert = secure.certificate === null ? null : describeCertificate(secure.certificate);
    this.cipher = secure.cipher;
    this.protocol = secure.protocol;
    this.alpn = alpn;
    this.sessionReused = secure.sessionReused;
  }

  /** Raises SocketError: the connection speaks TLS already. */
  override async starttls(): Promise<TlsSocket> {
    throw new SocketError('starttls: this is a TLS socket already');
  }
}
