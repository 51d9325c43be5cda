/**
 * Attack: names that older rules map to a granted one (`faß.de` to `fass.de`), look-alikes of other scripts, and A-labels
 * that decode to something no name may hold.
 * Defence: UTS-46 without transitional mapping; an A-label that does not come back from decoding is no host.
 */
import { expect, test } from 'vitest';
import { GrantSyntaxError, HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: ['fass.de', 'apple.com', 'xn--fa-hia.de'] });

test('faß.de is xn--fa-hia.de and not fass.de', () => {
  expect(() => Grants.parse({ allowNet: ['fass.de'] }).checkConnect('faß.de', 443)).toThrow(HostNotAllowedError);
  expect(() => grants.checkConnect('faß.de', 443)).not.toThrow();
});

test.each(['аpple.com', 'appl\u0435.com', 'ɑpple.com', 'apple\u0300.com'])('%s is another name', (host) => {
  expect(() => grants.checkConnect(host, 443)).toThrow(HostNotAllowedError);
});

test.each([
  'xn--a',
  'xn--',
  'xn--0.com',
  'xn--a-.com',
  'xn--apple-.com',
  'xn--1ug.com',
  'xn--xn---epa.com',
  'xn--99999999.com',
  'xn--pple-9ta.xn--a',
])('%s is no host and no rule', (host) => {
  expect(() => Grants.parse({ allowNet: true }).checkConnect(host, 443)).toThrow(/is no host/);
  expect(() => Grants.parse({ allowNet: [host] })).toThrow(GrantSyntaxError);
});
