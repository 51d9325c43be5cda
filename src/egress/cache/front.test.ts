import { expect, test } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { Front } from './front.ts';
import type { KeptVary } from './kept.ts';

const LATE = 1_000_000;

function kept({ size = 100, expiresAt = LATE } = {}): KeptVary {
  return { kind: 'vary', vary: [], size, expiresAt };
}

function setUp(first: number | null = 1) {
  const clock = new ManualClock();
  const state = { number: first, asked: 0 };
  const version = (): number | null => {
    state.asked += 1;
    return state.number;
  };
  const front = new Front({ version }, clock);
  // As the cache does: looked for here first, then put.
  const put = (key: string, one: KeptVary): void => {
    expect(front.get(key, clock.now())).toBeNull();
    front.put(key, one);
  };
  return { clock, state, front, put };
}

test('what was put is there until it expires', () => {
  const { front, put, clock } = setUp();
  const one = kept({ expiresAt: 50 });
  put('k', one);
  expect(front.get('k', 49)).toBe(one);
  expect(front.get('k', 50)).toBeNull();
  expect(front.get('other', clock.now())).toBeNull();
  expect(front.bytes).toBe(0);
});

test('nothing is there any more a millisecond after the state changed, and the state is not asked more often', () => {
  const { front, put, clock, state } = setUp();
  put('k', kept());
  for (let turn = 0; turn < 100; turn++) front.get('k', 0);
  expect(state.asked).toBe(1);
  state.number = 2;
  clock.advance(1);
  expect(front.get('k', 0)).toBeNull();
  expect(state.asked).toBe(2);
});

test('a state that can’t be asked raises, and is asked again at once', () => {
  const { clock } = setUp();
  let away = true;
  const front = new Front(
    {
      version: () => {
        if (away) throw new Error('away');
        return 1;
      },
    },
    clock,
  );
  expect(() => front.get('k', 0)).toThrow('away');
  expect(() => front.get('k', 0)).toThrow('away');
  away = false;
  expect(front.get('k', 0)).toBeNull();
});

test('it is looked for in the state once in a while, so that it counts as used there', () => {
  const { front, put, clock } = setUp();
  put('k', kept());
  clock.advance(9_999);
  expect(front.get('k', 0)).not.toBeNull();
  clock.advance(1);
  expect(front.get('k', 0)).toBeNull();
});

test('a state that tells no version is asked each time', () => {
  const { front, put } = setUp(null);
  put('k', kept());
  expect(front.get('k', 0)).toBeNull();
});

test('it holds 8 MiB, the least recently used go first, and none above 256 KiB', () => {
  const { front, put } = setUp();
  const size = 262_000;
  for (let at = 0; at < 32; at++) put(`k${at}`, kept({ size }));
  expect(front.get('k0', 0)).not.toBeNull();
  put('k32', kept({ size }));
  expect(front.bytes).toBeLessThanOrEqual(8_388_608);
  expect(front.get('k1', 0)).toBeNull();
  expect(front.get('k0', 0)).not.toBeNull();
  put('large', kept({ size: 262_144 }));
  expect(front.get('large', 0)).toBeNull();
  put('k'.repeat(262_144), kept({ size: 1 }));
  expect(front.get('k'.repeat(262_144), 0)).toBeNull();
});
