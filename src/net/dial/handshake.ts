/**
 * The TLS handshake over a connection that is open already. Trusted side. Whatever fails in it is a TlsError that says
 * why; whatever ends it early closes the connection, which could not be used for anything else.
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Host } from '../address/host.ts';
import { type Bounds, runStep } from './deadline.ts';
import { identityProblem } from './identity.ts';
import { answerTls, clientProblem, endedBelow, openTls } from './powers.ts';
import type { SessionSlot } from './sessions.ts';
import type { ServerTlsPlan, TlsPlan } from './tls-options.ts';
import { translate } from './translate.ts';

/** A TLS stream whose peer has been verified (unless `verify` is off). */
export interface SecureStream {
  readonly socket: TLSSocket;
  /** Null if the peer showed none. */
  readonly certificate: X509Certificate | null;
  /** As OpenSSL calls it. */
  readonly cipher: string;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly protocol: string;
  /** Whether an earlier session was resumed. */
  readonly sessionReused: boolean;
  /** Whether the stream has ended by a FIN that no close_notify announced. */
  readonly cutShort: () => boolean;
}

/**
 * Performs the handshake. On failure the connection below is closed. Without a slot no earlier session is taken up, and
 * none is kept.
 */
export function shakeHands(
  tcp: Socket,
  plan: TlsPlan,
  bounds: Bounds,
  sessions: SessionSlot | null = null,
): Promise<SecureStream> {
  bounds.deadline.phase = 'tls';
  return runStep<SecureStream>(bounds, ({ done, failed }) => {
    const earlier = sessions?.take() ?? null;
    const socket = openTls({
      socket: tcp,
      secureContext: plan.context,
      ...(earlier === null ? {} : { session: earlier.session }),
      // RFC 6066 section 3: an address is no server name.
      servername: plan.expected.kind === 'name' ? plan.expected.text : '',
      // Said outright: left out, NODE_TLS_REJECT_UNAUTHORIZED would decide.
      rejectUnauthorized: plan.verify,
      // Ours, below, is stricter than Node's.
      checkServerIdentity: () => undefined,
      ALPNProtocols: [...plan.alpn],
    });
    const cutShort = watchEnd(socket, tcp);
    const close = (): void => {
      socket.destroy();
      tcp.destroy();
    };
    const fail = (failure: unknown): void => {
      close();
      failed(translate(failure, { ...bounds.about, phase: 'tls' }));
    };
    const closed = (): void => fail({ code: 'ECONNRESET' });
    socket.once('error', fail);
    socket.once('close', closed);
    const stopWatching = onEarlyEnd(tcp, closed);
    // Stays for the socket's life: an error that nobody listens for would end the process.
    socket.on('error', () => {});
    // TLS 1.2 gives the session within the handshake, before the peer has been verified.
    let fresh: Buffer | null = null;
    const keep = (session: Buffer): void => {
      fresh = session;
    };
    if (sessions !== null) socket.on('session', keep);
    socket.once('secureConnect', () => {
      // Asked for once: Node takes the certificate out of the chain as it answers, and has none the next time.
      const shown = socket.getPeerX509Certificate() ?? null;
      const taken = socket.isSessionReused() ? earlier : null;
      const certificate = taken === null ? shown : taken.certificate;
      const problem = plan.verify ? verificationProblem(socket, certificate, plan.expected) : null;
      if (problem !== null) return fail({ reason: problem });
      const verifiedAt = taken?.verifiedAt ?? bounds.deadline.clock.now();
      const put = (session: Buffer): void => sessions?.put({ session, certificate, verifiedAt });
      const session = fresh ?? taken?.session;
      if (session !== undefined) put(session);
      socket.off('session', keep).on('session', put);
      stopWatching();
      socket.off('error', fail);
      socket.off('close', closed);
      const [cipher, protocol] = [socket.getCipher().name, socket.getProtocol() ?? ''];
      done({ socket, certificate, cipher, protocol, sessionReused: socket.isSessionReused(), cutShort });
    });
    return close;
  });
}

