/** Whom a UDP socket hears and may answer: windows, measures, and what is forgotten. */
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/helpers/tcp-clock.ts';
import { ANSWER_WITHIN_MS, type Endpoint, HeardFrom, MAX_PEERS, SentTo } from './udp-peers.ts';

const at = (port: number): Endpoint => ({ host: '192.0.2.1', port });

describe('SentTo', () => {
  it('hears and answers those that were sent to, by address and port', () => {
    const rules = new SentTo();
    rules.sent(at(1));
    expect([rules.hears(at(1)), rules.takeAnswer(at(1))]).toEqual([true, true]);
    expect([rules.hears(at(2)), rules.takeAnswer({ host: '192.0.2.2', port: 1 })]).toEqual([false, false]);
  });

  it('forgets the one that was quiet for longest', () => {
    const rules = new SentTo();
    for (let port = 0; port < MAX_PEERS; port++) rules.sent(at(port));
    rules.sent(at(0));
    rules.sent(at(MAX_PEERS));
    expect([rules.hears(at(0)), rules.hears(at(1)), rules.hears(at(2))]).toEqual([true, false, true]);
  });
});

describe('HeardFrom', () => {
  it('lets three times the bytes out, to the byte, until 30 s after the last datagram', () => {
    const clock = new ManualClock();
    const rules = new HeardFrom(clock);
    expect(rules.takeAnswer(at(1), 0)).toBe(false);
    rules.received(at(1), 10);
    expect([rules.takeAnswer(at(1), 31), rules.takeAnswer(at(1), 30), rules.takeAnswer(at(1), 1)]).toEqual([
      false,
      true,
      false,
    ]);
    clock.advance(ANSWER_WITHIN_MS);
    rules.received(at(1), 1);
    clock.advance(ANSWER_WITHIN_MS);
    expect([rules.takeAnswer(at(1), 3), rules.takeAnswer(at(1), 1)]).toEqual([true, false]);
    rules.received(at(1), 1);
    clock.advance(ANSWER_WITHIN_MS + 1);
    expect(rules.takeAnswer(at(1), 1)).toBe(false);
  });

  it('keeps so many peers and no more', () => {
    const rules = new HeardFrom(new ManualClock());
    for (let port = 0; port <= MAX_PEERS; port++) rules.received(at(port), 1);
    expect([rules.takeAnswer(at(0), 1), rules.takeAnswer(at(1), 1)]).toEqual([false, true]);
  });
});
