/** Memory that is given back at once: what is alone in it, and nothing else. */
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { MemorySource } from './body.ts';
import { decodeBody } from './decode.ts';
import { free } from './lent.ts';

it('frees what has its memory to itself', () => {
  const piece = new Uint8Array(65_536);
  free(piece);
  expect(piece.length).toBe(0);
});

it('leaves what others see a part of', () => {
  const whole = new Uint8Array(100).fill(7);
  free(whole.subarray(0, 99));
  free(Buffer.from('of the pool'));
  expect(whole).toEqual(new Uint8Array(100).fill(7));
});

it('leaves what threads share', () => {
  const piece = new Uint8Array(new SharedArrayBuffer(8));
  free(piece);
  expect(piece.length).toBe(8);
});

it('is done with every piece that a decoder has filled, and with the last', async () => {
  const coded = gzipSync(Buffer.alloc(1_000_000));
  const pieces: Uint8Array[] = [];
  let length = 0;
  await new Promise<void>((resolve, reject) => {
    const write = (piece: Uint8Array): boolean => {
      pieces.push(piece);
      length += piece.length;
      return true;
    };
    decodeBody(new MemorySource(coded), ['gzip'], true).pipe({ write, end: resolve, fail: reject });
  });
  expect(length).toBe(1_000_000);
  expect(pieces.length).toBe(Math.ceil(1_000_000 / 61_440));
  expect(pieces.map((piece) => piece.length)).toEqual(pieces.map(() => 0));
});
