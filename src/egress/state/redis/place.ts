/**
 * Where a Redis or Valkey server is, from the URL that an operator wrote. Trusted side, pure. The password is in no text
 * but the one that the server gets.
 */

export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  /** Null: no TLS. */
  readonly tls: TlsFiles | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly database: number;
  /** Begins every key, so that several egresses can share a server. */
  readonly prefix: string;
}

/** Paths of PEM files; null: the bundled authorities, and no certificate of this client. */
export interface TlsFiles {
  readonly ca: string | null;
  /** The certificate, and in the same file its key. */
  readonly cert: string | null;
}

export const REDIS_URL = 'redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=NAME]';

const DEFAULT_PORT = 6_379;
const DEFAULT_PREFIX = 'caspian-net';
const TLS: ReadonlyMap<string, boolean> = new Map([
  ['redis:', false],
  ['valkey:', false],
  ['rediss:', true],
  ['valkeys:', true],
]);

/** Null if this is no such URL. */
export function readRedisUrl(raw: string): RedisPlace | null {
  const url = URL.parse(raw);
  const tls = url === null ? undefined : TLS.get(url.protocol);
  if (url === null || tls === undefined || url.hostname === '' || url.hash !== '') return null;
  const [, database = '0'] = /^\/?([0-9]{1,4})?$/.exec(url.pathname) ?? [undefined, null];
  const { prefix = DEFAULT_PREFIX, ca = null, cert = null, ...others } = Object.fromEntries(url.searchParams);
  if (database === null || !/^[\w.-]{1,64}$/.test(prefix) || Object.keys(others).length > 0) return null;
  if (ca === '' || cert === '' || (!tls && (ca ?? cert) !== null)) return null;
  try {
    return {
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? DEFAULT_PORT : Number(url.port),
      tls: tls ? { ca, cert } : null,
      username: url.username === '' ? null : decodeURIComponent(url.username),
      password: url.password === '' ? null : decodeURIComponent(url.password),
      database: Number(database),
      prefix,
    };
  } catch {
    // A percent sign that encodes nothing.
    return null;
  }
}
