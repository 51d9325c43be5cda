/**
 * The one table of every error: URL, class name, code, whether trying again can help.
 * Crosses between script and kernel; imports nothing. Classes, messages, docs and tests are made from it.
 */

/** How a failure answers "would the same call, made again, have a chance?" when nothing more is known. */
export interface ErrorRow {
  /** The class as Caspian names it. Unique. */
  readonly type: string;
  /** The class as TypeScript names it. Unique. */
  readonly name: string;
  /** A stable code for programs. Unique. */
  readonly code: string;
  /** The `type` of the parent class; null for the root. */
  readonly parent: string | null;
  /** The default of `retryable`; a single error may say otherwise (a temporary DNS failure). */
  readonly retryable: boolean;
  /** One line for the reference page. */
  readonly when: string;
}

const ROOT = 'puck.uno/error';
const NETWORK = `${ROOT}/network`;

function row(type: string, name: string, code: string, retryable: boolean, when: string, parent: string): ErrorRow {
  return Object.freeze({ type, name, code, parent, retryable, when });
}

function network(path: string, name: string, code: string, retryable: boolean, when: string, parent = NETWORK) {
  return row(`${NETWORK}/${path}`, name, code, retryable, when, parent);
}

function plain(path: string, name: string, code: string, when: string) {
  return row(`${ROOT}/${path}`, name, code, false, when, ROOT);
}

function isolate(path: string, name: string, code: string, when: string) {
  return row(`${ROOT}/isolate/${path}`, name, code, false, when, `${ROOT}/isolate`);
}

/** Every error of this package, the roots first: what `type` and `code` mean, and which class each has. */
export const ERROR_TABLE: readonly ErrorRow[] = Object.freeze([
  Object.freeze({
    type: ROOT,
    name: 'CaspianError',
    code: 'ERROR',
    parent: null,
    retryable: false,
    when: 'the root of every exception',
  }),
  row(NETWORK, 'NetworkError', 'NET_ERROR', false, 'the root of every network error', ROOT),
  network(
    'host_not_allowed',
    'HostNotAllowedError',
    'NET_HOST_NOT_ALLOWED',
    false,
    'the host or interface is not granted, or is denied',
  ),
  network(
    'address_not_allowed',
    'AddressNotAllowedError',
    'NET_ADDRESS_NOT_ALLOWED',
    false,
    'the name is granted, every address behind it is denied',
    `${NETWORK}/host_not_allowed`,
  ),
  network(
    'port_not_allowed',
    'PortNotAllowedError',
    'NET_PORT_NOT_ALLOWED',
    false,
    'the host is granted, the port is not',
  ),
  network('revoked', 'RevokedError', 'NET_REVOKED', false, 'the capability was revoked or has expired'),
  network(
    'budget_exhausted',
    'BudgetExhaustedError',
    'NET_BUDGET',
    false,
    'requests, bytes or the time left to the caller are used up (time: retryable)',
  ),
  network(
    'rate_limited',
    'RateLimitedError',
    'NET_RATE',
    true,
    'too many calls in a while; `retryAfter` says how many seconds to wait',
  ),
  network(
    'limit_reached',
    'LimitReachedError',
    'NET_LIMIT',
    true,
    'too many connections, sockets or handles at once (calls per run: not retryable)',
  ),
  network(
    'too_large',
    'TooLargeError',
    'NET_SIZE',
    false,
    'a body, line or message is over a cap that the caller or the policy set',
  ),
  network(
    'secret_not_allowed',
    'SecretNotAllowedError',
    'NET_AUTH',
    false,
    'the secret is unknown, or not for this host or caller',
  ),
  network('timeout', 'TimeoutError', 'NET_TIMEOUT', true, 'not done in time; `phase` says in which phase'),
  network('connection_refused', 'ConnectionRefusedError', 'NET_REFUSED', true, 'nothing listens there'),
  network(
    'connection_reset',
    'ConnectionResetError',
    'NET_RESET',
    true,
    'reset, or ended before what was promised had come',
  ),
  network(
    'dns_failure',
    'DnsFailureError',
    'NET_DNS',
    false,
    'the name could not be resolved; `reason` is not_found, temporary (retryable) or invalid_name',
  ),
  network('tls', 'TlsError', 'NET_TLS', false, 'the TLS handshake or the certificate failed; `reason` says how'),
  network('protocol', 'ProtocolError', 'NET_PROTOCOL', false, 'the peer broke the protocol'),
  network('socket', 'SocketError', 'NET_SOCKET', false, 'anything else; carries the code of the system'),
  plain('argument', 'ArgumentError', 'ARGUMENT', 'a missing, surplus, unknown or unusable argument'),
  plain('grant_syntax', 'GrantSyntaxError', 'GRANT_SYNTAX', 'a rule of a grant can not be read'),
  plain('json', 'JsonError', 'JSON', 'the text is no JSON'),
  plain('encoding', 'EncodingError', 'ENCODING', 'the bytes are no text in that encoding'),
  plain(
    'file_not_allowed',
    'FileNotAllowedError',
    'FILE_NOT_ALLOWED',
    'the path is outside every folder that was granted',
  ),
  plain('isolate', 'IsolateError', 'ISOLATE', 'the root of what goes wrong with an isolate'),
  isolate('ended', 'IsolateEndedError', 'ISOLATE_ENDED', 'the isolate has ended; `reason` says why'),
  isolate('syntax', 'ScriptSyntaxError', 'ISOLATE_SYNTAX', 'the source for an isolate can not be read; says where'),
  isolate('not_cloneable', 'NotCloneableError', 'ISOLATE_CLONE', 'the data can not cross between host and isolate'),
  plain('http_status', 'HttpStatusError', 'HTTP_STATUS', 'raise_for_status met a 4xx or 5xx'),
]);

const byType = new Map(ERROR_TABLE.map((entry) => [entry.type, entry]));
const byName = new Map(ERROR_TABLE.map((entry) => [entry.name, entry]));

/** The row of a type URL, or undefined for a type that is not in the table (a script's own class). */
export function errorRow(type: string): ErrorRow | undefined {
  return byType.get(type);
}

/** The row of a TypeScript class. Throws for a name that is not in the table: that is a mistake in this package. */
export function errorRowNamed(name: string): ErrorRow {
  const found = byName.get(name);
  if (found === undefined) throw new TypeError(`no error class is called ${name}`);
  return found;
}

/** True if `type` is `ancestor` or one of its descendants by the table. */
export function isErrorType(type: string, ancestor: string): boolean {
  for (let current: string | null = type; current !== null; ) {
    if (current === ancestor) return true;
    current = byType.get(current)?.parent ?? null;
  }
  return false;
}
