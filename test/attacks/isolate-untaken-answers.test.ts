/** A guest that asks and asks and takes no answer: what its host holds for it is bounded, and counts as its memory. */
import { afterAll, expect, it } from 'vitest';
import { nextSystem, openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox({ memoryMb: 16, cpuMs: null, timeMs: 15_000 });
afterAll(() => sandbox.shutdown());

it.each([
  ['of a request', `NETWORK.request('large')`],
  ['of a fetch', `fetch('http://127.0.0.1/')`],
])('answers %s', async (_name, ask) => {
  const [guest, other] = [await sandbox.createIsolate(), await sandbox.createIsolate()];
  const large = new Uint8Array(100_000);
  guest.onRequest('large', () => large).onRequest('fetch', () => ({ body: large }));
  const ended = nextSystem(guest, 'terminated');
  // It does no more than ask, 20 MB in all, and goes on without an end.
  guest.execute(`for (let n = 0; n < 200; n++) ${ask}.catch(() => {}); await null; for (;;);`);
  expect(await ended).toEqual({ reason: 'memory_limit_exceeded' });
  expect(await other.evaluate('1')).toBe(1);
  other.destroy();
});

it('answers that are taken are none of it', async () => {
  const guest = await sandbox.createIsolate();
  guest.onRequest('large', () => new Uint8Array(1_000_000));
  const size = await guest.evaluate(
    `let size = 0; for (let n = 0; n < 40; n++) size += (await NETWORK.request('large')).length; size`,
  );
  expect(size).toBe(40_000_000);
  guest.destroy();
});
