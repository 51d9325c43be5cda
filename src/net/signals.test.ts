import { expect, test } from 'vitest';
import { anyOf } from './signals.ts';

test('none is none, and one is itself', () => {
  const { signal } = new AbortController();
  expect(anyOf()).toBeUndefined();
  expect(anyOf(undefined, undefined)).toBeUndefined();
  expect(anyOf(undefined, signal)).toBe(signal);
});

test('several are one that aborts with the first, for its reason', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const both = anyOf(one.signal, undefined, other.signal);
  expect(both?.aborted).toBe(false);
  other.abort('the other');
  expect([both?.aborted, both?.reason]).toEqual([true, 'the other']);
  one.abort('the one');
  expect(both?.reason).toBe('the other');
});
