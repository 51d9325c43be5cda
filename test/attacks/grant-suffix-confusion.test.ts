/**
 * Attack: a name that ends or begins like a granted one (`evilexample.com`, `example.com.evil.test`), or the apex of a
 * wildcard.
 * Defence: names are compared whole or by labels, never by the end of a text.
 */
import { expect, test } from 'vitest';
import { HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: ['api.example.com', '*.cdn.example.com'] });

test.each([
  'evilapi.example.com',
  'api.example.com.evil.test',
  'x.api.example.com',
  'example.com',
  'cdn.example.com',
  'evilcdn.example.com',
  'x.evilcdn.example.com',
  'cdn.example.com.x',
  'api.example.co',
  'api-example.com',
  'com',
])('%s', (host) => {
  expect(() => grants.checkConnect(host, 443)).toThrow(HostNotAllowedError);
});

test.each(['api.example.com', 'x.cdn.example.com', 'x.y.cdn.example.com'])('%s is granted', (host) => {
  expect(() => grants.checkConnect(host, 443)).not.toThrow();
});
