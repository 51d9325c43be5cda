/**
 * Attack: a zone id (`fe80::1%eth0`) that makes a literal differ from the denied one, or smuggles text into the dialler.
 * Defence: no host, rule or vetted address has one.
 */
import { expect, test } from 'vitest';
import { ArgumentError, GrantSyntaxError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const capability = Capability.root(Grants.parse({ allowNet: true, denyNet: ['link-local'] }));

test.each(['fe80::1%eth0', '[fe80::1%25eth0]', 'fe80::1%0', '::1%lo', '127.0.0.1%lo'])('%s', (host) => {
  expect(() => capability.permitConnect({ operation: 'connect', host, port: 80 })).toThrow(ArgumentError);
  expect(() => capability.grants.checkAddress(host)).toThrow(HostNotAllowedError);
  expect(() => Grants.parse({ allowNet: [host] })).toThrow(GrantSyntaxError);
});

test('in the answer of a resolver', () => {
  const target = capability.permitConnect({ operation: 'connect', host: 'name.example', port: 80 });
  expect(() => capability.vet(target, ['fe80::1%eth0', '2606:4700::1%eth0'])).toThrow(HostNotAllowedError);
});
