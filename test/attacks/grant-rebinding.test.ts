/**
 * Attack: a name that resolves to a public address when it is checked and to a private one when it is dialled; or to both.
 * Defence: only vetted addresses are dialled, and each answer is vetted for itself.
 */
import { expect, test } from 'vitest';
import { AddressNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const capability = Capability.root(Grants.parse({ allowNet: ['rebind.example'], denyNet: ['private'] }));
const target = capability.permitConnect({ operation: 'connect', host: 'rebind.example', port: 80 });

test('of several answers only those that may be dialled are left', () => {
  const vetted = capability.vet(target, [
    '8.8.8.8',
    '127.0.0.1',
    '::1',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    'fd00::1',
  ]);
  expect(vetted.map(({ text }) => text)).toEqual(['8.8.8.8']);
});

test('a second answer is vetted like the first', () => {
  expect(capability.vet(target, ['8.8.8.8'])).toHaveLength(1);
  expect(() => capability.vet(target, ['127.0.0.1'])).toThrow(AddressNotAllowedError);
});

test('the deny rules of every layer bind what is dialled', () => {
  const lax = Capability.root(Grants.parse({ allowNet: true }));
  const strict = lax.narrow(['rebind.example'], { deny: ['loopback'] }).narrow(['rebind.example']);
  expect(() => strict.vet(target, ['127.0.0.1', '0.0.0.0', '::'])).toThrow(AddressNotAllowedError);
});
