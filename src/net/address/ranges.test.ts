import { describe, expect, test } from 'vitest';
import { type Cidr, cidrContains, cidrText } from './cidr.ts';
import { type IpAddress, ipFromWords, parseIp } from './ip.ts';
import * as tables from './ranges.ts';
import { ADDRESS_SETS, isSetName, SET_NAMES, setHolds } from './sets.ts';

/** The number that an address is, and back; null past either end of the family. */
function numberOf(ip: IpAddress): bigint {
  return ip.words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}

function fromNumber(value: bigint, family: 4 | 6): IpAddress | null {
  const bits = family === 4 ? 32n : 128n;
  if (value < 0n || value >= 1n << bits) return null;
  const words: number[] = [];
  for (let shift = bits - 32n; shift >= 0n; shift -= 32n) words.push(Number((value >> shift) & 0xffffffffn));
  const ip = ipFromWords(words);
  return ip.family === family ? ip : null; // an IPv4-mapped address is one of IPv4
}

/** First and last address of a range, and the neighbours outside. */
function edges({ ip, length }: Cidr) {
  const size = 1n << BigInt(ip.words.length * 32 - length);
  const first = numberOf(ip);
  const at = (value: bigint) => fromNumber(value, ip.family);
  return { first: at(first), last: at(first + size - 1n), before: at(first - 1n), after: at(first + size) };
}

const allRanges = [
  ...tables.REGISTRY_V4,
  ...tables.REGISTRY_V6,
  ...tables.MULTICAST,
  ...tables.OUTSIDE_GLOBAL_UNICAST,
  ...tables.LOOPBACK,
  ...tables.LINK_LOCAL,
  ...tables.PRIVATE_USE,
  ...tables.METADATA,
];

describe.each(allRanges.map((range) => [cidrText(range.cidr), range] as const))('%s', (_, { cidr, name, source }) => {
  test('says what it is and where that stands', () => {
    expect(name).not.toBe('');
    expect(source).toMatch(/RFC \d+|documentation|guide/);
  });

  test('holds both ends and neither neighbour', () => {
    const { first, last, before, after } = edges(cidr);
    for (const inside of [first, last]) expect(inside !== null && cidrContains(cidr, inside)).toBe(true);
    for (const outside of [before, after]) expect(outside !== null && cidrContains(cidr, outside)).toBe(false);
  });
});

describe.each(ADDRESS_SETS.map((set) => [set.name, set] as const))('set %s', (name, set) => {
  /** By the tables alone: the longest range that holds the address decides. */
  const expected = (ip: IpAddress): boolean => {
    const longest = (ranges: readonly { cidr: Cidr }[]) =>
      Math.max(-1, ...ranges.filter(({ cidr }) => cidrContains(cidr, ip)).map(({ cidr }) => cidr.length));
    return longest(set.ranges) > longest(set.except);
  };

  test.each([...set.ranges, ...set.except].map(({ cidr }) => [cidrText(cidr), cidr] as const))('%s', (_, cidr) => {
    for (const ip of Object.values(edges(cidr))) {
      if (ip !== null) expect([ip.text, setHolds(name, ip)]).toEqual([ip.text, expected(ip)]);
    }
  });
});

function heldBy(text: string): readonly string[] {
  const ip = parseIp(text);
  if (ip === null) throw new Error(text);
  return SET_NAMES.filter((name) => setHolds(name, ip));
}

test.each([
  ['9.255.255.255', []],
  ['10.0.0.0', ['private', 'special']],
  ['10.255.255.255', ['private', 'special']],
  ['11.0.0.0', []],
  ['100.63.255.255', []],
  ['100.64.0.0', ['private', 'special']],
  ['100.100.100.200', ['private', 'metadata', 'special']],
  ['100.127.255.255', ['private', 'special']],
  ['100.128.0.0', []],
  ['0.0.0.0', ['private', 'loopback', 'special']],
  ['0.255.255.255', ['private', 'loopback', 'special']],
  ['1.0.0.0', []],
  ['126.255.255.255', []],
  ['127.0.0.1', ['private', 'loopback', 'special']],
  ['128.0.0.0', []],
  ['168.63.129.16', ['metadata']],
  ['169.253.255.255', []],
  ['169.254.169.254', ['private', 'link-local', 'metadata', 'special']],
  ['169.255.0.0', []],
  ['172.15.255.255', []],
  ['172.16.0.0', ['private', 'special']],
  ['172.31.255.255', ['private', 'special']],
  ['172.32.0.0', []],
  ['192.0.0.8', ['special']],
  ['192.0.0.9', []],
  ['192.0.0.10', []],
  ['192.0.0.11', ['special']],
  ['192.31.196.1', []],
  ['192.88.99.1', ['special']],
  ['192.168.0.0', ['private', 'special']],
  ['192.169.0.0', []],
  ['223.255.255.255', []],
  ['224.0.0.0', ['special']],
  ['255.255.255.255', ['special']],
  ['::', ['private', 'loopback', 'special']],
  ['::1', ['private', 'loopback', 'special']],
  ['::2', ['special']],
  ['64:ff9b::808:808', ['special']],
  ['1fff:ffff::', ['special']],
  ['2000::', []],
  ['2001::1', ['special']],
  ['2001:1::1', []],
  ['2001:1::4', ['special']],
  ['2001:1ff:ffff::', ['special']],
  ['2001:200::', []],
  ['2001:db8::', ['special']],
  ['2002::', ['special']],
  ['2606:4700::1111', []],
  ['3ffe:ffff::', []],
  ['3fff::', ['special']],
  ['3fff:1000::', []],
  ['4000::', ['special']],
  ['5f00::', ['special']],
  ['fbff::', ['special']],
  ['fc00::', ['private', 'special']],
  ['fd00:ec2::254', ['private', 'metadata', 'special']],
  ['fdff:ffff::', ['private', 'special']],
  ['fe00::', ['special']],
  ['fe80::', ['private', 'link-local', 'special']],
  ['febf:ffff::', ['private', 'link-local', 'special']],
  ['fec0::', ['special']],
  ['ff02::1', ['special']],
] as const)('%s is held by %j', (text, sets) => {
  expect(heldBy(text)).toEqual(sets);
});

test('set names are these words and no key of an object', () => {
  for (const name of SET_NAMES) expect(isSetName(name)).toBe(true);
  for (const text of ['', 'Private', 'public', '__proto__', 'constructor']) expect(isSetName(text)).toBe(false);
});
