/**
 * What a caller asks of a WebSocket, made into what is sent. Trusted side, pure; everything is refused here that can be,
 * before anything is dialled.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { Host } from '../address/host.ts';
import { planTls, TLS_OPTIONS, type TlsPlan } from '../dial/tls-options.ts';
import { authHeader } from '../http/auth.ts';
import { addAuth } from '../http/config.ts';
import { flattenHeaders, type HeaderRules, header, headerBytes, sortHeaders } from '../http/headers.ts';
import type { HopExtras, SocketCall } from '../http/policy.ts';
import { isSecret, type SecretReference, secretOf } from '../http/secret.ts';
import { readWebSocketUrl, withQuery, writtenHost } from '../http/url.ts';
import { settleOptions } from '../options.ts';
import { anyOf } from '../signals.ts';
import { type SettledWebSocket, WEB_SOCKET_OPTIONS } from './options.ts';

export interface WebSocketAsk {
  readonly url: URL;
  /** The host as the caller wrote it, where that is another text. */
  readonly written: string | undefined;
  readonly options: SettledWebSocket;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** One that the host keeps, by name: under a policy only. */
  readonly secret: SecretReference | null;
  /** Sent after the URL's own query, and shown nowhere; null for nothing. */
  readonly addedQuery: string | null;
  /** Names of the caller's headers that are not sent. */
  readonly dropped: readonly string[];
}

/** Reads the URL and the options. Raises ArgumentError. */
export function readAsk(
  rawUrl: unknown,
  rawOptions: unknown,
  about: HeaderRules & { readonly userAgent: string },
): WebSocketAsk {
  const options = settleOptions(WEB_SOCKET_OPTIONS, rawOptions, 'web_socket');
  if ((options.clientCertPem === null) !== (options.clientKeyPem === null)) {
    throw new ArgumentError('web_socket: clientCertPem and clientKeyPem must be given together');
  }
  const bare = readWebSocketUrl(rawUrl);
  const sorted = sortHeaders(options.headers ?? {}, about);
  // The handshake's own (RFC 6455 section 11.3) are the kernel's.
  const own = sorted.plain.filter(({ lower }) => lower.startsWith('sec-websocket-'));
  const plain = sorted.plain.filter((one) => !own.includes(one));
  const { auth } = options;
  const credentials =
    auth === undefined || isSecret(auth)
      ? sorted.credentials
      : addAuth(sorted.credentials, authHeader(auth), 'web_socket');
  return {
    url: options.query === undefined ? bare : withQuery(bare, options.query),
    written: writtenHost(bare, String(rawUrl)),
    options,
    secret: secretOf(auth),
    addedQuery: null,
    headers: toRecord(flattenHeaders([[header('User-Agent', about.userAgent)], plain, credentials])),
    dropped: [...sorted.dropped, ...own.map(({ lower }) => lower)],
  };
}

/** As a policy sees it. `signal`: what ends it beside its own. */
export function callOf(
  { url, secret, headers, options }: WebSocketAsk,
  { signal, refused }: { readonly signal?: AbortSignal | undefined; readonly refused: SocketCall['refused'] },
): SocketCall {
  const { timeout, connectTimeout, verify, caPem } = options;
  return {
    url,
    secret,
    timeout,
    connectTimeout,
    headerBytes: headerBytes(Object.entries(headers).flat(2)),
    usualTls: verify && caPem === null,
    signal: anyOf(options.signal, signal),
    refused,
  };
}

/** With what goes along by a policy's word; a header of the caller's under the same name does not. */
export function withExtras(ask: WebSocketAsk, { headers, query }: HopExtras): WebSocketAsk {
  const added = toRecord(headers);
  const names = new Set(Object.keys(added).map((name) => name.toLowerCase()));
  const own = Object.entries(ask.headers).filter(([name]) => !names.has(name.toLowerCase()));
  return { ...ask, headers: { ...Object.fromEntries(own), ...added }, addedQuery: query };
}

/** The TLS that the options ask for. Raises ArgumentError for PEM text that can't be used. */
export function tlsOf(options: SettledWebSocket, host: Host, roots: string | null): TlsPlan {
  const { verify, caPem, clientCertPem, clientKeyPem } = options;
  const given = {
    verify,
    alpn: ['http/1.1'],
    ...(caPem === null ? {} : { caPem }),
    ...(clientCertPem === null ? {} : { clientCertPem, clientKeyPem }),
  };
  return planTls(settleOptions(TLS_OPTIONS, given, 'web_socket'), host, roots);
}

/** Names and values in turn, as one value or a list for each name. */
function toRecord(flat: readonly string[]): Readonly<Record<string, string | readonly string[]>> {
  const record: Record<string, string | readonly string[]> = Object.create(null);
  for (let at = 0; at < flat.length; at += 2) {
    const [name = '', value = ''] = flat.slice(at, at + 2);
    const before = record[name];
    record[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
  }
  return record;
}

/** The path with what a policy adds to its query. */
export function sentPath(path: string, added: string | null): string {
  return added === null ? path : `${path}${path.includes('?') ? '&' : '?'}${added}`;
}
