/** The buffer beside the plainest model there is: one string. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReadBuffer } from './read-buffer.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('ReadBuffer', () => {
  it('gives back what was put in, piece by piece or across pieces', () => {
    const buffer = new ReadBuffer();
    for (const piece of ['ab', 'c', 'defg']) buffer.push(bytes(piece));
    expect(buffer.size).toBe(7);
    expect(Buffer.from(buffer.take(1)).toString()).toBe('a');
    expect(Buffer.from(buffer.take(4)).toString()).toBe('bcde');
    expect(Buffer.from(buffer.take(100)).toString()).toBe('fg');
    expect(buffer.size).toBe(0);
    expect(buffer.take(1)).toHaveLength(0);
  });

  it('finds a mark that stands across many tiny pieces', () => {
    const buffer = new ReadBuffer();
    for (const letter of 'xxENDyy') buffer.push(bytes(letter));
    expect(buffer.indexOf(bytes('END'), 0)).toBe(2);
    expect(buffer.indexOf(bytes('END'), 3)).toBe(-1);
  });

  it('finds a mark across the border of two large pieces', () => {
    const buffer = new ReadBuffer();
    buffer.push(Buffer.concat([Buffer.alloc(8192, 120), bytes('\r')]));
    buffer.push(Buffer.concat([bytes('\n'), Buffer.alloc(8192, 121)]));
    expect(buffer.indexOf(bytes('\r\n'), 0)).toBe(8192);
    buffer.drop(8000);
    expect(buffer.indexOf(bytes('\r\n'), 100)).toBe(192);
  });

  it('does not change bytes that it has given away', () => {
    const buffer = new ReadBuffer();
    buffer.push(bytes('ab'));
    buffer.push(bytes('cd'));
    const taken = buffer.take(3);
    buffer.push(bytes('zz'));
    expect(Buffer.from(taken).toString()).toBe('abc');
  });

  it('behaves as a string does', () => {
    const step = fc.oneof(
      fc.record({ push: fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 6 }) }),
      fc.record({ push: fc.constantFrom('a'.repeat(5000), `${'b'.repeat(4096)}\n`) }),
      fc.record({ take: fc.nat(12) }),
      fc.record({ drop: fc.nat(6000) }),
      fc.record({ find: fc.constantFrom('\n', 'ab', 'aab', 'a\nb', 'bbbb'), from: fc.nat(8) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const buffer = new ReadBuffer();
        let model = '';
        for (const one of steps) {
          if ('push' in one) {
            buffer.push(bytes(one.push));
            model += one.push;
          } else if ('take' in one) {
            expect(Buffer.from(buffer.take(one.take)).toString('latin1')).toBe(model.slice(0, one.take));
            model = model.slice(one.take);
          } else if ('drop' in one) {
            buffer.drop(one.drop);
            model = model.slice(one.drop);
          } else expect(buffer.indexOf(bytes(one.find), one.from)).toBe(model.indexOf(one.find, one.from));
          expect(buffer.size).toBe(model.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
