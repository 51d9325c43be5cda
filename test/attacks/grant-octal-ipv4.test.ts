/**
 * Attack: an address that is denied, written so that only the system reads it (octal, hex, decimal, short forms).
 * Defence: a target is read as URL reads it before any rule is asked; a rule in such a form is refused at launch.
 */
import { expect, test } from 'vitest';
import { GrantSyntaxError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: true, denyNet: ['loopback', '169.254.169.254'] });

test.each([
  '0177.0.0.1',
  '0x7f.1',
  '0x7f000001',
  '017700000001',
  '2130706433',
  '127.1',
  '127.0.1',
  '0x7F.0x0.0x0.0x1',
  '127.000.000.001',
  '0',
  '0x0',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '169.254.43518',
])('connect to %s', (host) => {
  expect(() => grants.checkConnect(host, 80)).toThrow(HostNotAllowedError);
  expect(() => grants.checkAddress(host)).toThrow(HostNotAllowedError);
});

test.each(['0177.0.0.1', '0x7f.1', '2130706433', '127.1', '127.000.000.001'])('deny %s', (rule) => {
  expect(() => Grants.parse({ denyNet: [rule] })).toThrow(GrantSyntaxError);
});
