/** A guest among others that come and are killed. */
import { expect, it } from 'vitest';
import { heard, nextSystem, openSandbox } from '../helpers/isolates.ts';

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
