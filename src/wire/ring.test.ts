import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CopyBytes, createRing, RingDrain, RingReader, RingState, RingWriter, viewRing, Waits } from './ring.ts';

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

  it('finds what a plain search finds, wherever it lies', () => {
    const text = fc.array(fc.constantFrom(10, 13, 120, 138, 0, 255), { maxLength: 64 });
    const mark = fc.array(fc.constantFrom(10, 13, 120, 255), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.nat(63), text, mark, fc.nat(20), (start, bytes, wanted, from) => {
        const { writer, reader } = openRing(64);
        writer.write(new Uint8Array(start));
        reader.skip(reader.unread);
        reader.tell();
        writer.write(Uint8Array.from(bytes));
        const found = Buffer.from(bytes).indexOf(Buffer.from(wanted), from);
        expect(reader.find(Uint8Array.from(wanted), from, reader.unread)).toBe(from > bytes.length ? -1 : found);
      }),
      { numRuns: 5_000 },
    );
  });

  it('keeps what is unread when it moves to larger memory, in both directions', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.uint8Array({ maxLength: 16 }), (start, bytes) => {
        const { writer, reader } = openRing(16);
        const drained = openRing(16);
        const drain = new RingDrain(viewRing(drained.buffer), copy);
        for (let at = 0; at < start; at++) {
          writer.write(Uint8Array.of(0));
          reader.take(1);
          reader.tell();
          drained.writer.write(Uint8Array.of(0));
          drain.take(1);
        }
        writer.write(bytes);
        drained.writer.write(bytes);
        const larger = new Uint8Array(new SharedArrayBuffer(64));
        writer.moveTo(larger);
        reader.follow(larger);
        const largest = new Uint8Array(new SharedArrayBuffer(64));
        drain.moveTo(largest);
        drained.writer.follow(largest);
        writer.write(bytes);
        drained.writer.write(bytes);
        const twice = [...bytes, ...bytes];
        expect([...reader.take(twice.length)]).toEqual(twice);
        const sent: number[] = [];
        for (let piece = drain.peek(7); piece !== null; piece = drain.peek(7)) {
          sent.push(...piece);
          drain.take(piece.length);
        }
        expect(sent).toEqual(twice);
      }),
      { numRuns: 500 },
    );
  });

  it('drains no more than a ring holds, whatever the head says', () => {
    const { buffer } = openRing(16);
    const drain = new RingDrain(viewRing(buffer), copy);
    const words = new Int32Array(buffer, 0, 64);
    for (const lie of [17, 1_000, -1, 2 ** 31 - 1, -(2 ** 31)]) {
      Atomics.store(words, 0, lie);
      expect(drain.unread).toBe(16);
      expect(drain.peek(1_000)?.length).toBe(16);
    }
  });
});
