/**
 * The one function that turns a failure of node:net, node:tls, node:dns, node:dgram or undici into an error of ours.
 * Trusted side. It goes by code, and by the phase in which it struck: never by a message, never by instanceof. What it
 * does not know becomes a SocketError with the system's code. The original is kept as `cause` and never crosses.
 */
import {
  ArgumentError,
  CaspianError,
  ConnectionRefusedError,
  ConnectionResetError,
  DnsFailureError,
  type ErrorClass,
  type ErrorDetails,
  LimitReachedError,
  ProtocolError,
  SocketError,
  TimeoutError,
  type TimeoutPhase,
  TlsError,
  TooLargeError,
} from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { type Place, targetText } from '../address/target.ts';

/** What was going on when it failed. */
export interface FailureContext {
  /** As Caspian names it: `connect`, `recv`, `fetch`. */
  readonly operation: string;
  readonly target: Place;
  readonly phase: TimeoutPhase;
}

/** One row of the table of codes. */
interface CodeRow {
  readonly make: ErrorClass;
  /** In words, for the message. */
  readonly text: string;
  /** For a time-out whose code says more than the context does. */
  readonly phase?: TimeoutPhase;
}

const refused: CodeRow = { make: ConnectionRefusedError, text: 'connection refused' };
const reset: CodeRow = { make: ConnectionResetError, text: 'the peer reset the connection' };
const broken: CodeRow = { make: ConnectionResetError, text: 'the peer has closed the connection' };
const protocol: CodeRow = { make: ProtocolError, text: 'the peer broke the protocol' };
const headersSize: CodeRow = { make: ProtocolError, text: 'the peer sent more header than is accepted' };
const length: CodeRow = { make: ProtocolError, text: 'the body is not as long as its headers say' };
const exhausted: CodeRow = { make: LimitReachedError, text: 'too many files and sockets are open' };
const late: CodeRow = { make: TimeoutError, text: 'not done in time' };

/** By code, where the phase does not decide. Names of OpenSSL and of HTTP's parsers go by their prefix, below. */
const CODES: ReadonlyMap<string, CodeRow> = new Map<string, CodeRow>([
  ['ECONNREFUSED', refused],
  ['ECONNRESET', reset],
  ['ECONNABORTED', reset],
  ['EPIPE', broken],
  ['ERR_STREAM_PREMATURE_CLOSE', broken],
  ['EMFILE', exhausted],
  ['ENFILE', exhausted],
  ['ETIMEDOUT', late],
  ['UND_ERR_CONNECT_TIMEOUT', { ...late, phase: 'connect' }],
  ['UND_ERR_HEADERS_TIMEOUT', { ...late, phase: 'headers' }],
  ['UND_ERR_BODY_TIMEOUT', { ...late, phase: 'body' }],
  ['UND_ERR_SOCKET', broken],
  ['UND_ERR_HEADERS_OVERFLOW', headersSize],
  ['HPE_HEADER_OVERFLOW', headersSize],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', length],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', { make: TooLargeError, text: 'the body is larger than was allowed' }],
  ['UND_ERR_INFO', protocol],
  ['UND_ERR_RESPONSE', protocol],
  ['UND_ERR_NOT_SUPPORTED', protocol],
  ['UND_ERR_INVALID_ARG', { make: ArgumentError, text: 'an argument can not be used' }],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', { make: ArgumentError, text: 'the body is not as long as was said' }],
  ['UND_ERR_PRX_TLS', { make: TlsError, text: 'TLS with the proxy failed' }],
  ['ERR_HTTP2_STREAM_CANCEL', reset],
]);

const PREFIXES: readonly (readonly [prefix: string, row: CodeRow])[] = [
  ['HPE_', protocol],
  ['ERR_HTTP2_', protocol],
  ['ERR_SSL_', { make: TlsError, text: 'TLS failed' }],
  ['ERR_TLS_', { make: TlsError, text: 'TLS failed' }],
  ['ERR_OSSL_', { make: TlsError, text: 'TLS failed' }],
];

/** An error of ours for any failure. One that is ours already, a denial or a revocation, comes back as it is. */
export function translate(failure: unknown, context: FailureContext): CaspianError {
  if (failure instanceof CaspianError) return failure;
  if (context.phase === 'dns') return dnsFailure(failure, context);
  if (context.phase === 'tls') return tlsFailure(failure, context);
  const code = codeOf(failure);
  const row = rowOf(code) ?? rowOf(codeOf(causeOf(failure)));
  if (row === undefined) {
    const words = code === null ? 'it failed' : `it failed (${escapeText(code)})`;
    return new SocketError(describe(context, words), details(failure, context, { systemCode: code }));
  }
  if (row.make === TlsError) return tlsFailure(failure, context);
  const phase = row.make === TimeoutError ? { phase: row.phase ?? context.phase } : {};
  return new row.make(describe(context, row.text), details(failure, context, phase));
}

function rowOf(code: string | null): CodeRow | undefined {
  if (code === null) return undefined;
  return CODES.get(code) ?? PREFIXES.find(([prefix]) => code.startsWith(prefix))?.[1];
}

function describe({ operation, target }: FailureContext, words: string): string {
  return `${operation} ${targetText(target)}: ${words}`;
}

