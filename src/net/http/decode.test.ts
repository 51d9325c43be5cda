/** Content codings: every coding, in pieces of every size, whole, cut, corrupt, empty and nested. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { startHttp } from '../../../test/helpers/http-server.ts';
import { failureOf, testNet } from '../../../test/helpers/tcp-server.ts';
import { collect, type Sink, type Source } from './body.ts';
import { decodeBody, readCodings } from './decode.ts';

/** A source of these bytes in pieces; `error` in place of the end. */
class Pieces implements Source {
  readonly #left: Buffer[];
  readonly #error: Error | null;
  #sink: Sink | null = null;
  cancelled: unknown = null;

  constructor(bytes: Buffer, size: number, error: Error | null = null) {
    this.#left = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    this.#error = error;
  }

  pipe(sink: Sink): void {
    this.#sink = sink;
    this.resume();
  }

  resume(): void {
    setImmediate(() => {
      for (let piece = this.#left.shift(); piece !== undefined; piece = this.#left.shift()) {
        if (this.#sink?.write(piece) === false) return;
      }
      if (this.#error === null) this.#sink?.end();
      else this.#sink?.fail(this.#error);
      this.#sink = null;
    });
  }

  cancel(error: unknown): void {
    this.cancelled = error;
    this.#left.length = 0;
  }
}

const text = Buffer.from(Array.from({ length: 5_000 }, (_, at) => `line ${at * 7919} of the text\n`).join(''));
const ENCODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  'deflate ': deflateRawSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  'gzip, BR': (bytes) => brotliCompressSync(gzipSync(bytes)),
  'zstd, deflate, gzip': (bytes) => gzipSync(deflateSync(zstdCompressSync(bytes))),
};

function decoded(source: Source, coding: string, delimited = true): Promise<Uint8Array> {
  return collect(decodeBody(source, readCodings(coding) ?? [], delimited), 10_000_000, null);
}

describe.each(Object.entries(ENCODERS))('%s', (coding, encode) => {
  const coded = encode(text);

  it.each([1, 7, 1000, 1_000_000])('is undone in pieces of %i', async (size) => {
    const whole = size === 1 ? encode(text.subarray(0, 2_000)) : coded;
    const expected = size === 1 ? text.subarray(0, 2_000) : text;
    expect(Buffer.from(await decoded(new Pieces(whole, size), coding)).equals(expected)).toBe(true);
  });

  it('is nothing if there is nothing', async () => {
    expect(await decoded(new Pieces(Buffer.alloc(0), 1), coding)).toHaveLength(0);
    expect(await decoded(new Pieces(encode(Buffer.alloc(0)), 1000), coding)).toHaveLength(0);
  });

  it.each([1, 2, 10])('is seen to be cut %i bytes before its end', async (bytes) => {
    const cut = coded.subarray(0, coded.length - bytes);
    expect((await failureOf(decoded(new Pieces(cut, 1000), coding))).name).toBe('ProtocolError');
    expect((await failureOf(decoded(new Pieces(cut, 1000), coding, false))).name).toBe('ConnectionResetError');
  });

  it('is refused if it is something else', async () => {
    const source = new Pieces(Buffer.from('this is plain text, and not coded at all'), 1000);
    expect((await failureOf(decoded(source, coding))).name).toBe('ProtocolError');
    expect(source.cancelled).not.toBeNull();
  });

  it('passes the failure of its source on', async () => {
    const error = new Error('cut');
    await expect(decoded(new Pieces(coded.subarray(0, 100), 10, error), coding)).rejects.toBe(error);
  });
});

describe('the header', () => {
  it.each([
    [null, []],
    ['', []],
    ['identity', []],
    ['GZIP', ['gzip']],
    ['gzip, identity, br', ['br', 'gzip']],
    ['compress', null],
    ['gzip, x-own', null],
  ])('%j', (header, codings) => {
    expect(readCodings(header)).toEqual(codings);
  });

  it('leaves a body alone whose coding it does not know, and decodes those of errors', async () => {
    await using server = await startHttp((response, { url }) => {
      if (url === '/own') response.writeHead(200, { 'content-encoding': 'x-own' }).end('as it is');
      else response.writeHead(404, { 'content-encoding': 'gzip' }).end(gzipSync('not here'));
    });
    await using net = testNet();
    expect(await (await net.fetch(`${server.origin()}/own`)).text()).toBe('as it is');
    const response = await net.fetch(server.origin());
    expect([response.status, await response.text()]).toEqual([404, 'not here']);
  });

  it.each(['HEAD', 'GET'])('does not matter where there is no body (%s)', async (method) => {
    await using server = await startHttp((response) => {
      response.writeHead(method === 'HEAD' ? 200 : 204, { 'content-encoding': 'gzip' }).end();
    });
    await using net = testNet();
    expect((await (await net.fetch(server.origin(), { method })).bytes()).length).toBe(0);
  });
});

it.each([1000, 20])('does not pass over what comes after the end (in pieces of %i)', async (size) => {
  for (const [coding, encode] of Object.entries(ENCODERS).slice(0, 6)) {
    const more = Buffer.concat([encode(Buffer.from('one')), Buffer.alloc(100, 'more')]);
    expect((await failureOf(decoded(new Pieces(more, size), coding))).name, coding).toBe('ProtocolError');
  }
});

it('reads gzip of several members, as RFC 1952 has it', async () => {
  const twice = Buffer.concat([gzipSync('one'), gzipSync('two')]);
  for (const size of [1, 1000])
    expect(Buffer.from(await decoded(new Pieces(twice, size), 'gzip')).toString()).toBe('onetwo');
});
