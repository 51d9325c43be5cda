import { expect, test } from 'vitest';
import { cidrText } from './cidr.ts';
import { EMBEDDED_FORMS, embeddedIps } from './embedded.ts';
import { type IpAddress, ipBytes, ipFromBytes, parseIp } from './ip.ts';

function embedded(text: string): readonly string[] {
  const ip = parseIp(text);
  if (ip === null) throw new Error(text);
  return embeddedIps(ip).map((found: IpAddress) => found.text);
}

test.each(EMBEDDED_FORMS.map((form) => [form.name, form] as const))(
  '%s: the IPv4 is found where the form puts it',
  (_, form) => {
    const bytes = ipBytes(form.within.ip);
    if (form.marker !== null) bytes.splice(8, 4, 0x02, 0x00, 0x5e, 0xfe);
    const ipv4 = [10, 11, 12, 13];
    for (const [index, place] of form.bytes.entries()) bytes[place] = (ipv4[index] ?? 0) ^ (form.inverted ? 255 : 0);
    expect(embeddedIps(ipFromBytes(bytes)).map(({ text }) => text)).toContain('10.11.12.13');
    expect(form.source).toMatch(/RFC \d+/);
    expect(cidrText(form.within)).toMatch(/^[0-9a-f:]+\/\d+$/);
  },
);

test.each([
  ['10.0.0.1', []],
  ['2606:4700::a00:1', []],
  ['::a00:1', ['10.0.0.1']],
  ['::1', ['0.0.0.1']],
  ['0:0:0:0:0:1:a00:1', []],
  ['::ffff:0:a00:1', ['10.0.0.1']],
  ['::fffe:0:a00:1', []],
  ['64:ff9b::a00:1', ['10.0.0.1']],
  ['64:ff9b:0:0:0:1:a00:1', []],
  ['64:ff9a:ffff::a00:1', []],
  ['64:ff9b:1::a00:1', ['10.0.0.1']],
  ['64:ff9b:1:a00:0:100::', ['10.0.0.1']],
  ['64:ff9b:1:0a:0:1::', ['10.0.0.1']],
  ['64:ff9b:1:0:a:0:100::', ['10.0.0.1']],
  ['64:ff9b:2::a00:1', []],
  ['2002:a00:1::', ['10.0.0.1']],
  ['2003:a00:1::', []],
  ['2001:0:a00:1:0:0:f5ff:fffd', ['10.0.0.1', '10.0.0.2']],
  ['2001:1:a00:1:0:0:f5ff:fffd', []],
  ['fe80::5efe:a00:1', ['10.0.0.1']],
  ['2606:4700::200:5efe:a00:1', ['10.0.0.1']],
  ['2606:4700::100:5efe:a00:1', []],
] as const)('%s stands for %j', (text, ipv4s) => {
  for (const ipv4 of ipv4s) expect(embedded(text)).toContain(ipv4);
  if (ipv4s.length === 0) expect(embedded(text)).toEqual([]);
});

test('padding of a local NAT64 prefix is not taken for 0.0.0.0', () => {
  expect(embedded('64:ff9b:1::808:808')).toEqual(['8.8.8.8']);
});
