/** Mailbox: order, who is served, and what is left when it ends. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { failureOf } from '../../../test/helpers/tcp-server.ts';
import { SocketError } from '../../errors/classes.ts';
import { parseTarget } from '../address/target.ts';
import { type Bounds, Deadline } from '../dial/deadline.ts';
import { Mailbox } from './mailbox.ts';

interface Letter {
  readonly text: string;
}

const clock = new ManualClock();
const about = { operation: 'recv', target: parseTarget('api.test', 80) };

function within(seconds: number | null): () => Bounds {
  return () => ({ deadline: Deadline.after(clock, seconds, 'read'), about, signals: [] });
}

const [a, b, c]: readonly [Letter, Letter, Letter] = [{ text: 'a' }, { text: 'b' }, { text: 'c' }];

describe('Mailbox', () => {
  it('keeps the order of items and of takers', async () => {
    const box = new Mailbox<Letter>();
    box.put(a);
    box.put(b);
    expect([box.take(within(1)), box.size]).toEqual([a, 1]);
    expect(box.take(within(1))).toBe(b);
    const waiting = [box.take(within(1)), box.take(within(1))];
    box.put(b);
    box.put(c);
    expect(await Promise.all(waiting)).toEqual([b, c]);
    expect([box.size, clock.timers]).toEqual([0, 0]);
  });

  it('gives nothing to whoever has given up, and withdraws what nobody has taken', async () => {
    const box = new Mailbox<Letter>();
    const late = failureOf(Promise.resolve(box.take(within(1))));
    clock.advance(1000);
    expect((await late).name).toBe('TimeoutError');
    box.put(a);
    box.put(b);
    expect([box.withdraw(a), box.withdraw(a), box.take(within(1))]).toEqual([true, false, b]);
  });

  it('fails one who waits, or all of them at its end', async () => {
    const box = new Mailbox<Letter>();
    expect(box.fail(new SocketError('nobody'))).toBe(false);
    const waiting = [1, 2].map(() => failureOf(Promise.resolve(box.take(within(null)))));
    expect(box.fail(new SocketError('one'))).toBe(true);
    expect(box.close(new SocketError('all'))).toEqual([]);
    expect((await Promise.all(waiting)).map(({ message }) => message)).toEqual(['one', 'all']);
    expect(() => box.take(within(1))).toThrow('all');
  });

  it('returns what is left when it is closed', () => {
    const box = new Mailbox<Letter>();
    box.put(c);
    expect(box.close(new SocketError('over'))).toEqual([c]);
    expect(box.size).toBe(0);
  });
});
