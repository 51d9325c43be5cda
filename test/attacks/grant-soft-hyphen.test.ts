/**
 * Attack: characters that UTS-46 drops (soft hyphen, zero-width space, variation selectors), to hide a denied name or
 * to make a message show another one.
 * Defence: the canonical name decides, and a message shows such characters escaped.
 */
import { expect, test } from 'vitest';
import { HostNotAllowedError } from '../../src/errors/classes.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const grants = Grants.parse({ allowNet: true, denyNet: ['evil.example'] });

test.each(['ev\u00adil.example', 'evil\u200b.example', 'e\ufe0fvil.example', '\u2060evil.example'])('%j', (host) => {
  expect(() => grants.checkConnect(host, 80)).toThrow(HostNotAllowedError);
  try {
    grants.checkConnect(host, 80);
  } catch (error) {
    expect((error as Error).message).not.toMatch(/\p{Cf}|\ufe0f/u);
    expect((error as Error).message).toContain('(evil.example)');
  }
});

test('joiners, which change a name, are not dropped', () => {
  expect(() => grants.checkConnect('ev\u200dil.example', 80)).toThrow(/is no host/);
});
