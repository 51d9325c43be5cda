import { describe, expect, test } from 'vitest';
import { ipBytes, ipFromBytes, ipFromWords, parseIp } from './ip.ts';

describe('strict literals', () => {
  test.each([
    ['0.0.0.0', 4, '0.0.0.0', [0]],
    ['127.0.0.1', 4, '127.0.0.1', [0x7f000001]],
    ['255.255.255.255', 4, '255.255.255.255', [0xffffffff]],
    ['::', 6, '::', [0, 0, 0, 0]],
    ['::1', 6, '::1', [0, 0, 0, 1]],
    ['0:0:0:0:0:0:0:1', 6, '::1', [0, 0, 0, 1]],
    ['2001:DB8::00ff', 6, '2001:db8::ff', [0x20010db8, 0, 0, 0xff]],
    ['1:0:0:2:0:0:0:3', 6, '1:0:0:2::3', [0x10000, 2, 0, 3]],
    ['1:2:3:4:5:6:7::', 6, '1:2:3:4:5:6:7:0', [0x10002, 0x30004, 0x50006, 0x70000]],
    ['::ffff:10.0.0.1', 4, '10.0.0.1', [0x0a000001]],
    ['::ffff:a00:1', 4, '10.0.0.1', [0x0a000001]],
    ['0:0:0:0:0:ffff:10.0.0.1', 4, '10.0.0.1', [0x0a000001]],
    ['::1.2.3.4', 6, '::102:304', [0, 0, 0, 0x01020304]],
    ['64:ff9b::10.0.0.1', 6, '64:ff9b::a00:1', [0x64ff9b, 0, 0, 0x0a000001]],
  ] as const)('%s', (text, family, canonical, words) => {
    expect(parseIp(text)).toEqual({ family, text: canonical, words });
  });

  test.each([
    '',
    ' 127.0.0.1',
    '127.0.0.1 ',
    '127.0.0.1.',
    '127.1',
    '127.0.0',
    '127.0.0.1.1',
    '127.0.0.01',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '2130706433',
    '256.0.0.1',
    '1.2.3.-4',
    '１.2.3.4',
    '[::1]',
    ':::',
    ':1',
    '1:',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::12345',
    '::1%lo',
    'fe80::1%25eth0',
    '::ffff:010.0.0.1',
    '::ffff:0x0a.0.0.1',
    '::ffff:10.0.1',
    '::10.0.0.1:1',
    'localhost',
    '::1'.padStart(1000, '0'),
  ])('%j is none', (text) => {
    expect(parseIp(text)).toBeNull();
  });
});

test('words and bytes give the same address', () => {
  for (const text of ['10.1.2.3', '2001:db8::1', '::', '::ffff:1.2.3.4', '0.0.0.1']) {
    const ip = parseIp(text);
    if (ip === null) throw new Error(text);
    expect(ipFromWords(ip.words)).toEqual(ip);
    expect(ipFromBytes(ipBytes(ip))).toEqual(ip);
  }
});
