/** How much is let in: to the byte, with and without a read that needs more. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { parseTarget } from '../address/target.ts';
import { Deadline } from '../dial/deadline.ts';
import { exactly, some } from './questions.ts';
import { ReadSide } from './read-side.ts';

const about = { operation: 'recv', target: parseTarget('api.test', 80) };
const bounds = () => ({ deadline: Deadline.after(new ManualClock(), null, 'read'), about, signals: [] });

let said: string[];
beforeEach(() => {
  said = [];
});

function sideOf(readAhead: number): ReadSide {
  return new ReadSide({ pause: () => said.push('pause'), resume: () => said.push('resume') }, readAhead, () => {});
}

const bytes = (count: number): Buffer => Buffer.alloc(count, 'b');

describe('what lies unread', () => {
  it('stops the peer at the read-ahead, and not a byte before', () => {
    const side = sideOf(100);
    side.push(bytes(99));
    expect(said).toEqual([]);
    side.push(bytes(1));
    expect(said).toEqual(['pause']);
  });

  it('lets it go on below half of that, and not a byte before', () => {
    const side = sideOf(100);
    side.push(bytes(100));
    side.read(some(50), 1, bounds);
    expect(said).toEqual(['pause']);
    side.read(some(1), 1, bounds);
    expect(said).toEqual(['pause', 'resume']);
    side.push(bytes(51));
    expect(said).toEqual(['pause', 'resume', 'pause']);
  });

  it('may be as much as a read needs to see, and no more afterwards', async () => {
    const side = sideOf(10);
    const reading = side.read(exactly(30, about), 30, bounds);
    side.push(bytes(29));
    expect(said).toEqual([]);
    side.push(bytes(12));
    expect(await reading).toHaveLength(30);
    expect(said).toEqual(['pause']);
    side.read(some(11), 1, bounds);
    expect(said).toEqual(['pause', 'resume']);
  });

  it('lets more in for a read that comes when the peer has been stopped', async () => {
    const side = sideOf(10);
    side.push(bytes(10));
    const reading = side.read(exactly(11, about), 11, bounds);
    expect(said).toEqual(['pause', 'resume']);
    side.push(bytes(1));
    expect(await reading).toHaveLength(11);
  });

  it('is nothing of what is to be dropped', () => {
    const side = sideOf(10);
    side.push(bytes(10));
    side.discard();
    expect(said).toEqual(['pause', 'resume']);
    side.push(bytes(1000));
    expect([said, side.received]).toEqual([['pause', 'resume'], 1010]);
  });
});
