/**
 * The TLS options of sockets and of HTTP: one table, and the plan that is made from them before anything is dialled.
 * Trusted side. Every choice is stated to Node, so that no environment variable or process flag makes it for us.
 */
import { constants, createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import type { SecureContext } from 'node:tls';
import { ArgumentError } from '../../errors/classes.ts';
import { type Host, parseHost, readHost } from '../address/host.ts';
import { custom, flag, type OptionsOf, oneOf, pem, type SettledOptions } from '../options.ts';
import { bundledRoots, makeSecureContext } from './powers.ts';

const PROTOCOLS = ['TLSv1.2', 'TLSv1.3'] as const;
export type TlsProtocol = (typeof PROTOCOLS)[number];

/** All of them must fit into one extension of a hello. */
export const MAX_ALPN = 64;
const ALPN_NAME = /^[\x21-\x7e]{1,255}$/;

/** The table: each row is an option of `tls`, `starttls` and the HTTP clients. */
export const TLS_OPTIONS = {
  verify: flag({ default: true, doc: 'Whether the certificate must be valid, and for this host.' }),
  caPem: pem({ default: null, doc: 'The authorities to trust, in place of the bundled ones.' }),
  clientCertPem: pem({ default: null, doc: 'A client certificate and its chain; needs clientKeyPem.' }),
  clientKeyPem: pem({ default: null, doc: 'The key of clientCertPem, not encrypted.' }),
  sni: custom<string, null>({
    type: 'host',
    default: null,
    doc: 'The name to ask for and to verify, in place of the host. An address is verified but not sent.',
    read: (raw) => (typeof raw === 'string' && readHost(raw) !== null ? { value: raw } : { refused: 'is no host' }),
  }),
  protocols: custom<readonly TlsProtocol[], readonly TlsProtocol[]>({
    type: 'list of words',
    range: PROTOCOLS.join(', '),
    default: PROTOCOLS,
    doc: 'The protocol versions that may be used.',
    read: (raw) => {
      const list: unknown[] = Array.isArray(raw) ? raw : [];
      const known = PROTOCOLS.filter((protocol) => list.includes(protocol));
      return known.length === 0 || known.length !== new Set(list).size
        ? { refused: `must be a list of: ${PROTOCOLS.join(', ')}` }
        : { value: known };
    },
  }),
  alpn: custom<readonly string[], readonly string[]>({
    type: 'list of text',
    range: 'at most 64, of 1 to 255 visible ASCII characters each',
    default: [],
    doc: 'Application protocols to offer, the preferred one first (RFC 7301).',
    read: (raw) => {
      const list: unknown[] = Array.isArray(raw) ? Array.from(raw) : [null];
      const names = list.filter((name): name is string => typeof name === 'string' && ALPN_NAME.test(name));
      return names.length === list.length && names.length <= MAX_ALPN
        ? { value: Object.freeze(names) }
        : { refused: `must be a list of at most ${MAX_ALPN} texts of 1 to 255 visible ASCII characters` };
    },
  }),
};

/** What the server of a handshake has and its client has not. */
export const SERVER_ONLY_OPTIONS = {
  certPem: pem({ default: null, doc: 'The certificate to show, and its chain.' }),
  keyPem: pem({ default: null, doc: 'The key of certPem, not encrypted.' }),
  verifyClient: oneOf(['none', 'request', 'require'], {
    default: null,
    doc: 'Whether clients may or must show a certificate, which has to be valid; `require` if `caPem` is given.',
  }),
};

/** The table of a listener's `tls`. */
export const SERVER_TLS_OPTIONS = {
  ...SERVER_ONLY_OPTIONS,
  caPem: pem({ default: null, doc: "The authorities of the clients' certificates, and no others." }),
  protocols: TLS_OPTIONS.protocols,
  alpn: custom<readonly string[], readonly string[]>({
    ...TLS_OPTIONS.alpn,
    doc: 'Application protocols to take. A peer that offers others alone is refused (RFC 7301).',
  }),
};

export type ServerTlsOptions = OptionsOf<typeof SERVER_TLS_OPTIONS>;
export type SettledServerTls = SettledOptions<typeof SERVER_TLS_OPTIONS>;

/** Bits. A signature by twice as many takes a second of everybody's time. */
const MAX_RSA = 8192;
const NO_PAIR = 'no certificate and its unencrypted key';

/** What the server's side of a handshake needs. */
export interface ServerTlsPlan {
  readonly context: SecureContext;
  readonly alpn: readonly string[];
  readonly verifyClient: 'none' | 'request' | 'require';
}

/**
 * Makes the plan for a listener, or for the server's side of `starttls`. Raises ArgumentError for PEM text that can't be
 * used; the error never repeats it.
 */
export function planServerTls(settled: SettledServerTls): ServerTlsPlan {
  const { certPem, keyPem, caPem, protocols, alpn } = settled;
  if (certPem === null || keyPem === null) throw new ArgumentError('tls: certPem and keyPem must both be given');
  const verifyClient = settled.verifyClient ?? (caPem === null ? 'none' : 'require');
  if ((caPem === null) !== (verifyClient === 'none')) {
    throw new ArgumentError(
      verifyClient === 'none' ? 'tls: caPem is given and verifyClient is none' : 'tls: verifyClient needs caPem',
    );
  }
  if (caPem !== null) checkAuthorities(caPem);
  try {
    checkPair(certPem, keyPem);
    const context = makeSecureContext({
      cert: certPem,
      key: keyPem,
      ...(caPem === null ? {} : { ca: caPem }),
      // A session that was begun under one plan counts for nothing under another.
      sessionIdContext: randomBytes(16).toString('hex'),
      ...contextBasics(protocols),
    });
    return { context, alpn, verifyClient };
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    // What OpenSSL says of the text may quote it.
    throw new ArgumentError(`certPem and keyPem can not be used: ${NO_PAIR}`);
  }
}

export type TlsOptions = OptionsOf<typeof TLS_OPTIONS>;
export type SettledTls = SettledOptions<typeof TLS_OPTIONS>;

/** What a handshake needs, made before the first packet. */
export interface TlsPlan {
  /** The same text for the same peer checks, keys and offers: part of a pool's key. */
  readonly key: string;
  readonly context: SecureContext;
  readonly verify: boolean;
  /** The host that the certificate must be for. */
  readonly expected: Host;
  readonly alpn: readonly string[];
}

/**
 * Makes the plan for a host. Raises ArgumentError for PEM text that can't be used; the error never repeats it.
 * `roots` are the host program's own authorities, in place of the bundled ones; `caPem` goes before both.
 */
export function planTls(options: SettledTls, host: Host, roots: string | null): TlsPlan {
  const expected = options.sni === null ? host : parseHost(options.sni);
  const ca = options.caPem ?? roots;
  const contextKey = digest([ca, options.clientCertPem, options.clientKeyPem, options.protocols]);
  return {
    key: digest([contextKey, options.verify, expected.kind, expected.text, options.alpn]),
    context: contextFor(contextKey, options, ca),
    verify: options.verify,
    expected,
    alpn: options.alpn,
  };
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

/** Reading the bundled roots takes milliseconds, so contexts are kept. The oldest goes when there are too many. */
const contexts = new Map<string, { readonly context: SecureContext; readonly weight: number }>();
const MAX_CONTEXTS = 64;
/** Characters of PEM, over all that are kept; OpenSSL takes some five bytes for each. A script can name many. */
export const MAX_CONTEXT_WEIGHT = 8_388_608;
/** That of the bundled roots, or a little more. */
const BUNDLED_WEIGHT = 200_000;

/** How much is kept, for tests. */
export function contextWeight(): number {
  return [...contexts.values()].reduce((sum, { weight }) => sum + weight, 0);
}

function contextFor(key: string, options: SettledTls, ca: string | null): SecureContext {
  const kept = contexts.get(key);
  if (kept !== undefined) {
    contexts.delete(key);
    contexts.set(key, kept);
    return kept.context;
  }
  const context = buildContext(options, ca);
  const weight = (ca?.length ?? BUNDLED_WEIGHT) + (options.clientCertPem?.length ?? 0);
  contexts.set(key, { context, weight });
  let total = contextWeight();
  for (const [oldest, { weight }] of contexts) {
    if (contexts.size <= MAX_CONTEXTS && total <= MAX_CONTEXT_WEIGHT) break;
    contexts.delete(oldest);
    total -= weight;
  }
  return context;
}

function buildContext(options: SettledTls, ca: string | null): SecureContext {
  const { clientCertPem, clientKeyPem, protocols } = options;
  if (ca !== null) checkAuthorities(ca);
  if ((clientCertPem === null) !== (clientKeyPem === null)) {
    throw new ArgumentError('clientCertPem and clientKeyPem must be given together');
  }
  try {
    if (clientCertPem !== null && clientKeyPem !== null) checkPair(clientCertPem, clientKeyPem);
    return makeSecureContext({
      ca: ca === null ? [...bundledRoots()] : ca,
      ...(clientCertPem === null || clientKeyPem === null ? {} : { cert: clientCertPem, key: clientKeyPem }),
      ...contextBasics(protocols),
    });
  } catch (error) {
    if (error instanceof ArgumentError) throw error;
    // What OpenSSL says of the text may quote it.
    throw new ArgumentError(`clientCertPem and clientKeyPem can not be used: ${NO_PAIR}`);
  }
}

/**
 * Raises for a key that can't be used with the certificate: OpenSSL takes pairs of different kinds and has none in the
 * handshake. SECURITY: no handshake may hold the kernel up by its key (test/attacks/dial-slow-keys.test.ts).
 */
function checkPair(certificate: string, text: string): void {
  const key = createPrivateKey(text);
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) > MAX_RSA) {
    throw new ArgumentError(`an RSA key of more than ${MAX_RSA} bits can not be used`);
  }
  if (!new X509Certificate(certificate).checkPrivateKey(key)) throw new TypeError('not the key of this certificate');
}

/** What either side states. */
function contextBasics(protocols: readonly TlsProtocol[]) {
  return {
    minVersion: protocols[0] ?? 'TLSv1.3',
    maxVersion: protocols.at(-1) ?? 'TLSv1.3',
    // Not tls.DEFAULT_CIPHERS: a flag of the process may have changed it.
    ciphers: constants.defaultCoreCipherList,
    // A peer that renegotiates could present another certificate, which nobody would check.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
  } as const;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** SECURITY: Node takes PEM without a certificate for "no authority" in silence (src/net/dial/tls-options.test.ts). */
function checkAuthorities(text: string): void {
  const blocks = text.match(CERTIFICATE) ?? [];
  const whole = blocks.length > 0 && blocks.length === text.split('-----BEGIN ').length - 1;
  try {
    if (!whole) throw new TypeError('no certificate');
    for (const block of blocks) new X509Certificate(block);
  } catch {
    throw new ArgumentError('caPem can not be used: it must hold certificates and nothing else');
  }
}
