/**
 * A slice of the fuzzers' programs, the same in every run; `npm run fuzz` runs as many as it is told. And whether the
 * fuzzers would notice what they look for.
 */
import { expect, it } from 'vitest';
import { runCampaign } from './campaign.ts';
import { Intrinsics } from './intrinsics.ts';
import { complaintAbout, KINDS } from './judge.ts';

it.each(KINDS)('%s programs end as programs may', { timeout: 120_000 }, async (kind) => {
  const { findings } = await runCampaign({ kind, seed: 2026, from: 0, count: 1500 });
  expect(findings).toEqual([]);
});

it('ends a program that does not end, and goes on', async () => {
  const { findings, stopped } = await runCampaign({ kind: 'endless', seed: 1, from: 0, count: 2, patienceMs: 100 });
  expect({ findings, stopped }).toEqual({ findings: [], stopped: [0, 1] });
});

it('notices a changed global, a changed property and a new prototype', () => {
  const shared = { list: [1] };
  Object.assign(globalThis, { fuzzed: shared });
  try {
    const intrinsics = new Intrinsics();
    expect(intrinsics.changed()).toBeNull();
    shared.list.push(2);
    expect(intrinsics.changed()).toBe('the properties of globalThis.fuzzed.list');
    shared.list.pop();
    Object.setPrototypeOf(shared, null);
    expect(intrinsics.changed()).toBe('the prototype of globalThis.fuzzed');
    Object.setPrototypeOf(shared, Object.prototype);
    expect(intrinsics.changed()).toBeNull();
  } finally {
    Reflect.deleteProperty(globalThis, 'fuzzed');
  }
});

it('knows good ends from bad ones', () => {
  for (const source of ['1', "raise 'a.org/b'", 'puts (', 'function &f() &f() end\n&f()', '%process.exit(3)']) {
    expect(complaintAbout(source), source).toBeNull();
  }
  expect(complaintAbout("puts 'x is not' + ' a function'")).toContain('is not a function');
});
