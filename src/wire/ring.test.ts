import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CopyBytes, createRing, RingReader, RingState, RingWriter, viewRing, Waits } from './ring.ts';

const copy: CopyBytes = (source, target, targetStart, start, end) => {
  target.set(source.subarray(start, end), targetStart);
};

function openRing(size: number) {
  const buffer = createRing(size);
  const memory = viewRing(buffer);
  return { buffer, writer: new RingWriter(memory, copy), reader: new RingReader(memory, copy) };
}

describe('ring', () => {
  it('gives the same bytes for any interleaving of writes and reads', () => {
    const step = fc.record({ write: fc.uint8Array({ maxLength: 40 }), read: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { writer, reader } = openRing(32);
        const written: number[] = [];
        const read: number[] = [];
        for (const { write, read: max } of steps) {
          written.push(...write.subarray(0, writer.write(write)));
          const target = new Uint8Array(40);
          read.push(...target.subarray(0, reader.read(target, 0, max)));
        }
        const rest = new Uint8Array(64);
        read.push(...rest.subarray(0, reader.read(rest, 0, 64)));
        expect(read).toEqual(written);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is full at its size and not before', () => {
    const { writer, reader } = openRing(16);
    expect(writer.write(new Uint8Array(15))).toBe(15);
    expect(writer.write(new Uint8Array(5))).toBe(1);
    expect(writer.write(new Uint8Array(1))).toBe(0);
    expect(reader.unread).toBe(16);
  });

  it('counts on over 2³² bytes', () => {
    const { buffer, writer, reader } = openRing(16);
    const words = new Int32Array(buffer, 0, 64);
    const target = new Uint8Array(16);
    // The cursors are private: they are driven near the wrap by real traffic in steps of the whole ring.
    for (let round = 0; round < 1_000; round++) {
      expect(writer.write(Uint8Array.from({ length: 16 }, () => round & 255))).toBe(16);
      expect(reader.read(target, 0, 16)).toBe(16);
      expect(target[15]).toBe(round & 255);
    }
    expect(words[0]).toBe(16_000);
  });

  it('believes no tail that is ahead of what was written, or goes back', () => {
    const { buffer, writer, reader } = openRing(16);
    const words = new Int32Array(buffer, 0, 64);
    writer.write(new Uint8Array(10));
    for (const lie of [11, 1_000, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      Atomics.store(words, 16, lie);
      expect(writer.room).toBe(6);
    }
    Atomics.store(words, 16, 4);
    expect(writer.room).toBe(10);
    Atomics.store(words, 16, 2);
    expect(writer.room).toBe(10);
    expect(reader.state).toBe(RingState.OPEN);
  });

  it('tells a reader when to ask for more', () => {
    const { writer, reader } = openRing(16);
    writer.write(new Uint8Array(16));
    writer.stall(Waits.YES);
    expect(reader.wantsResume).toBe(false);
    reader.read(new Uint8Array(8), 0, 8);
    expect(reader.wantsResume).toBe(true);
    writer.stall(Waits.NO);
    expect(reader.wantsResume).toBe(false);
    writer.finish(RingState.ENDED);
    expect(reader.ready).toBe(true);
  });

  it('wakes a reader that emptied the ring before the writer said that it waits', () => {
    const { writer, reader } = openRing(16);
    writer.write(new Uint8Array(16));
    reader.read(new Uint8Array(16), 0, 16);
    expect(reader.ready).toBe(false);
    writer.stall(Waits.YES);
    expect(reader.ready).toBe(true);
  });

  it('refuses sizes that are no power of two', () => {
    for (const size of [0, 8, 17, 24, 1.5]) expect(() => createRing(size)).toThrow(RangeError);
  });
});
