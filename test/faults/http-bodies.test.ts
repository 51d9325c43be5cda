/**
 * Bodies of all sizes, codings and framings, sent in pieces of all sizes, over TLS and without, many at a time, read in every
 * way and with pauses: what arrives is what was sent, and so are trailers. Memory that is read into again, or freed when it
 * has been read (src/net/http/lent.ts), would show here. A seed names a run.
 */
import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { HttpResponse } from '../../src/net/http/response.ts';
import { startHttp } from '../helpers/http-server.ts';
import { Random } from '../helpers/random.ts';
import { testNet } from '../helpers/tcp-server.ts';
import { pemOf } from '../helpers/tls-server.ts';

const BODIES = 96;
const AT_ONCE = 12;
const LARGEST = 2_000_000;
const QUICK = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
const CODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: gzipSync,
  deflate: deflateSync,
  br: (bytes) => brotliCompressSync(bytes, QUICK),
  zstd: zstdCompressSync,
};

interface Body {
  readonly bytes: Buffer;
  readonly coding: string;
  readonly chunked: boolean;
  readonly piece: number;
}

function drawBody(random: Random): Body {
  const piece = random.pick([10, 1_000, 70_000, 300_000]);
  const size = piece === 10 ? random.below(5_000) : Math.floor(LARGEST * (random.below(1_000) / 1_000) ** 3);
  const alike = Buffer.alloc(size, 'caspian ');
  const lines = Buffer.from(Array.from({ length: size >> 4 }, (_, at) => `${at * 7_919} of the text\n`).join(''));
  const coding = random.pick(Object.keys(CODERS));
  return { bytes: random.pick([alike, lines, random.bytes(size >> 4)]), coding, chunked: random.percent(50), piece };
}

function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Sends it in pieces, as fast as they are taken. */
function send(response: ServerResponse, { bytes, coding, chunked, piece }: Body): void {
  const coded = CODERS[coding]?.(bytes) ?? bytes;
  const framing = chunked ? { trailer: 'x-sum' } : { 'content-length': coded.length };
  response.writeHead(200, { ...framing, ...(coding === 'identity' ? {} : { 'content-encoding': coding }) });
  let at = 0;
  const goOn = (): void => {
    while (at < coded.length) {
      at += piece;
      if (!response.write(coded.subarray(at - piece, at))) return void response.once('drain', goOn);
    }
    if (chunked) response.addTrailers({ 'x-sum': sumOf(bytes) });
    response.end();
  };
  goOn();
}

type Read = (response: HttpResponse, random: Random, came: (piece: Uint8Array) => void) => Promise<void>;

const WAYS: readonly Read[] = [
  async (response, _random, came) => came(await response.bytes()),
  async (response, _random, came) => {
    for await (const piece of response) came(piece);
  },
  async (response, random, came) => {
    const next = () => response.read({ max: random.between(1, 100_000) });
    for (let piece = await next(); piece !== null; piece = await next()) {
      came(piece);
      if (random.percent(20)) await new Promise(setImmediate);
    }
  },
  (response, random, came) =>
    new Promise((resolve, reject) => {
      const source = response.pipe({
        write: (piece) => {
          came(piece);
          const pauses = random.percent(30);
          if (pauses) setImmediate(() => source.resume());
          return !pauses;
        },
        end: resolve,
        fail: reject,
      });
    }),
];

test.each([1, 2])('every body arrives as it was sent (seed %i)', async (seed) => {
  const random = new Random(seed);
  const bodies = Array.from({ length: BODIES }, () => drawBody(random));
  const answer = (response: ServerResponse, { url }: { readonly url: string }): void => {
    const body = bodies[Number(url.slice(1))];
    if (body !== undefined) send(response, body);
  };
  await using clear = await startHttp(answer);
  await using secure = await startHttp(answer, 'good');
  await using net = testNet({ ca: pemOf('ca') });
  const wrong: unknown[] = [];
  const get = async (at: number): Promise<void> => {
    const { bytes, coding, chunked, piece } = bodies[at] ?? expect.unreachable();
    const server = random.pick([clear, secure]);
    const way = random.below(WAYS.length);
    const response = await net.fetch(`${server.origin()}/${at}`);
    if (random.percent(30)) await new Promise(setImmediate);
    const hash = createHash('sha256');
    let length = 0;
    await WAYS[way]?.(response, random, (part) => {
      hash.update(part);
      length += part.length;
    });
    const sum = hash.digest('hex');
    const trailer = response.trailerLines().find(([name]) => name === 'x-sum')?.[1] ?? null;
    if (sum === sumOf(bytes) && trailer === (chunked ? sum : null)) return;
    wrong.push({ at, coding, chunked, piece, way, length, of: bytes.length, secure: server === secure });
  };
  for (let at = 0; at < BODIES; at += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, one) => get(at + one)));
  }
  expect(wrong).toEqual([]);
});
