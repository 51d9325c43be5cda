/**
 * The options of `openNet`: one table, and one for the limits in it. Trusted side; the values are the host program's.
 */
import type { Clock } from './clock.ts';
import { readProxyOption } from './dial/proxy.ts';
import type { Resolve } from './dial/resolve.ts';
import { readServer } from './dial/servers.ts';
import {
  checkOptions,
  custom,
  integer,
  type OptionsOf,
  pem,
  type SettledOptions,
  settleOptions,
  text,
  textList,
} from './options.ts';

/** The version of this package, as package.json has it. */
export const VERSION = '0.1.0';

export const LIMIT_OPTIONS = {
  readAhead: integer({
    default: 262_144,
    min: 1,
    max: 2 ** 26,
    unit: 'bytes',
    doc: 'What may lie unread in a socket before its peer is made to wait.',
  }),
  idleConnections: integer({ default: 256, min: 0, max: 65_536, doc: 'HTTP connections kept for reuse.' }),
  connections: integer({ default: 4096, min: 1, max: 65_536, doc: 'HTTP connections at once, lent and idle.' }),
  connectionsPerOrigin: integer({
    default: 128,
    min: 1,
    max: 65_536,
    doc: 'HTTP connections to one origin at once; a request that would need one more waits for it.',
  }),
};

export type LimitOptions = OptionsOf<typeof LIMIT_OPTIONS>;

export const OPEN_OPTIONS = {
  resolve: custom<Resolve, undefined>({
    type: 'function',
    default: undefined,
    doc: "Every address of a name, in order of preference, in place of the system's resolver.",
    read: (raw) => (isResolve(raw) ? { value: raw } : { refused: 'must be a function' }),
  }),
  dnsServers: custom<readonly string[], null>({
    type: 'list of text',
    range: 'address or address:port each, IPv6 with a port in brackets',
    default: null,
    doc: "The name servers to ask, in place of the system's: for records, and without `resolve` for all addresses.",
    read: (raw) => {
      const list: unknown[] = Array.isArray(raw) ? raw : [];
      const servers = list.map((text) => (typeof text === 'string' ? readServer(text) : null));
      const known = servers.filter((server) => server !== null);
      return known.length === 0 || known.length !== servers.length
        ? { refused: 'must be a list of addresses, each with or without a port' }
        : { value: known };
    },
  }),
  ca: pem({
    default: null,
    doc: 'The authorities to trust in place of the bundled ones, where `caPem` names no others.',
  }),
  allowFsRead: textList({ default: [], doc: 'Folders below which a request may name files to send.' }),
  allowFsWrite: textList({ default: [], doc: 'Folders below which downloads may be put.' }),
  proxy: custom<string, null>({
    type: 'URL',
    range: 'http://host:port or socks5://host:port, with user:password@ before the host or not',
    default: null,
    doc: 'What all HTTP goes through. It must be granted, and so must what lies behind it.',
    read: readProxyOption,
  }),
  userAgent: text({ default: `caspian/${VERSION}`, doc: 'The User-Agent of HTTP requests that bring none.' }),
  clock: custom<Clock, undefined>({
    type: 'clock',
    default: undefined,
    doc: "The time and its timers, in place of the system's: for tests.",
    read: (raw) => (isClock(raw) ? { value: raw } : { refused: 'must have now() and after()' }),
  }),
  limits: custom<LimitOptions, undefined>({
    type: 'object',
    default: undefined,
    doc: 'See the limits.',
    read: (raw) => ({ value: checkOptions(LIMIT_OPTIONS, raw, 'openNet limits') }),
  }),
};

/** What `openNet` takes. Units and defaults: spec/embedding.md. */
export type OpenNetOptions = OptionsOf<typeof OPEN_OPTIONS>;

/** As the tables say, limits included. */
export interface SettledOpen extends Omit<SettledOptions<typeof OPEN_OPTIONS>, 'limits'> {
  readonly limits: SettledOptions<typeof LIMIT_OPTIONS>;
}

/** The options of `openNet`, checked, with defaults. Raises ArgumentError. */
export function readOpenOptions(raw: unknown): SettledOpen {
  const settled = settleOptions(OPEN_OPTIONS, raw, 'openNet');
  return { ...settled, limits: settleOptions(LIMIT_OPTIONS, settled.limits, 'openNet limits') };
}

function isResolve(raw: unknown): raw is Resolve {
  return typeof raw === 'function';
}

function isClock(raw: unknown): raw is Clock {
  return raw !== null && typeof raw === 'object' && 'now' in raw && 'after' in raw;
}
