/**
 * A client's options, read once: what it sends, where its credentials belong, what bounds its requests. Trusted side.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { checkOptions, settleOptions } from '../options.ts';
import { authHeader } from './auth.ts';
import { type Belonging, checkBelonging, readOrigins } from './credentials.ts';
import { flattenHeaders, type Header, type HeaderRules, header, sortHeaders } from './headers.ts';
import { CLIENT_OPTIONS, type ClientOptions, type SettledClient } from './options.ts';
import { isSecret, type SecretReference, secretOf } from './secret.ts';
import { readUrl } from './url.ts';

export interface ClientConfig extends Belonging {
  readonly settled: SettledClient;
  readonly baseUrl: URL | null;
  /** Sent with every request: the usual ones, and its own. */
  readonly plain: readonly Header[];
  readonly own: readonly Header[];
  /** `plain` as it is sent, with the credentials where they belong: the headers of a request that brings none of its own. */
  readonly flat: { readonly trusted: readonly string[]; readonly others: readonly string[] };
  /** Sent where they belong. */
  readonly credentials: readonly Header[];
  /** A secret of the host's that goes along where the client's credentials go. */
  readonly secret: SecretReference | null;
  readonly dropped: readonly string[];
  /** What the maker of the client set as a bound; a request stays below it. */
  readonly bounds: ClientOptions;
}

/** What everybody sends who does not say otherwise. */
function defaults(userAgent: string): readonly Header[] {
  return [
    header('User-Agent', userAgent),
    header('Accept', '*/*'),
    header('Accept-Encoding', 'gzip, deflate, br, zstd'),
  ];
}

/** Reads a client's options. Raises ArgumentError, also for credentials that would belong nowhere. */
export function readConfig(raw: unknown, environment: HeaderRules & { readonly userAgent: string }): ClientConfig {
  const bounds = checkOptions(CLIENT_OPTIONS, raw, 'client');
  const { auth, ...others } = bounds;
  // A name that has been read is a reference, which is no name to be read again.
  const settled: SettledClient = { ...settleOptions(CLIENT_OPTIONS, others, 'client'), auth };
  const baseUrl = settled.baseUrl === null ? null : readUrl(settled.baseUrl);
  const sorted = sortHeaders(settled.headers ?? {}, environment);
  const credentials = withAuth(sorted.credentials, settled);
  const belonging = { base: baseUrl?.origin ?? null, credentialsFor: readOrigins(settled.credentialsFor) };
  if ((settled.clientCertPem === null) !== (settled.clientKeyPem === null)) {
    throw new ArgumentError('client: clientCertPem and clientKeyPem must be given together');
  }
  const secret = secretOf(settled.auth);
  checkBelonging(credentials.length > 0 || secret !== null || settled.clientCertPem !== null, belonging);
  const plain = [...defaults(environment.userAgent), ...sorted.plain];
  return {
    ...belonging,
    settled,
    baseUrl,
    plain,
    flat: { trusted: flattenHeaders([plain, credentials]), others: flattenHeaders([plain]) },
    own: sorted.plain,
    credentials,
    secret,
    dropped: sorted.dropped,
    bounds,
  };
}

function withAuth(credentials: readonly Header[], { auth }: SettledClient): readonly Header[] {
  return auth === undefined || isSecret(auth) ? credentials : addAuth(credentials, authHeader(auth), 'client');
}

/** Adds the header that `auth` makes. Raises ArgumentError if the headers have one already. */
export function addAuth(credentials: readonly Header[], made: Header, what: string): readonly Header[] {
  if (credentials.some(({ lower }) => lower === made.lower)) {
    throw new ArgumentError(`${what}: give either auth or an Authorization header`);
  }
  return [...credentials, made];
}