/** Performs the server's side of a handshake. On failure the connection below is closed. */
export function answerHandshake(tcp: Socket, plan: ServerTlsPlan, bounds: Bounds): Promise<SecureStream> {
  bounds.deadline.phase = 'tls';
  return runStep<SecureStream>(bounds, ({ done, failed }) => {
    const socket = answerTls(tcp, {
      secureContext: plan.context,
      requestCert: plan.verifyClient !== 'none',
      // Makes OpenSSL end a handshake without a certificate; one that is not valid is found below.
      rejectUnauthorized: plan.verifyClient === 'require',
      ...(plan.alpn.length === 0 ? {} : { ALPNProtocols: [...plan.alpn] }),
    });
    const cutShort = watchEnd(socket, tcp);
    const close = (): void => {
      socket.destroy();
      tcp.destroy();
    };
    const fail = (failure: unknown): void => {
      close();
      failed(translate(failure, { ...bounds.about, phase: 'tls' }));
    };
    const closed = (): void => fail({ code: 'ECONNRESET' });
    socket.once('error', fail);
    socket.once('close', closed);
    const stopWatching = onEarlyEnd(tcp, closed);
    // The connection may stay half open: an end is no close.
    socket.once('end', closed);
    // Stays for the socket's life: an error that nobody listens for would end the process.
    socket.on('error', () => {});
    socket.once('secure', () => {
      const certificate = socket.getPeerX509Certificate() ?? null;
      const problem = clientRefusal(socket, certificate, plan);
      if (problem !== null) return fail(problem);
      stopWatching();
      socket.off('error', fail);
      socket.off('close', closed).off('end', closed);
      const [cipher, protocol] = [socket.getCipher().name, socket.getProtocol() ?? ''];
      done({ socket, certificate, cipher, protocol, sessionReused: socket.isSessionReused(), cutShort });
    });
    return close;
  });
}

/** Tells of an end that the connection came to before TLS read from it: TLS never sees that. Returns how to stop. */
function onEarlyEnd(tcp: Socket, ended: () => void): () => void {
  if (tcp.readableEnded) queueMicrotask(ended);
  else tcp.once('end', ended);
  return () => tcp.off('end', ended);
}

/** SECURITY: the one place where a client's certificate is judged (test/attacks/listen-client-certificates.test.ts). */
function clientRefusal(
  socket: TLSSocket,
  certificate: X509Certificate | null,
  { verifyClient }: ServerTlsPlan,
): unknown {
  if (certificate === null) return verifyClient === 'require' ? { reason: NO_CERTIFICATE } : null;
  if (verifyClient === 'none') return { reason: 'the peer showed a certificate that nobody asked for' };
  return clientProblem(socket) ?? lateProblem(socket, certificate);
}

const NO_CERTIFICATE = 'the peer showed no certificate';

/** A session that is taken up says what was found when it began; certificates expire meanwhile. */
function lateProblem(socket: TLSSocket, certificate: X509Certificate): { readonly reason: string } | null {
  const expired = socket.isSessionReused() && certificate.validToDate.getTime() < Date.now();
  return expired ? { reason: 'the certificate has expired' } : null;
}

/** SECURITY: the one place where a host is compared with a certificate (test/attacks/dial-common-name.test.ts). */
function verificationProblem(socket: TLSSocket, certificate: X509Certificate | null, expected: Host): string | null {
  if (!socket.authorized) return 'the certificate could not be verified';
  if (certificate === null) return NO_CERTIFICATE;
  return lateProblem(socket, certificate)?.reason ?? identityProblem(certificate, expected);
}

/**
 * SECURITY: anyone on the way can send a FIN, only the peer a close_notify; Node shows both as the same end
 * (test/attacks/dial-tls-truncation.test.ts). So each end is looked at when it is read.
 */
function watchEnd(socket: TLSSocket, tcp: Socket): () => boolean {
  let short = false;
  const push = socket.push.bind(socket);
  socket.push = (chunk: unknown, encoding) => {
    if (chunk === null && endedBelow(socket, tcp)) short = true;
    return push(chunk, encoding);
  };
  return () => short;
}
