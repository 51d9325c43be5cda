/**
 * Networks (an address and a prefix length) and a table that finds those an address lies in. Trusted side, pure.
 */
import { type IpAddress, ipFromWords, parseIp } from './ip.ts';

export interface Cidr {
  /** The first address of the network: host bits are zero. */
  readonly ip: IpAddress;
  readonly length: number;
}

/** How many leading bits of an IPv4-mapped address come before the IPv4. */
const MAPPED_BITS = 96;

/** The network of `length` bits around an address as it was written; null if that length is impossible there. */
export function readCidr(ip: IpAddress, written: string, length: number): Cidr | null {
  const mapped = ip.family === 4 && written.includes(':');
  // Fewer than 96 bits of an IPv4-mapped address leave nothing of the IPv4: that network is one of IPv6.
  if (mapped && length < MAPPED_BITS) return maskWords([0, 0, 0xffff, ...ip.words], length);
  const own = mapped ? length - MAPPED_BITS : length;
  return own <= ip.words.length * 32 ? maskTo(ip, own) : null;
}

/** The network of `length` bits that `ip` lies in. */
export function maskTo(ip: IpAddress, length: number): Cidr {
  const isFirst = ip.words.every((word, at) => (word & ~wordMask(length - at * 32)) === 0);
  return isFirst ? { ip, length } : maskWords(ip.words, length);
}

function maskWords(words: readonly number[], length: number): Cidr {
  return { ip: ipFromWords(words.map((word, at) => (word & wordMask(length - at * 32)) >>> 0)), length };
}

/** `10.0.0.0/8` */
export function cidrText(cidr: Cidr): string {
  return `${cidr.ip.text}/${cidr.length}`;
}

/** A network of this package's own tables. Throws for text that is none: a mistake in the table. */
export function cidrOf(text: string): Cidr {
  const [, address = '', length = ''] = /^([^/]+)\/([0-9]+)$/.exec(text) ?? [];
  const ip = parseIp(address);
  const cidr = ip === null ? null : readCidr(ip, address, Number(length));
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

/** Networks, each with a value, by prefix length: a look-up costs one hash for each length in use. */
export class CidrTable<T> {
  readonly #tables: { readonly 4: Map<number, Map<Key, T>>; readonly 6: Map<number, Map<Key, T>> } = {
    4: new Map(),
    6: new Map(),
  };
  /** The prefix lengths in use, the longest first. */
  readonly #lengths: { 4: readonly number[]; 6: readonly number[] } = { 4: [], 6: [] };

  get isEmpty(): boolean {
    return this.#lengths[4].length + this.#lengths[6].length === 0;
  }

  get({ ip, length }: Cidr): T | undefined {
    return this.#tables[ip.family].get(length)?.get(keyOf(ip, length));
  }

  set({ ip, length }: Cidr, value: T): void {
    const tables = this.#tables[ip.family];
    let table = tables.get(length);
    if (table === undefined) {
      table = new Map();
      tables.set(length, table);
      this.#lengths[ip.family] = [...tables.keys()].sort((one, other) => other - one);
    }
    table.set(keyOf(ip, length), value);
  }

  /** The values of every network that `ip` lies in, the longest prefix first. */
  find(ip: IpAddress): readonly T[] {
    const found: T[] = [];
    for (const length of this.#lengths[ip.family]) {
      const value = this.#tables[ip.family].get(length)?.get(keyOf(ip, length));
      if (value !== undefined) found.push(value);
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
