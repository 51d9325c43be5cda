/**
 * Attack: many requests at once, or from many narrowed copies, each seeing a budget that is not yet spent.
 * Defence: asking and taking are one step, and the copies draw on the same budget.
 */
import { expect, test } from 'vitest';
import { CaspianError } from '../../src/errors/classes.ts';
import { Capability } from '../../src/net/capability.ts';
import { Grants } from '../../src/net/grants/grants.ts';

const ask = (url = 'https://a.example/') => ({ operation: 'fetch', method: 'GET', url: new URL(url) });

async function granted(capabilities: readonly Capability[]): Promise<number> {
  const tries = capabilities.map(async (capability) => {
    await Promise.resolve();
    capability.permitRequest(ask());
    await Promise.resolve();
  });
  const results = await Promise.allSettled(tries);
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(CaspianError);
  return results.filter(({ status }) => status === 'fulfilled').length;
}

test.each([{ max_requests: 3 }, { rate: '3/d' }])(
  '%j, a hundred at once and from a hundred copies',
  async (options) => {
    const root = Capability.root(Grants.parse({ allowNet: true }));
    const one = root.narrow(['*'], options);
    expect(await granted(Array.from({ length: 100 }, () => one))).toBe(3);
    const parent = root.narrow(['*'], options);
    const copies = Array.from({ length: 100 }, (_, at) => parent.narrow(['*'], at % 2 === 0 ? options : {}));
    expect(await granted(copies)).toBe(3);
  },
);

test('a watcher that asks again in the middle gets no more', () => {
  let again = 0;
  const root = Capability.root(Grants.parse({ allowNet: true }), {
    onDecision: ({ verdict }) => {
      if (verdict === 'allowed' && again++ < 10) one.permitRequest(ask());
    },
  });
  const one = root.narrow(['*'], { max_requests: 2 });
  let count = 0;
  root.watch(({ verdict }) => {
    if (verdict === 'allowed') count++;
  });
  const uncaught: unknown[] = [];
  const keep = (error: unknown) => uncaught.push(error);
  process.on('uncaughtException', keep);
  one.permitRequest(ask());
  expect(() => one.permitRequest(ask())).toThrow(/used up/);
  expect(count).toBe(2);
  return new Promise<void>((resolve) => {
    setImmediate(() => {
      process.off('uncaughtException', keep);
      expect(uncaught).toHaveLength(1);
      resolve();
    });
  });
});
