/** A guest asks the network with more than can cross to it: the guest's error, and nobody else's. */
import { afterAll, expect, it } from 'vitest';
import { Grants } from '../../src/net/grants/grants.ts';
import { openNet } from '../../src/net/net.ts';
import { openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox({ memoryMb: 512 });
const net = openNet(Grants.parse({ allowNet: ['127.0.0.1'] }));
afterAll(async () => {
  sandbox.shutdown();
  await net.close();
});

it.each([
  [`fetch('http://127.0.0.1/' + 'a'.repeat(6_000_000))`],
  [`fetch('http://127.0.0.1/', { method: 'POST', body: 'a'.repeat(8_000_000) })`],
  [`fetch('http://127.0.0.1/', { headers: { long: 'x'.repeat(6_000_000) } })`],
  [
    `new Promise((_, no) => { new WebSocket('ws://127.0.0.1/' + 'a'.repeat(6_000_000)).onerror = (e) => no(new Error(e.message)) })`,
  ],
])('%s', async (call) => {
  const neighbour = await sandbox.createIsolate();
  const guest = await sandbox.createIsolate({ net });
  await expect(guest.evaluate(`await ${call}`, { timeout: 15 })).rejects.toThrow('the value has more than');
  expect(await neighbour.evaluate('1 + 1', { timeout: 15 })).toBe(2);
  guest.destroy();
  neighbour.destroy();
});
