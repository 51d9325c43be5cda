/**
 * Attack: a private IPv4 inside an IPv6 address that a translator, relay or tunnel turns back into it.
 * Defence: a deny rule on addresses looks through every such form, in targets and in answers of the resolver.
 */
import { expect, test } from 'vitest';
import { AddressNotAllowedError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const FORMS = [
  ['NAT64', '64:ff9b::a9fe:a9fe'],
  ['NAT64, dotted', '64:ff9b::169.254.169.254'],
  ['NAT64, local /96', '64:ff9b:1::a9fe:a9fe'],
  ['NAT64, local /48', '64:ff9b:1:a9fe:a9:fe00::'],
  ['NAT64, local /56', '64:ff9b:1:a9:fe:a9fe::'],
  ['NAT64, local /64', '64:ff9b:1:0:a9:fea9:fe00:0'],
  ['6to4', '2002:a9fe:a9fe::1'],
  ['Teredo client', '2001:0:808:808::5601:5601'],
  ['Teredo server', '2001:0:a9fe:a9fe::1'],
  ['ISATAP', '2606:4700::5efe:a9fe:a9fe'],
  ['ISATAP, universal', '2606:4700::200:5efe:169.254.169.254'],
  ['IPv4-compatible', '::a9fe:a9fe'],
  ['IPv4-translated', '::ffff:0:a9fe:a9fe'],
  ['IPv4-mapped', '::ffff:a9fe:a9fe'],
] as const;

for (const denyNet of ['metadata', 'link-local', 'private', 'special', '169.254.169.254', '169.254.0.0/16']) {
  const capability = Capability.root(Grants.parse({ allowNet: true, denyNet: [denyNet] }));

  test.each(FORMS)(`${denyNet}: %s as a target`, (_, host) => {
    expect(() => capability.permitConnect({ operation: 'connect', host, port: 80 })).toThrow(HostNotAllowedError);
    expect(() => capability.grants.checkAddress(host)).toThrow(AddressNotAllowedError);
  });

  test.each(FORMS)(`${denyNet}: %s as an answer`, (_, address) => {
    const target = capability.permitConnect({ operation: 'connect', host: 'name.example', port: 80 });
    expect(() => capability.vet(target, [address])).toThrow(AddressNotAllowedError);
  });
}

test('an address that embeds a public IPv4 is not taken for a private one', () => {
  const grants = Grants.parse({ allowNet: true, denyNet: ['private', 'metadata'] });
  for (const ip of ['64:ff9b::808:808', '64:ff9b:1::808:808', '2002:808:808::1', '2606:4700::5efe:808:808']) {
    expect(() => grants.checkAddress(ip)).not.toThrow();
  }
});
