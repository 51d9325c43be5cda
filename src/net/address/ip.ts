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
/** Groups of up to four hexadecimal digits and colons, then perhaps an IPv4; ipaddr.js sees to the rest. */
const COLONED = /^(?:[0-9a-f]{0,4}:){2,8}([0-9a-f]{0,4}|[0-9.]+)$/i;
/** The longest spelling: six full groups and a dotted quad. */
const LONGEST = 45;

/** An address from its 32-bit words, one or four. An IPv4-mapped one (RFC 4291 section 2.5.5.2) is the IPv4. */
export function ipFromWords(words: readonly number[]): IpAddress {
  const [one = 0, two, three = 0, four = 0] = words;
  if (two === undefined) return ipv4(dotted(one), one);
  const groups = [one >>> 16, one & 0xffff, two >>> 16, two & 0xffff, three >>> 16, three & 0xffff];
  return ipv6(new ipaddr.IPv6([...groups, four >>> 16, four & 0xffff]));
}

/** The address that ipaddr.js has read; an IPv4-mapped one is the IPv4. */
function ipv6(read: ipaddr.IPv6): IpAddress {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = read.parts;
  const words = [a * 65536 + b, c * 65536 + d, e * 65536 + f, g * 65536 + h];
  const [one, two, three, four = 0] = words;
  if (one === 0 && two === 0 && three === 0xffff) return ipv4(dotted(four), four);
  return { family: 6, text: read.toRFC5952String(), words };
}

function ipv4(text: string, word: number): IpAddress {
  return { family: 4, text, words: [word] };
}

function dotted(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** An address from its 4 or 16 bytes in network order. */
export function ipFromBytes(bytes: readonly number[]): IpAddress {
  const words: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const [one = 0, two = 0, three = 0, four = 0] = bytes.slice(at, at + 4);
    words.push(((one << 24) | (two << 16) | (three << 8) | four) >>> 0);
  }
  return ipFromWords(words);
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
  if (DOTTED.test(text)) return ipv4(text, wordOfDotted(text));
  const last = COLONED.exec(text)?.[1];
  const groups = last === undefined ? null : withoutDotted(text, last);
  if (groups === null) return null;
  try {
    return ipv6(ipaddr.IPv6.parse(groups));
  } catch {
    return null; // ipaddr.js throws for what it can't read: too many groups, two `::`
  }
}

/** ipaddr.js takes octal in a final dotted quad, and `::1.2.3.4` for `::ffff:1.2.3.4`: it is given groups instead. */
function withoutDotted(text: string, last: string): string | null {
  if (!last.includes('.')) return text;
  if (!DOTTED.test(last)) return null;
  const word = wordOfDotted(last);
  return `${text.slice(0, -last.length)}${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}`;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** The number that strict dotted decimal stands for: four octets, which the caller has made sure of. */
function wordOfDotted(text: string): number {
  let word = 0;
  let octet = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      word = word * 256 + octet;
      octet = 0;
    } else octet = octet * 10 + code - ZERO;
  }
  return word * 256 + octet;
}
