/**
 * A host and a port that someone asks for: what decisions are about and what is then dialled. Trusted side, pure.
 */
import { ArgumentError } from '../../errors/classes.ts';
import { escapeText } from './escape.ts';
import { type Host, hostText, parseHost } from './host.ts';

export interface Target {
  readonly host: Host;
  /** 1–65535 to connect; 0–65535 to listen. */
  readonly port: number;
  /** The host as the caller wrote it; hostile text, for messages only and escaped there. */
  readonly written: string;
}

/** The target of a host and a port to connect to. Throws ArgumentError for what is no host or no port. */
export function parseTarget(host: string, port: number): Target {
  return { host: parseHost(host), port: checkPort(port, 1), written: host };
}

/** The same for listening, where port 0 is one that the system picks. */
export function parseListenTarget(host: string, port: number): Target {
  return { host: parseHost(host), port: checkPort(port, 0), written: host };
}

function checkPort(port: unknown, lowest: 0 | 1): number {
  if (typeof port === 'number' && Number.isInteger(port) && port >= lowest && port <= 65535) return port;
  const shown = typeof port === 'number' ? String(port) : escapeText(port);
  throw new ArgumentError(`${shown} is no port: ports are whole numbers from ${lowest} to 65535`);
}

/** `host:port`, IPv6 in brackets. */
export function targetText(target: Target): string {
  return `${hostText(target.host)}:${target.port}`;
}
