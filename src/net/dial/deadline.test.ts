/** Steps that are given up: by the deadline, by signals, in any order. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { parseTarget } from '../address/target.ts';
import { type Bounds, Deadline, type Outcome, runStep } from './deadline.ts';

const about = { operation: 'connect', target: parseTarget('API.test', 80) };

function boundsOf(clock: ManualClock, seconds: number | null, ...signals: (AbortSignal | undefined)[]): Bounds {
  return { deadline: Deadline.after(clock, seconds, 'connect'), about, signals };
}

/** A step that the test ends by hand, and how often it was cancelled. */
function heldStep(bounds: Bounds) {
  const seen: { outcome: Outcome<string> | null; cancelled: number } = { outcome: null, cancelled: 0 };
  const promise = runStep<string>(bounds, (outcome) => {
    seen.outcome = outcome;
    return () => {
      seen.cancelled += 1;
    };
  });
  promise.catch(() => {});
  return { seen, promise };
}

describe('runStep', () => {
  it('gives the first outcome, and cancels nothing', async () => {
    const clock = new ManualClock();
    const { seen, promise } = heldStep(boundsOf(clock, 5));
    seen.outcome?.done('first');
    seen.outcome?.done('second');
    seen.outcome?.failed(new Error('third'));
    expect(await promise).toBe('first');
    expect([seen.cancelled, clock.timers]).toEqual([0, 0]);
  });

  it('ends at the deadline with the phase, and cancels once', async () => {
    const clock = new ManualClock();
    const bounds = boundsOf(clock, 5);
    const { seen, promise } = heldStep(bounds);
    bounds.deadline.phase = 'tls';
    clock.advance(4999);
    expect(seen.cancelled).toBe(0);
    clock.advance(1);
    seen.outcome?.done('too late');
    await expect(promise).rejects.toMatchObject({
      name: 'TimeoutError',
      phase: 'tls',
      host: 'API.test',
      port: 80,
      message: 'connect api.test:80: not done in time (tls)',
    });
    expect(seen.cancelled).toBe(1);
  });

  it("ends with any signal's reason", async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const { seen, promise } = heldStep(boundsOf(clock, 5, undefined, controller.signal));
    controller.abort(new Error('stop'));
    clock.advance(10_000);
    await expect(promise).rejects.toThrow('stop');
    expect([seen.cancelled, clock.timers]).toEqual([1, 0]);
  });

  it('begins nothing that is over already', async () => {
    const clock = new ManualClock();
    const past = boundsOf(clock, 1);
    clock.advance(1000);
    const late = heldStep(past);
    await expect(late.promise).rejects.toMatchObject({ name: 'TimeoutError' });
    const aborted = heldStep(boundsOf(clock, null, AbortSignal.abort(new Error('before'))));
    await expect(aborted.promise).rejects.toThrow('before');
    expect([late.seen.outcome, aborted.seen.outcome, clock.timers]).toEqual([null, null, 0]);
  });

  it('fails as its beginning does, and leaves no timer', async () => {
    const clock = new ManualClock();
    const step = runStep(boundsOf(clock, 5), () => {
      throw new Error('at once');
    });
    await expect(step).rejects.toThrow('at once');
    expect(clock.timers).toBe(0);
  });

  it('sets no timer without a limit', () => {
    const clock = new ManualClock();
    heldStep(boundsOf(clock, null));
    expect(clock.timers).toBe(0);
  });
});

describe('Deadline', () => {
  it('is the earlier one', () => {
    const clock = new ManualClock();
    const whole = Deadline.after(clock, 10, 'dns');
    expect(whole.within(null)).toBe(whole);
    expect(whole.within(20)).toBe(whole);
    expect(whole.within(3).leftMs).toBe(3000);
    expect(Deadline.after(clock, null, 'dns').leftMs).toBe(Number.POSITIVE_INFINITY);
  });
});
