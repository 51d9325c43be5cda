/**
 * Attack, or accident: a bound that is misspelt or of the wrong type, and so bounds nothing.
 * Defence: what is not understood is refused, with the nearest name.
 */
import { expect, test } from 'vitest';
import { ArgumentError, GrantSyntaxError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const all = Grants.parse({ allowNet: true });

test.each([
  [{ maxrequests: 1 }, /maxRequests/],
  [{ max_request: 1 }, /maxRequests/],
  [{ httpOnly: true }, /httpsOnly/],
  [{ method: ['GET'] }, /methods/],
  [{ path: ['/x'] }, /paths/],
  [{ expire: 1 }, /expires/],
  [{ denied: ['private'] }, /deny/],
  [{ Deny: ['private'] }, /deny/],
])('%j', (options, near) => {
  try {
    all.narrow(['*'], options as object);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ArgumentError);
    expect((error as ArgumentError).hint).toMatch(near);
  }
});

test.each([{ deny: null }, { deny: 'private' }, { deny: [null] }, { listen: true }])('%j', (options) => {
  expect(() => all.narrow(['*'], options as object)).toThrow(GrantSyntaxError);
});

test.each([
  { denynet: ['private'] },
  { deny_net: 'private' },
  { deny: ['private'] },
  { denyNet: null },
  { denyNet: {} },
])('%j', (flags) => {
  expect(() => Grants.parse({ allowNet: true, ...(flags as object) })).toThrow(GrantSyntaxError);
});
