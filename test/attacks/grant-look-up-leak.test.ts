/**
 * Attack: data carried out in the names that are looked up, where connecting is not granted.
 * Defence: only names that the grant covers are looked up, and service labels only before such a name.
 */
import { expect, test } from 'vitest';
import { HostNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const capability = Capability.root(Grants.parse({ allowNet: ['api.example:443', '10.0.0.0/8'] }));

test.each([
  'secret.attacker.test',
  'c2VjcmV0.api.example.attacker.test',
  'secret.api.example',
  '_secret.api.example',
  '_c2VjcmV0LWxvbmctbGFiZWw._tcp.api.example',
  '_a._secret.api.example',
  '11.0.0.1',
  '127.0.0.1',
])('%s', (host) => {
  expect(() => capability.permitResolve({ host })).toThrow(HostNotAllowedError);
});

test.each(['api.example', '_https._tcp.api.example', '10.1.2.3'])('%s may be looked up', (host) => {
  expect(() => capability.permitResolve({ host })).not.toThrow();
});

test.each([{ methods: ['GET'] }, { paths: ['*'] }, { https_only: true }, { raw: false }])(
  '%j leaves none',
  (options) => {
    expect(() => capability.narrow(['*'], options).permitResolve({ host: 'api.example' })).toThrow(HostNotAllowedError);
  },
);
