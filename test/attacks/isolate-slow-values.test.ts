/**
 * Values that are small to send and slow to make: keys that all fall into one bucket of the engine's hash tables,
 * patterns, errors. The host refuses them before it works on them for long, and ends the guest that sent them.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { readMessage } from '../../src/isolate/host/reading.ts';
import { Tag } from '../../src/isolate/wire/clone/format.ts';
import { CloneFault, CloneWriter } from '../../src/isolate/wire/clone/writer.ts';
import { WireViolation } from '../../src/wire/violation.ts';
import { watchLag } from '../helpers/host-lag.ts';
import { nextSystem, openSandbox } from '../helpers/isolates.ts';

const sandbox = openSandbox();
afterAll(() => sandbox.shutdown());

/** The host may work on one message for so long, in ms of CPU time; unbounded, each of these takes seconds. */
const MOST_WORK_MS = 250;

const COUNT = 30_000;

function workedMs(act: () => void): number {
  const before = process.threadCpuUsage();
  act();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

/** The bytes of a Set or a Map that no honest writer would write: those of an array, by another name. */
function disguised(tag: number, values: readonly unknown[], count: number): Uint8Array {
  const bytes = new CloneWriter().encode([values]).slice();
  const at = 5;
  expect(bytes[at]).toBe(Tag.ARRAY);
  bytes[at] = tag;
  new DataView(bytes.buffer).setUint32(at + 1, count, true);
  return bytes;
}

/** Integers whose hash ends in 15 zeros, as V8 has made it for years: a hash without a seed. */
function collidingIntegers(count: number): number[] {
  const found: number[] = [];
  for (let key = 0; found.length < count; key++) {
    let hash = (~key + (key << 15)) | 0;
    hash ^= hash >>> 12;
    hash = (hash + (hash << 2)) | 0;
    hash = Math.imul(hash ^ (hash >>> 4), 2_057);
    if (((hash ^ (hash >>> 16)) & 0x7fff) === 0) found.push(key);
  }
  return found;
}

describe('keys that collide', () => {
  const bigints = Array.from({ length: COUNT }, (_, index) => BigInt(index) << 64n);
  const integers = collidingIntegers(COUNT);

  it.each([
    ['a Set of bigints', disguised(Tag.SET, bigints, COUNT)],
    [
      'a Map of bigints',
      disguised(
        Tag.MAP,
        bigints.flatMap((key) => [key, 0]),
        COUNT,
      ),
    ],
    [
      'a Set of negative bigints',
      disguised(
        Tag.SET,
        bigints.map((key) => -key - 1n),
        COUNT,
      ),
    ],
    ['a Set of integers', disguised(Tag.SET, integers, COUNT)],
    [
      'a Set of numbers',
      disguised(
        Tag.SET,
        integers.map((key) => key),
        COUNT,
      ),
    ],
  ])('%s', (_name, bytes) => {
    let thrown: unknown;
    const worked = workedMs(() => {
      try {
        readMessage(bytes);
      } catch (error) {
        thrown = error;
      }
    });
    expect(thrown).toEqual(new WireViolation('the keys of a Map or a Set collide'));
    expect(worked).toBeLessThan(MOST_WORK_MS);
  });

  it('over many small Sets too', () => {
    const sets = Array.from({ length: 100 }, () => new Set(bigints.slice(0, 300)));
    expect(() => new CloneWriter().encode(sets)).toThrow(CloneFault);
  });

  it('by chance, or in order, are no matter', () => {
    const honest = [
      new Set(Array.from({ length: 60_000 }, (_, index) => index)),
      new Map(Array.from({ length: 30_000 }, (_, index) => [1.7e12 + index, 1])),
      new Set(Array.from({ length: 50_000 }, (_, index) => BigInt(index))),
    ];
    for (const value of honest) expect(readMessage(new CloneWriter().encode([value]))).toEqual([value]);
  });

  it('end the guest that sends them, and nobody else waits', async () => {
    const [guest, other] = [await sandbox.createIsolate(), await sandbox.createIsolate()];
    const ended = nextSystem(guest, 'terminated');
    const lag = watchLag();
    // It makes no such Set itself: it says that it has one.
    guest.execute(`let turn = 0;
      const liar = Object.create(Set.prototype, { size: { value: ${COUNT} }, [Symbol.iterator]: { value: function* () {
        const honest = turn++ === 0;
        for (let i = 0; i < ${COUNT}; i++) yield honest ? i : BigInt(i) << 64n;
      } } });
      NETWORK.send('x', liar)`);
    expect(await ended).toEqual({ reason: 'protocol_violation', detail: 'the keys of a Map or a Set collide' });
    expect(lag.take().workedMs).toBeLessThan(MOST_WORK_MS);
    lag.stop();
    expect(await other.evaluate('1')).toBe(1);
    other.destroy();
  });
});

it('a pattern counts for as many parts as it is long, and an error for several', () => {
  const long = new RegExp('[a-z]'.repeat(60_000));
  expect(() => new CloneWriter().encode(long)).toThrow('more than 65536 parts');
  expect(() => new CloneWriter('dropped').encode(Array.from({ length: 30_000 }, () => new Error('x')))).toThrow(
    CloneFault,
  );
  const bytes = new CloneWriter().encode(['[a-z]'.repeat(60_000), '']).slice();
  // Two texts of a list are the source and the flags of a pattern.
  const pattern = new Uint8Array([Tag.ARRAY, 1, 0, 0, 0, Tag.REGEXP, ...bytes.subarray(5)]);
  expect(() => readMessage(pattern)).toThrow(WireViolation);
});
