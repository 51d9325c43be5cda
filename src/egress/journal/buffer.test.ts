import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RowBuffer } from './buffer.ts';
import type { JournalRow } from './row.ts';

function row(at: number, verdict: 'ok' | 'denied'): JournalRow {
  const plain = { app: 'a', method: 'GET', host: 'x.test', path: '/', status: 200, address: null, ms: 1, rule: null };
  return { at, ...plain, error: null, bytesIn: 0, bytesOut: 0, cached: false, tries: 1, verdict };
}

/** What it says it does, done the slow way. */
class NaiveBuffer {
  rows: JournalRow[] = [];

  readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  add(given: JournalRow): number {
    if (this.rows.length < this.most) {
      this.rows.push(given);
      return 0;
    }
    if (given.verdict === 'ok') return 1;
    const at = this.rows.findIndex(({ verdict }) => verdict === 'ok');
    this.rows.splice(Math.max(at, 0), 1);
    this.rows.push(given);
    return 1;
  }
}

const STEP = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('ok', 'denied') },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 7 }) },
);

test('keeps and drops what a simple list would', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (steps, most) => {
      const [buffer, naive] = [new RowBuffer(most), new NaiveBuffer(most)];
      let taken: readonly JournalRow[] = [];
      for (const [at, step] of steps.entries()) {
        if (typeof step !== 'number') {
          expect(buffer.add(row(at, step))).toBe(naive.add(row(at, step)));
        } else if (step === 7) {
          buffer.putBack(taken);
          naive.rows.unshift(...taken);
          taken = [];
        } else {
          taken = buffer.take(step);
          expect(taken).toEqual(naive.rows.splice(0, step));
        }
        expect(buffer.size).toBe(naive.rows.length);
      }
      expect(buffer.take(1_000)).toEqual(naive.rows);
    }),
    { numRuns: 2_000 },
  );
});

test('a full one takes a row as fast as an empty one', () => {
  const [most, more] = [20_000, 400_000];
  const buffer = new RowBuffer(most);
  for (let each = 0; each < most; each++) buffer.add(row(each, 'denied'));
  const rows = Array.from({ length: 1_000 }, (_, at) => row(at, 'denied'));
  const before = process.threadCpuUsage();
  for (let each = 0; each < more; each += rows.length) for (const one of rows) buffer.add(one);
  const { user, system } = process.threadCpuUsage(before);
  // A search through all rows, or moving them, would take ten seconds and more.
  expect((user + system) / 1e6).toBeLessThan(2);
});