function details(failure: unknown, context: FailureContext, more: ErrorDetails): ErrorDetails {
  const { operation, target } = context;
  return { host: target.written, port: target.port, operation, cause: failure, ...more };
}

/** The code of a failure, or null if it has none that can be read. Failures are foreign objects: nothing is trusted. */
export function codeOf(failure: unknown): string | null {
  return textField(failure, 'code');
}

function causeOf(failure: unknown): unknown {
  return failure !== null && typeof failure === 'object' && 'cause' in failure ? failure.cause : null;
}

function textField(failure: unknown, key: string): string | null {
  if (failure === null || typeof failure !== 'object') return null;
  const value: unknown = Reflect.get(failure, key);
  return typeof value === 'string' && value !== '' ? value : null;
}

type DnsReason = 'not_found' | 'temporary' | 'invalid_name';

const DNS_REASONS: ReadonlyMap<string, DnsReason> = new Map<string, DnsReason>([
  ['ENOTFOUND', 'not_found'],
  ['ENODATA', 'not_found'],
  ['EAI_NODATA', 'not_found'],
  ['EAI_NONAME', 'not_found'],
  ['EBADNAME', 'invalid_name'],
  ['EBADQUERY', 'invalid_name'],
  ['ERR_INVALID_ARG_VALUE', 'invalid_name'],
]);

const DNS_WORDS: Readonly<Record<DnsReason, string>> = {
  not_found: 'the name is not known, or has no such record',
  temporary: 'the name could not be resolved at present',
  invalid_name: 'the resolver takes this for no name',
};

/** Whatever fails in a look-up. A code that is not known may pass: `temporary`. */
function dnsFailure(failure: unknown, context: FailureContext): DnsFailureError {
  const code = codeOf(failure);
  const reason = (code === null ? undefined : DNS_REASONS.get(code)) ?? 'temporary';
  const more = { reason, retryable: reason === 'temporary' };
  return new DnsFailureError(describe(context, DNS_WORDS[reason]), details(failure, context, more));
}

/** The name resolved to nothing. */
export function noAddress(context: FailureContext): DnsFailureError {
  return dnsFailure({ code: 'ENOTFOUND' }, context);
}

const HANDSHAKE_REFUSED = 'the peer refuses the handshake: it accepts no cipher or certificate of ours';

/** In words, what the usual codes of Node and OpenSSL mean. For anything else OpenSSL's own reason is given. */
const TLS_WORDS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'the certificate has expired'],
  ['CERT_NOT_YET_VALID', 'the certificate is not valid yet'],
  ['CERT_REVOKED', 'the certificate has been revoked'],
  ['CERT_SIGNATURE_FAILURE', "the certificate's signature is wrong"],
  ['CERT_CHAIN_TOO_LONG', 'the chain of certificates is too long'],
  ['CERT_REJECTED', 'the certificate is rejected'],
  ['INVALID_CA', 'a certificate of the chain is no authority'],
  ['INVALID_PURPOSE', 'a certificate of the chain is not meant for this use'],
  ['PATH_LENGTH_EXCEEDED', 'the chain is longer than its authority allows'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate is self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the chain ends in an authority that is not trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT', "the certificate's issuer is not known"],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', "the certificate's issuer is not known"],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', "the certificate's issuer is not known, and was not sent along"],
  ['ECONNRESET', 'the peer ended the connection during the handshake'],
  ['EPIPE', 'the peer ended the connection during the handshake'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'the peer does not speak TLS on this port'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'the peer does not speak TLS on this port'],
  ['ERR_SSL_HTTP_REQUEST', 'the peer does not speak TLS on this port'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'no protocol version in common'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'no protocol version in common'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', HANDSHAKE_REFUSED],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', HANDSHAKE_REFUSED],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'no application protocol in common'],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'the peer asks for a client certificate'],
  ['ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE', 'the peer showed no certificate'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'the peer does not trust our certificate'],
  ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'the peer refuses our certificate'],
]);

/** Failures of verification for which Node has one code, UNSPECIFIED: by what OpenSSL says. */
const VERIFY_WORDS: ReadonlyMap<string, string> = new Map([
  ['EE certificate key too weak', "the certificate's key is too weak"],
  ['CA certificate key too weak', "an authority's key is too weak"],
  ['CA signature digest algorithm too weak', 'a certificate of the chain is signed with a digest that is too weak'],
  ['unhandled critical extension', 'a certificate of the chain has a critical extension that is not known'],
  ['permitted subtree violation', 'the certificate names what its authority may not vouch for'],
  ['excluded subtree violation', 'the certificate names what its authority may not vouch for'],
]);

/**
 * Whatever fails in a handshake, or in a TLS record after it. The class goes by the phase and not by a list of codes; what
 * neither list has words for is said as OpenSSL says it.
 */
function tlsFailure(failure: unknown, context: FailureContext): TlsError {
  const code = codeOf(failure);
  const said = textField(failure, 'reason') ?? textField(failure, 'message') ?? 'TLS failed';
  const reason = (code === null ? undefined : TLS_WORDS.get(code)) ?? VERIFY_WORDS.get(said) ?? escapeText(said);
  return new TlsError(describe(context, reason), details(failure, context, { reason }));
}
