/**
 * Networks (an address and a prefix length) and a table that finds those an address lies in. Trusted side, pure.
 */
import { type IpAddress, ipBytes, ipFromBytes, parseIp } from './ip.ts';

export interface Cidr {
  /** The first address of the network: host bits are zero. */
  readonly ip: IpAddress;
  readonly length: number;
}

/** How many leading bits of an IPv4-mapped address come before the IPv4. */
const MAPPED_BITS = 96;

/** The network of `length` bits around an address as it was written; null if that length is impossible there. */
export function readCidr(address: string, length: number): Cidr | null {
  const ip = parseIp(address);
  if (ip === null) return null;
  const mapped = ip.family === 4 && address.includes(':');
  if (mapped && length < MAPPED_BITS) return maskMapped(ip, length);
  const own = mapped ? length - MAPPED_BITS : length;
  return own <= ip.words.length * 32 ? maskTo(ip, own) : null;
}

/** The network of `length` bits that `ip` lies in. */
export function maskTo(ip: IpAddress, length: number): Cidr {
  return { ip: ipFromBytes(ipBytes(ip).map((byte, at) => byte & byteMask(length - at * 8))), length };
}

/** `::ffff:a.b.c.d/90` and the like: an IPv6 network, since fewer than 96 bits leave nothing of the IPv4. */
function maskMapped(ip: IpAddress, length: number): Cidr {
  const bytes = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...ipBytes(ip)];
  return { ip: ipFromBytes(bytes.map((byte, at) => byte & byteMask(length - at * 8))), length };
}

function byteMask(bits: number): number {
  if (bits >= 8) return 255;
  return bits <= 0 ? 0 : (0xff00 >>> bits) & 255;
}

/** `10.0.0.0/8` */
export function cidrText(cidr: Cidr): string {
  return `${cidr.ip.text}/${cidr.length}`;
}

/** A network of this package's own tables. Throws for text that is none: a mistake in the table. */
export function cidrOf(text: string): Cidr {
  const [address = '', length = ''] = text.split('/');
  const cidr = readCidr(address, Number(length));
  if (cidr === null) throw new TypeError(`${text} is no network`);
  return cidr;
}

/** True if `ip` lies in `cidr`. */
export function cidrContains(cidr: Cidr, ip: IpAddress): boolean {
  if (cidr.ip.family !== ip.family) return false;
  for (let at = 0, left = cidr.length; left > 0; at++, left -= 32) {
    if ((((cidr.ip.words[at] ?? 0) ^ (ip.words[at] ?? 0)) & wordMask(left)) !== 0) return false;
  }
  return true;
}

function wordMask(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : ~(0xffffffff >>> bits);
}

/** Exact: an IPv4 network is its number, an IPv6 network the words that its bits touch. */
type Key = number | string;

/** Networks with something attached, by prefix length: a look-up costs one hash for each length in use. */
export class CidrTable<T> {
  readonly #tables: { readonly 4: Map<number, Map<Key, T[]>>; readonly 6: Map<number, Map<Key, T[]>> } = {
    4: new Map(),
    6: new Map(),
  };
  /** The prefix lengths in use, the longest first. */
  readonly #lengths: { 4: readonly number[]; 6: readonly number[] } = { 4: [], 6: [] };

  get isEmpty(): boolean {
    return this.#lengths[4].length + this.#lengths[6].length === 0;
  }

  add(cidr: Cidr, value: T): void {
    const { family } = cidr.ip;
    let rows = this.#tables[family].get(cidr.length);
    if (rows === undefined) {
      rows = new Map();
      this.#tables[family].set(cidr.length, rows);
      this.#lengths[family] = [...this.#tables[family].keys()].sort((one, other) => other - one);
    }
    const key = keyOf(cidr.ip, cidr.length);
    const values = rows.get(key);
    if (values === undefined) rows.set(key, [value]);
    else values.push(value);
  }

  /** The values of every network that `ip` lies in: the longest prefix first, then in the order they were added. */
  find(ip: IpAddress): readonly T[] {
    const found: T[] = [];
    for (const length of this.#lengths[ip.family]) {
      const values = this.#tables[ip.family].get(length)?.get(keyOf(ip, length));
      if (values !== undefined) for (const value of values) found.push(value);
    }
    return found;
  }
}

function keyOf({ family, words }: IpAddress, length: number): Key {
  if (family === 4) return (words[0] ?? 0) & wordMask(length);
  let key = '';
  for (let at = 0, left = length; left > 0; at++, left -= 32) key += `${(words[at] ?? 0) & wordMask(left)} `;
  return key;
}
