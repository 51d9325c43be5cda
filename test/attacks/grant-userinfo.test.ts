/**
 * Attack: a target that one parser takes for the granted host and another for the part before the @.
 * Defence: user information is no part of a host; a URL is asked about by the host that URL parses.
 */
import { expect, test } from 'vitest';
import { ArgumentError, GrantSyntaxError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const capability = Capability.root(Grants.parse({ allowNet: ['good.example'] }));

test.each([
  'good.example@evil.example',
  'good.example:80@evil.example',
  'evil.example#@good.example',
  'evil.example?@good.example',
  'evil.example\\@good.example',
  '@good.example',
])('socket to %s', (host) => {
  expect(() => capability.permitConnect({ operation: 'connect', host, port: 80 })).toThrow(ArgumentError);
  expect(() => capability.grants.checkConnect(host, 80)).toThrow(HostNotAllowedError);
  expect(() => Grants.parse({ allowNet: [host] })).toThrow(GrantSyntaxError);
});

test.each([
  'http://good.example@evil.example/',
  'http://good.example:80@evil.example/',
  'http://evil.example\\@good.example/',
  'http://evil.example#@good.example/',
])('request of %s', (text) => {
  const ask = { operation: 'fetch', method: 'GET', url: new URL(text) };
  expect(() => capability.permitRequest(ask)).toThrow(HostNotAllowedError);
});

test('what was before the @ shows in no message', () => {
  const ask = { operation: 'fetch', method: 'GET', url: new URL('http://user:hunter2@evil.example/') };
  expect(() => capability.permitRequest(ask)).toThrow(/^(?!.*hunter2).*$/);
});
