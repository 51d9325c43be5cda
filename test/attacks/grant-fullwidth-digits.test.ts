/**
 * Attack: digits, letters and dots of other scripts that normalise to the ASCII of a denied host.
 * Defence: the host is mapped as URL maps it (UTS-46) before any rule is asked; in rules, such an address is refused.
 */
import { expect, test } from 'vitest';
import { GrantSyntaxError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: true, denyNet: ['loopback', 'evil.example'] });

test.each([
  '１２７.０.０.１',
  '127。0。0。1',
  '①②⑦.0.0.1',
  '𝟏𝟐𝟕.0.0.1',
  '0ｘ7f.1',
  'ｅｖｉｌ.example',
  'ⓔⓥⓘⓛ.example',
  'EVIL。example',
  '%65vil.example',
  '%31%32%37.1',
])('%s', (host) => {
  expect(() => grants.checkConnect(host, 80)).toThrow(HostNotAllowedError);
});

test.each(['１２７.0.0.1', '①②⑦.0.0.1'])('the rule %s', (rule) => {
  expect(() => Grants.parse({ denyNet: [rule] })).toThrow(GrantSyntaxError);
});

test.each(['x:８０', 'x:٨٠', '[：：１]:80'])('ports and brackets are ASCII: %s', (rule) => {
  expect(() => Grants.parse({ allowNet: [rule] })).toThrow(GrantSyntaxError);
});
