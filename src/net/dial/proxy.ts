/**
 * A proxy as it is named: by one URL, `http://` for CONNECT or `socks5://`. Trusted side, pure; what is named by a script
 * is hostile. No message repeats the URL, which may hold a password.
 */
import { createHash } from 'node:crypto';
import { readHost } from '../address/host.ts';
import type { Read } from '../options.ts';

export interface ProxyPlan {
  readonly kind: 'http' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** The same text for the same proxy and credentials: part of a pool's key. */
  readonly key: string;
}

const KINDS: ReadonlyMap<string, { readonly kind: ProxyPlan['kind']; readonly port: number }> = new Map([
  ['http:', { kind: 'http', port: 80 }],
  ['socks5:', { kind: 'socks5', port: 1080 }],
  ['socks5h:', { kind: 'socks5', port: 1080 }],
]);

const HINT = 'must be like http://host:port or socks5://user:password@host:port';
/** RFC 1929 has one byte for a length. */
const MAX_CREDENTIAL = 255;

/** Reads the option: the URL as it was written, once it is known to name a proxy. */
export function readProxyOption(raw: unknown): Read<string> {
  const read = readProxy(raw);
  return 'refused' in read ? read : { value: String(raw) };
}

/** The plan for a URL that `readProxyOption` has passed; null for none. */
export function planProxy(url: string | null): ProxyPlan | null {
  const read = readProxy(url);
  return 'value' in read ? read.value : null;
}

function readProxy(raw: unknown): Read<ProxyPlan> {
  if (typeof raw !== 'string' || /[\p{Cc}\s\\]/u.test(raw)) return { refused: HINT };
  const url = URL.parse(raw);
  const known = url === null ? undefined : KINDS.get(url.protocol);
  if (url === null || known === undefined) return { refused: HINT };
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '')
    return { refused: `${HINT}, without a path` };
  const host = readHost(url.hostname.replace(/^\[|\]$/g, ''));
  if (host === null) return { refused: 'names no host' };
  const credentials = readCredentials(url);
  if (credentials === undefined) return { refused: 'has a user or a password that can not be read' };
  const port = url.port === '' ? known.port : Number(url.port);
  if (port === 0) return { refused: 'names no port' };
  const { kind } = known;
  const key = createHash('sha256')
    .update(JSON.stringify([kind, host.text, port, credentials]))
    .digest('base64url');
  return { value: { kind, host: host.text, port, credentials, key } };
}

/** Null for none, undefined for what no proxy could be told. */
function readCredentials({ username, password }: URL): ProxyPlan['credentials'] | undefined {
  if (username === '' && password === '') return null;
  try {
    const credentials = { user: decodeURIComponent(username), password: decodeURIComponent(password) };
    return fits(credentials.user) && fits(credentials.password) && !credentials.user.includes(':')
      ? credentials
      : undefined;
  } catch {
    return undefined;
  }
}

function fits(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') <= MAX_CREDENTIAL && !/\p{Cc}/u.test(text);
}
