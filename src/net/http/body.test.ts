/** Bodies on the move: collecting, capping, and reading by pieces with back-pressure. */
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../test/helpers/tcp-server.ts';
import { Cap, collect, Puller, type Sink, type Source } from './body.ts';

/** A source that the test pushes by hand. Each chunk is overwritten after it was lent, as a connection does. */
class Hand implements Source {
  sink: Sink | null = null;
  resumed = 0;
  cancelled: unknown = null;

  pipe(sink: Sink): void {
    this.sink = sink;
  }

  resume(): void {
    this.resumed += 1;
  }

  cancel(error: unknown): void {
    this.cancelled = error;
    this.sink?.fail(error);
  }

  push(text: string): boolean | undefined {
    const lent = Buffer.from(text);
    const more = this.sink?.write(lent);
    lent.fill(0x21);
    return more;
  }
}

const asText = (bytes: Uint8Array | null) => (bytes === null ? null : Buffer.from(bytes).toString());

describe('collecting', () => {
  it.each([null, 0, 3, 10, 1_000_000_000])('copies what comes (%s expected)', async (expected) => {
    const hand = new Hand();
    const whole = collect(hand, 2_000_000_000, expected);
    hand.push('hello ');
    hand.push('');
    hand.push('world');
    hand.sink?.end();
    const bytes = await whole;
    expect([asText(bytes), bytes.buffer.byteLength]).toEqual(['hello world', 11]);
  });

  it('grows', async () => {
    const hand = new Hand();
    const whole = collect(hand, 10_000_000, null);
    const piece = 'abcdefghij'.repeat(10_000);
    for (let turn = 0; turn < 20; turn++) hand.push(piece);
    hand.sink?.end();
    expect(asText(await whole)).toBe(piece.repeat(20));
  });

  it('stops at its limit', async () => {
    const hand = new Hand();
    const whole = failureOf(collect(hand, 10, null));
    expect(hand.push('0123456789')).toBe(true);
    expect(hand.push('x')).toBe(false);
    expect(await whole).toMatchObject({ name: 'TooLargeError', message: expect.stringContaining('10 bytes') });
    expect(hand.cancelled).not.toBeNull();
    const early = new Hand();
    expect((await failureOf(collect(early, 10, 11))).name).toBe('TooLargeError');
    expect(early.cancelled).not.toBeNull();
    const exact = new Hand();
    const fits = collect(exact, 10, 10);
    exact.push('0123456789');
    exact.sink?.end();
    expect(await fits).toHaveLength(10);
  });
});

describe('a cap', () => {
  it('passes on what is below it, and ends the source above', () => {
    const hand = new Hand();
    const got: string[] = [];
    new Cap(hand, 5).pipe({
      write: (chunk) => got.push(asText(chunk) ?? '') > 0,
      end: () => got.push('end'),
      fail: (error) => got.push(error instanceof Error ? error.name : ''),
    });
    hand.push('abc');
    hand.push('de');
    hand.push('f');
    expect(got).toEqual(['abc', 'de', 'TooLargeError']);
  });
});

describe('reading by pieces', () => {
  it('gives what has come, no more than is asked for, and null at the end', async () => {
    const hand = new Hand();
    const puller = new Puller(hand);
    hand.push('hello');
    hand.push('');
    hand.push('world');
    hand.sink?.end();
    expect(asText(await puller.read(2))).toBe('he');
    expect(asText(await puller.read(100))).toBe('llo');
    expect(asText(await puller.read(100))).toBe('world');
    expect([await puller.read(1), await puller.read(1)]).toEqual([null, null]);
  });

  it('waits for what comes', async () => {
    const hand = new Hand();
    const puller = new Puller(hand);
    const first = puller.read(100);
    expect((await failureOf(puller.read(100))).name).toBe('ArgumentError');
    hand.push('late');
    expect(asText(await first)).toBe('late');
    const last = puller.read(100);
    hand.sink?.end();
    expect(await last).toBeNull();
  });

  it('makes the source wait, and lets it go on when half is read', async () => {
    const hand = new Hand();
    const puller = new Puller(hand);
    const piece = 'x'.repeat(65_536);
    expect([hand.push(piece), hand.push(piece), hand.push(piece), hand.push(piece)]).toEqual([true, true, true, false]);
    await puller.read(65_536);
    await puller.read(65_536);
    expect(hand.resumed).toBe(0);
    await puller.read(65_536);
    expect(hand.resumed).toBe(1);
  });

  it('raises what broke the body, after what had come', async () => {
    const hand = new Hand();
    const puller = new Puller(hand);
    hand.push('some');
    const error = new Error('cut');
    hand.sink?.fail(error);
    expect(asText(await puller.read(100))).toBe('some');
    await expect(puller.read(100)).rejects.toBe(error);
    await expect(puller.read(100)).rejects.toBe(error);
  });
});
