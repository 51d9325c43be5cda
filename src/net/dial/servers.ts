/**
 * Name servers as the host program names them, read. Trusted side, pure.
 */
import { hostText } from '../address/host.ts';
import { parseIp } from '../address/ip.ts';

const WITH_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+))(?::([1-9][0-9]{0,4}))?$/;

/** An address with or without a port, in the form that Node takes; null for what is none. IPv6 before a port: `[::1]:53`. */
export function readServer(text: string): string | null {
  const bare = parseIp(text);
  if (bare !== null) return hostText({ kind: 'ip', text: bare.text, ip: bare });
  const [, six, four, port] = WITH_PORT.exec(text) ?? [];
  const ip = parseIp(six ?? four ?? '');
  if (ip === null || (six !== undefined && ip.family !== 6) || Number(port ?? 53) > 65_535) return null;
  const written = hostText({ kind: 'ip', text: ip.text, ip });
  return port === undefined ? written : `${written}:${port}`;
}
