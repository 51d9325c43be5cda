/** Attack: small requests that decode into something huge, deep or endless, or that are no values at all. */
import { expect, it } from 'vitest';
import { MAX_ITEMS } from '../../src/wire/codec.ts';
import { operationNamed } from '../../src/wire/operations.ts';
import { ServedLink } from '../helpers/served-link.ts';
import { testNet } from '../helpers/tcp-server.ts';

const TEXT = 5;
const BYTES = 6;
const LIST = 7;
const RECORD = 8;

function sized(tag: number, size: number, ...rest: number[]): number[] {
  return [tag, size & 255, (size >>> 8) & 255, (size >>> 16) & 255, size >>> 24, ...rest];
}

const nested = (tag: number, levels: number, key: number[]): number[] =>
  Array.from({ length: levels }, () => [...sized(tag, 1), ...key]).flat();

const BOMBS: readonly (readonly [string, number[]])[] = [
  ['a list of four milliard', sized(LIST, 0xffffffff)],
  ['a record of four milliard', sized(RECORD, 0xffffffff)],
  ['a text of four milliard', sized(TEXT, 0xffffffff, 65)],
  ['bytes of four milliard', sized(BYTES, 0xffffffff, 65)],
  ['lists inside each other', [...nested(LIST, 10_000, []), 0]],
  ['records inside each other', [...nested(RECORD, 5_000, sized(TEXT, 0)), 0]],
  ['more parts than a value may have', [...sized(LIST, MAX_ITEMS + 1), ...Array(MAX_ITEMS + 1).fill(0)]],
  ['a key that is a number', [...sized(RECORD, 1), 3, 1, 0, 0, 0, 0]],
  ['an unknown tag', [9]],
  ['the last tag', [255]],
  ['half an integer', [3, 1]],
  ['half a size', [TEXT, 1, 0]],
  ['nothing where there should be something', []],
];

it.each(BOMBS)('ends the link at %s', async (_name, bytes) => {
  await using net = testNet();
  using link = new ServedLink(net);
  const start = performance.now();
  const before = process.memoryUsage().rss;
  expect(await link.askBytes(operationNamed('net.client').number, 0, Uint8Array.from(bytes))).toEqual({
    kind: 'ended',
  });
  expect(performance.now() - start).toBeLessThan(2_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

it.each([0, -1, 34, 1_000, 2 ** 31 - 1, -(2 ** 31)])('ends the link at operation %i', async (operation) => {
  await using net = testNet();
  using link = new ServedLink(net);
  expect(await link.askBytes(operation, 0, new Uint8Array(0))).toEqual({ kind: 'ended' });
});

it('takes malformed text for text, never for another host', async () => {
  await using net = testNet({}, { allowNet: ['good.test'] });
  using link = new ServedLink(net);
  for (const bytes of [
    [0xff, 0xfe],
    [0xc0, 0xae],
    [0xed, 0xa0, 0x80],
    [0x67, 0x6f, 0x6f, 0x64, 0x00],
  ]) {
    const text = [...sized(TEXT, bytes.length), ...bytes];
    const answer = await link.askBytes(
      operationNamed('net.allowed').number,
      0,
      Uint8Array.from([...text, 3, 1, 0, 0, 0]),
    );
    expect(answer).not.toEqual({ kind: 'value', value: true });
    expect(answer.kind).not.toBe('ended');
  }
});
