/**
 * A host and a port that someone asks for: what decisions are about and what is then dialled. Trusted side, pure.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from './escape.ts';
import { type Host, hostText, parseHost } from './host.ts';

/** A host, and a port where the question has one: what an operation is about. */
export interface Place {
  readonly host: Host;
  readonly port: number | null;
  /** The host as the caller wrote it; hostile text, for messages only and escaped there. */
  readonly written: string;
}

export interface Target extends Place {
  /** 1–65535 to connect; 0–65535 to listen. */
  readonly port: number;
}

/** The target of a host and a port to connect to. Throws ArgumentError for what is no host or no port. */
export function parseTarget(host: string, port: number): Target {
  return { host: parseHost(host), port: checkPort(port, 1), written: host };
}

/** The same for listening, where port 0 is one that the system picks. */
export function parseListenTarget(host: string, port: number): Target {
  return { host: parseHost(host), port: checkPort(port, 0), written: host };
}

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ['http:', 80],
  ['ws:', 80],
  ['https:', 443],
  ['wss:', 443],
]);

/** The last URL that was read: one request is asked about several times. By its text, which says all of it. */
let last: { readonly href: string; readonly target: Target } | null = null;

/** The target of a URL to request. Throws ArgumentError for a scheme but http, https, ws and wss. */
export function parseUrlTarget(url: URL): Target {
  const { href } = url;
  if (last?.href === href) return last.target;
  const { protocol, hostname, port } = url;
  const usual = DEFAULT_PORTS.get(protocol);
  if (usual === undefined) throw new ArgumentError(`${escapeText(protocol)} is no scheme to request`);
  const host = parseHost(hostname);
  const target = Object.freeze({ host, port: port === '' ? usual : Number(port), written: hostname });
  last = { href, target };
  return target;
}

function checkPort(port: unknown, lowest: 0 | 1): number {
  if (typeof port === 'number' && Number.isInteger(port) && port >= lowest && port <= 65535) return port;
  const shown = typeof port === 'number' ? String(port) : escapeText(port);
  throw new ArgumentError(`${shown} is no port: ports are whole numbers from ${lowest} to 65535`);
}

/** `host:port`, or the host alone where there is no port; IPv6 in brackets. */
export function targetText({ host, port }: Place): string {
  return port === null ? hostText(host) : `${hostText(host)}:${port}`;
}
