/** A guest that asks WebCrypto for more than a thread can do in seconds, or for more memory than it may have: refused at once. */
import { afterAll, expect, it } from 'vitest';
import { openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox();
afterAll(() => sandbox.shutdown());

const KEY = `const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits', 'deriveKey']);
const by = (iterations) => ({ name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(8), iterations });
const hmac = (length) => ({ name: 'HMAC', hash: 'SHA-256', length });`;

it.each([
  'crypto.subtle.deriveBits(by(1), key, 2 ** 31 - 8)',
  'crypto.subtle.deriveBits(by(1_000_000), key, 65_536)',
  'crypto.subtle.deriveBits(by(10_000_000), key, 256)',
  `crypto.subtle.deriveKey(by(1), key, hmac(2 ** 31 - 8), true, ['sign'])`,
  `crypto.subtle.deriveKey(by(1_000_000), key, hmac(65_536), true, ['sign'])`,
  `crypto.subtle.generateKey(hmac(2 ** 31 - 8), true, ['sign'])`,
])('%s', async (call) => {
  const guest = await sandbox.createIsolate();
  expect(await guest.evaluate(`${KEY} await ${call}.then(() => 'made', (e) => e.name)`, { timeout: 15 })).toBe(
    'QuotaExceededError',
  );
  guest.destroy();
});

it('what is usual is done', async () => {
  const guest = await sandbox.createIsolate();
  const made = `[(await crypto.subtle.deriveBits(by(1_000), key, 512)).byteLength,
    (await crypto.subtle.deriveKey(by(1_000), key, { name: 'AES-GCM', length: 256 }, true, ['encrypt'])).type,
    (await crypto.subtle.deriveKey(by(1_000), key, hmac(undefined), true, ['sign'])).algorithm.length]`;
  expect(await guest.evaluate(`${KEY} ${made}`, { timeout: 15 })).toEqual([64, 'secret', 512]);
  guest.destroy();
});
