/**
 * Attack: a port that is no port (0, -1, NaN, a text), in the hope that it stands for "any" inside.
 * Defence: no number does; what is no port is covered by no rule.
 */
import { expect, test } from 'vitest';
import { ArgumentError, PortNotAllowedError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: ['a.example:443', '*:80'], allowListen: ['8080'] });
const PORTS = [
  0,
  -1,
  -0.5,
  443.5,
  65536,
  2 ** 32 + 443,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  '443',
  null,
  undefined,
  [443],
  { valueOf: () => 443 },
];

test.each(PORTS)('%s', (port) => {
  const raw = port as number;
  expect(() => grants.checkConnect('a.example', raw)).toThrow(PortNotAllowedError);
  expect(() => grants.checkListen('::', raw)).toThrow(PortNotAllowedError);
  const capability = Capability.root(grants);
  expect(() => capability.permitConnect({ operation: 'connect', host: 'a.example', port: raw })).toThrow(ArgumentError);
  expect(() => capability.allowed('a.example', raw)).toThrow(ArgumentError);
});
