/** A guest lets WebCrypto work for it: that is its CPU time, although its own code only waits. */
import { afterAll, expect, it } from 'vitest';
import { nextSystem, openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox({ cpuMs: 400 });
afterAll(() => sandbox.shutdown());

it('derives keys without end', async () => {
  const guest = await sandbox.createIsolate();
  const ended = nextSystem(guest, 'terminated');
  guest.execute(`const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits']);
    const how = { name: 'PBKDF2', hash: 'SHA-256', salt: new Uint8Array(16), iterations: 50_000 };
    for (;;) await crypto.subtle.deriveBits(how, key, 256);`);
  expect(await ended).toEqual({ reason: 'cpu_limit_exceeded' });
});

it('asks for so many at once that others would wait for a thread', async () => {
  const [guest, other] = [await sandbox.createIsolate(), await sandbox.createIsolate()];
  const ended = nextSystem(guest, 'terminated');
  guest.execute(`const key = await crypto.subtle.importKey('raw', new Uint8Array(16), 'PBKDF2', false, ['deriveBits']);
    const how = { name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(16), iterations: 500_000 };
    for (let n = 0; n < 16; n++) crypto.subtle.deriveBits(how, key, 256);`);
  const digest = await other.evaluate(`new Uint8Array(await crypto.subtle.digest('SHA-1', new Uint8Array(0)))[0]`);
  expect([digest, guest.destroyed]).toEqual([0xda, false]);
  expect(await ended).toEqual({ reason: 'cpu_limit_exceeded' });
});

it('makes keys that would take minutes', async () => {
  const guest = await sandbox.createIsolate();
  const how = `{ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 8192, publicExponent: new Uint8Array([1, 0, 1]) }`;
  const told = guest.evaluate(`await crypto.subtle.generateKey(${how}, false, ['sign'])`);
  await expect(told).rejects.toThrow('a modulus of more than 4096 bits');
});
