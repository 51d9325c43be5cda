/** A guest among others that come and are killed; and one whose network is an egress's. */
import { afterAll, expect, it } from 'vitest';
import { openEgress } from '../../src/egress/egress.ts';
import { startHttp } from '../helpers/http-server.ts';
import { heard, nextSystem, openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox({ cpuMs: 10_000 });
afterAll(() => sandbox.shutdown());

it.each(['shared', 'strict'] as const)(
  '%s: no message is lost, doubled or out of order while others are killed',
  async (mode) => {
    const own = openSandbox({ strict: mode === 'strict', cpuMs: null });
    const guest = await own.createIsolate();
    const all = heard<number[]>((tell) => {
      const got: number[] = [];
      guest.on('back', (n: number) => {
        if (got.push(n) === 20_000) tell(got);
      });
    });
    guest.execute(`NETWORK.on('n', async (n) => { if (n % 7 === 0) await null; })
    NETWORK.on('n', (n) => NETWORK.send('back', n))`);
    for (let n = 0; n < 20_000; n++) {
      guest.send('n', n);
      if (n % 4_000 !== 0) continue;
      const other = await own.createIsolate({ cpuMs: 50 });
      const ended = nextSystem(other, 'terminated');
      other.execute('for (;;) NETWORK.send("x", 1)');
      await ended;
    }
    expect(await all).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
    own.shutdown();
  },
);

it('under an egress a guest reaches what the policy says, and no sockets', async () => {
  await using server = await startHttp((response) => response.end('out'));
  const egress = await openEgress({ state: ':memory:' });
  const guest = await sandbox.createIsolate({ net: egress.net({ app: 'guest' }) });
  const fetching = `await fetch('http://127.0.0.1:${server.port}/').then((r) => r.text(), (e) => e.cause.code)`;
  expect(await guest.evaluate(fetching, { timeout: 15 })).toBe('NET_HOST_NOT_ALLOWED');
  expect(
    await guest.evaluate(`let r; try { net.tcp('127.0.0.1', ${server.port}) } catch (e) { r = e.code } r`, {
      timeout: 15,
    }),
  ).toBe('NET_HOST_NOT_ALLOWED');
  expect(server.seen).toEqual([]);
  guest.destroy();
  await egress.close();
});
