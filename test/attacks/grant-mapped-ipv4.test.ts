/**
 * Attack: a denied IPv4 as an IPv4-mapped IPv6 address, in every spelling; or a granted IPv4 whose mapped form is denied.
 * Defence: a mapped address is the IPv4 from the moment it is read, in targets, rules and answers of the resolver.
 */
import { expect, test } from 'vitest';
import { HostNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: true, denyNet: ['10.0.0.0/8'] });

test.each([
  '::ffff:10.0.0.1',
  '[::ffff:10.0.0.1]',
  '::FFFF:A00:1',
  '0:0:0:0:0:ffff:a00:1',
  '0000:0000:0000:0000:0000:ffff:0a00:0001',
  '[::ffff:0a00:1]',
])('%s', (host) => {
  expect(() => grants.checkConnect(host, 80)).toThrow(HostNotAllowedError);
  expect(() => grants.checkAddress(host)).toThrow(HostNotAllowedError);
});

test('as the answer of a resolver', () => {
  const capability = Capability.root(grants);
  const target = capability.permitConnect({ operation: 'connect', host: 'name.example', port: 80 });
  expect(() => capability.vet(target, ['::ffff:10.0.0.1', '::ffff:a00:2'])).toThrow(HostNotAllowedError);
  expect(capability.vet(target, ['::ffff:8.8.8.8'])).toMatchObject([{ family: 4, text: '8.8.8.8' }]);
});

test('as a deny rule, by address and by network', () => {
  for (const rule of ['::ffff:10.0.0.1', '[::ffff:a00:1]', '::ffff:10.0.0.0/104']) {
    const denied = Grants.parse({ allowNet: true, denyNet: [rule] });
    expect(() => denied.checkConnect('10.0.0.1', 80)).toThrow(HostNotAllowedError);
  }
});
