import { describe, expect, test } from 'vitest';
import { CidrTable, cidrContains, cidrOf, cidrText, maskTo, readCidr } from './cidr.ts';
import { type IpAddress, parseIp } from './ip.ts';

function ip(text: string): IpAddress {
  const found = parseIp(text);
  if (found === null) throw new Error(text);
  return found;
}

describe('networks', () => {
  test.each([
    ['10.0.0.11', 24, '10.0.0.0/24'],
    ['10.0.0.11', 32, '10.0.0.11/32'],
    ['255.255.255.255', 31, '255.255.255.254/31'],
    ['255.255.255.255', 0, '0.0.0.0/0'],
    ['2001:db8:ffff::1', 33, '2001:db8:8000::/33'],
    ['2001:db8::1', 128, '2001:db8::1/128'],
    ['ffff::', 0, '::/0'],
    ['::ffff:10.1.2.3', 104, '10.0.0.0/8'],
    ['::ffff:10.1.2.3', 96, '0.0.0.0/0'],
    ['::ffff:10.1.2.3', 90, '::ffc0:0:0/90'],
  ])('%s/%i', (address, length, text) => {
    const cidr = readCidr(ip(address), address, length);
    expect(cidr === null ? null : cidrText(cidr)).toBe(text);
  });

  test.each([
    ['10.0.0.0', 33],
    ['::', 129],
    ['::ffff:10.0.0.0', 129],
  ])('%s/%i is none', (address, length) => {
    expect(readCidr(ip(address), address, length)).toBeNull();
  });

  test('a network that begins at the address is not copied', () => {
    const first = ip('10.0.0.0');
    expect(maskTo(first, 8).ip).toBe(first);
  });

  test('a mistake in a table is found when it is loaded', () => {
    expect(() => cidrOf('10.0.0.0')).toThrow(TypeError);
    expect(() => cidrOf('10.0.0.0/33')).toThrow(TypeError);
    expect(() => cidrOf('x/8')).toThrow(TypeError);
  });
});

test('containment goes by bits and family', () => {
  expect(cidrContains(cidrOf('10.0.0.0/9'), ip('10.127.255.255'))).toBe(true);
  expect(cidrContains(cidrOf('10.0.0.0/9'), ip('10.128.0.0'))).toBe(false);
  expect(cidrContains(cidrOf('0.0.0.0/0'), ip('::1'))).toBe(false);
  expect(cidrContains(cidrOf('::/0'), ip('1.2.3.4'))).toBe(false);
  expect(cidrContains(cidrOf('2001:db8::/65'), ip('2001:db8:0:0:7fff::'))).toBe(true);
  expect(cidrContains(cidrOf('2001:db8::/65'), ip('2001:db8:0:0:8000::'))).toBe(false);
});

test('a table finds the longest prefix first', () => {
  const table = new CidrTable<string>();
  expect(table.isEmpty).toBe(true);
  for (const text of ['10.0.0.0/8', '10.1.0.0/16', '0.0.0.0/0', '::/0', '2001:db8::/32', '10.1.2.3/32']) {
    table.set(cidrOf(text), text);
  }
  expect(table.isEmpty).toBe(false);
  expect(table.find(ip('10.1.2.3'))).toEqual(['10.1.2.3/32', '10.1.0.0/16', '10.0.0.0/8', '0.0.0.0/0']);
  expect(table.find(ip('10.2.0.0'))).toEqual(['10.0.0.0/8', '0.0.0.0/0']);
  expect(table.find(ip('2001:db8::1'))).toEqual(['2001:db8::/32', '::/0']);
  expect(table.find(ip('2002::'))).toEqual(['::/0']);
  expect(table.get(cidrOf('10.0.0.0/8'))).toBe('10.0.0.0/8');
  expect(table.get(cidrOf('10.0.0.0/9'))).toBeUndefined();
});
