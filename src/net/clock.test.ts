import { expect, test, vi } from 'vitest';
import { systemClock } from './clock.ts';

test('time goes forward, and a timer fires once', () => {
  vi.useFakeTimers();
  try {
    const start = systemClock.now();
    const fired: number[] = [];
    systemClock.after(50, () => fired.push(systemClock.now() - start));
    systemClock.after(10, () => fired.push(-1)).cancel();
    vi.advanceTimersByTime(1000);
    expect(fired).toEqual([50]);
  } finally {
    vi.useRealTimers();
  }
});

test('a timer of the system that is early is waited for once more', () => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  try {
    let now = 1_000.75;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    let fired = 0;
    systemClock.after(50, () => fired++);
    now = 1_050.5;
    vi.advanceTimersByTime(50);
    expect(fired).toBe(0);
    now = 1_050.75;
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
});

test('a delay that is too long for the system is waited for in pieces', () => {
  vi.useFakeTimers();
  try {
    const day = 86_400_000;
    let fired = 0;
    const timer = systemClock.after(60 * day, () => fired++);
    systemClock.after(60 * day, () => fired++).cancel();
    vi.advanceTimersByTime(59 * day);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(2 * day);
    expect(fired).toBe(1);
    timer.cancel();
  } finally {
    vi.useRealTimers();
  }
});
