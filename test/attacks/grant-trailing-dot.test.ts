/**
 * Attack: the fully qualified spelling of a denied name (`evil.example.`), which resolvers take for the same name.
 * Defence: one final dot is dropped on both sides; more than one is no host.
 */
import { expect, test } from 'vitest';
import { HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: true, denyNet: ['evil.example', '*.bad.example', '127.0.0.1'] });

test.each([
  'evil.example.',
  'EVIL.example.',
  'evil.example\u3002',
  'evil.example\uff0e',
  'x.bad.example.',
  '127.0.0.1.',
  '0x7f.1.',
])('%s', (host) => {
  expect(() => grants.checkConnect(host, 80)).toThrow(HostNotAllowedError);
});

test.each(['evil.example..', '.evil.example', 'evil..example', '.', '..'])('%s is no host', (host) => {
  expect(() => grants.checkConnect(host, 80)).toThrow(/is no host/);
});

test('a deny rule with a final dot binds the name without it', () => {
  const dotted = Grants.parse({ allowNet: true, denyNet: ['evil.example.', '*.bad.example.'] });
  for (const host of ['evil.example', 'x.bad.example'])
    expect(() => dotted.checkConnect(host, 80)).toThrow(HostNotAllowedError);
});
