/**
 * Attack: a host, rule or method that rewrites the message shown for it: bidirectional marks, escape sequences, line breaks.
 * Defence: all text from outside is escaped in messages and hints.
 */
import { expect, test } from 'vitest';
import { CaspianError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const TEXTS = [
  'a\u202emoc.live',
  '\u001b[2Ja',
  'a\r\nb',
  '\u2066a\u2069',
  'a\u0085b',
  'a\u2028b',
  '\u200fa',
  'a\u{e0061}',
];

function raised(action: () => unknown): CaspianError {
  try {
    action();
  } catch (error) {
    if (error instanceof CaspianError) return error;
    throw error;
  }
  throw new Error('nothing was raised');
}

test.each(TEXTS)('%j', (text) => {
  const grants = Grants.parse({ allowNet: true });
  const capability = Capability.root(grants);
  const url = new URL('https://a.example/');
  const errors = [
    () => grants.checkConnect(text, 80),
    () => grants.checkAddress(text),
    () => Grants.parse({ allowNet: [text] }),
    () => Grants.parse({ allowNet: [`https://${text}`] }),
    () => Grants.parse({ [text]: true }),
    () => grants.narrow([text]),
    () => grants.narrow(['*'], { methods: [text] }),
    () => grants.narrow(['*'], { paths: [`x${text}`] }),
    () => grants.narrow(['*'], { deny: [`${text}/`] }),
    () => capability.permitConnect({ operation: 'connect', host: text, port: 80 }),
    () => capability.narrow(['*'], { methods: ['GET'] }).permitRequest({ operation: text, method: text, url }),
    () =>
      capability.permitRequest({ operation: 'fetch', method: 'GET', url, written: text, from: url }) &&
      Grants.parse({}).checkConnect(text, 1),
  ].map(raised);
  for (const { message, hint } of errors) expect(`${message}${hint ?? ''}`).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
});
