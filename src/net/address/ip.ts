/**
 * IP addresses as values. Trusted side, pure. ipaddr.js does the parsing; ours is the strictness (no octal, hex, short
 * forms or zone ids), one canonical text for each address, and the 32-bit words that ranges are matched by.
 */
import ipaddr from 'ipaddr.js';

export interface IpAddress {
  readonly family: 4 | 6;
  /** Canonical: dotted decimal, or RFC 5952. Two addresses are the same if and only if their texts are. */
  readonly text: string;
  /** The address as unsigned 32-bit words, the most significant first: one for IPv4, four for IPv6. */
  readonly words: readonly number[];
}

const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const DOTTED = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);
const COLONED = new RegExp(`^[0-9a-f:]*:(?:[0-9a-f]{1,4}|:|${OCTET}(?:\\.${OCTET}){3})$`, 'i');
const LONG_GROUP = /[0-9a-f]{5}/i;
/** The longest spelling: six full groups and a dotted quad. */
const LONGEST = 45;

/** An address from 16 (or 4) bytes in network order. An IPv4-mapped one (RFC 4291 section 2.5.5.2) is the IPv4. */
export function ipFromBytes(bytes: readonly number[]): IpAddress {
  const words: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) words.push(wordAt(bytes, at));
  if (words.length === 1) return { family: 4, text: bytes.join('.'), words };
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) return ipFromBytes(bytes.slice(12));
  return { family: 6, text: new ipaddr.IPv6([...bytes]).toRFC5952String(), words };
}

function wordAt(bytes: readonly number[], at: number): number {
  let word = 0;
  for (let i = at; i < at + 4; i++) word = word * 256 + (bytes[i] ?? 0);
  return word;
}

/** The bytes of an address in network order: 4 or 16. */
export function ipBytes(ip: IpAddress): number[] {
  return ip.words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
}

/**
 * A strict literal as a resolver or `socket.remoteAddress` gives it: four decimal octets without leading zeros, or
 * IPv6 without brackets and zone id. `::ffff:a.b.c.d` is the IPv4. Null for anything else.
 */
export function parseIp(text: string): IpAddress | null {
  if (text.length > LONGEST) return null;
  if (DOTTED.test(text)) return ipFromBytes(ipaddr.IPv4.parse(text).toByteArray());
  if (!COLONED.test(text) || LONG_GROUP.test(text) || text.includes(':::')) return null;
  try {
    return ipFromBytes(ipaddr.IPv6.parse(text).toByteArray());
  } catch {
    return null; // ipaddr.js throws for what it can't read: too many groups, two `::`
  }
}
