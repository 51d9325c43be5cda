/**
 * Content codings: gzip, deflate, br and zstd, undone as the body comes in. Trusted side; the bytes are hostile.
 * node:zlib does the work in its own threads; how much comes out is for the reader to bound (body.ts), and nothing is
 * decoded ahead of the reader.
 */
import type { Transform } from 'node:stream';
import { ConnectionResetError, ProtocolError } from '../../errors/classes.ts';
import type { Sink, Source } from './body.ts';
import { free } from './lent.ts';
import { type Mover, turns } from './turns.ts';

/** `bytesWritten`: how much it has consumed. */
type Decoder = Transform & { readonly bytesWritten: number };

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

const NAMES: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'br'],
  ['zstd', 'zstd'],
]);
/** Nobody codes a body more often in earnest; each one costs a decoder's memory. */
const MAX_CODINGS = 3;
/** A thread is woken for each chunk. Not the size of Buffer's pool, nor small enough to be a part of it. */
const CHUNK_BYTES = 61_440;

/** The codings to undo, the last one applied first. Null if one is not known: then the body is left as it is. */
export function readCodings(contentEncoding: string | null): readonly Coding[] | null {
  const names = (contentEncoding ?? '').split(',').map((name) => name.trim().toLowerCase());
  const codings: Coding[] = [];
  for (const name of names) {
    if (name === '' || name === 'identity') continue;
    const coding = NAMES.get(name);
    if (coding === undefined) return null;
    codings.unshift(coding);
  }
  if (codings.length > MAX_CODINGS) throw new ProtocolError('the body is coded more than three times over');
  return codings;
}

/** `delimited`: a length or chunks say where the coded body ends; without, its end may be a broken connection. */
export function decodeBody(source: Source, codings: readonly Coding[], delimited: boolean): Source {
  return codings.reduce<Source>((coded, coding) => new Decoded(coded, coding, delimited), source);
}

class Decoded implements Source, Mover {
  readonly #source: Source;
  readonly #coding: Coding;
  readonly #delimited: boolean;
  #decoder: Decoder | null = null;
  #fed = 0;
  /** The source has ended. */
  #sourced = false;
  /** The decoder has. */
  #decoded = false;
  #sink: Sink | null = null;
  /** The sink has asked us to wait. */
  #stalled = false;
  /** It has had its part of this turn of the loop. */
  #waits = false;
  #over = false;

  constructor(source: Source, coding: Coding, delimited: boolean) {
    this.#source = source;
    this.#coding = coding;
    this.#delimited = delimited;
  }

  pipe(sink: Sink): void {
    this.#sink = sink;
    this.#source.pipe({
      write: (chunk) => this.#feed(chunk),
      end: () => {
        this.#sourced = true;
        this.#finish();
      },
      fail: (error) => this.#fail(error),
    });
  }

  resume(): void {
    this.#stalled = false;
    if (!this.#waits) this.#decoder?.resume();
  }

  stop(): void {
    this.#waits = true;
    this.#decoder?.pause();
  }

  goOn(): void {
    this.#waits = false;
    if (!this.#over && !this.#stalled) this.#decoder?.resume();
  }

  cancel(error: unknown): void {
    this.#source.cancel(error);
    this.#fail(error);
  }

  #feed(chunk: Uint8Array): boolean {
    if (this.#over || chunk.length === 0) return true;
    if (this.#decoded) {
      this.#goesOn();
      return true;
    }
    this.#decoder ??= this.#open(chunk);
    this.#fed += chunk.length;
    const copy = Buffer.from(chunk);
    return this.#decoder.write(copy, () => free(copy));
  }

  #open(first: Uint8Array): Decoder {
    const decoder = openDecoder(this.#coding, first);
    let last: Buffer | null = null;
    decoder.on('data', (chunk: Buffer) => {
      if (this.#over) return;
      const { length } = chunk;
      this.#stalled = this.#sink?.write(chunk) === false;
      // A chunk that is full is not written into again; of the last one that can be said at the end.
      free(chunk);
      last = chunk;
      if (this.#stalled) decoder.pause();
      turns.moved(length, this);
    });
    decoder.on('drain', () => this.#source.resume());
    decoder.on('end', () => {
      this.#decoded = true;
      if (last?.buffer.byteLength === CHUNK_BYTES) free(new Uint8Array(last.buffer));
      if (this.#fed > decoder.bytesWritten) this.#goesOn();
      else this.#finish();
    });
    decoder.on('error', (cause) => this.#broken(cause));
    return decoder;
  }

  /** The source has ended, or the decoder. An empty body is fine, whatever it says it is coded with. */
  #finish(): void {
    const decoder = this.#decoder;
    if (this.#over || !this.#sourced) return;
    if (decoder === null) this.#end();
    else if (!this.#decoded) decoder.end();
    else this.#end();
  }

  /** Node's decoders pass over in silence what comes after the end of what they decode. */
  #goesOn(): void {
    if (!this.#over) this.#broken(new Error('it goes on after its end'));
  }

  #end(): void {
    this.#over = true;
    turns.leave(this);
    this.#sink?.end();
  }

  #broken(cause: Error & { readonly code?: string }): void {
    // Z_BUF_ERROR and its kin: the decoder wants more after the end.
    const cut = cause.code === 'Z_BUF_ERROR' || cause.code === 'ERR_STREAM_PREMATURE_CLOSE';
    const error =
      cut && !this.#delimited
        ? new ConnectionResetError('the body ended before its coding did', { operation: 'fetch', cause })
        : new ProtocolError(`the body is no sound ${this.#coding}`, { operation: 'fetch', cause });
    this.#source.cancel(error);
    this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    turns.leave(this);
    this.#decoder?.destroy();
    this.#sink?.fail(error);
  }
}

/** `deflate` is meant to be zlib's form (RFC 9110 section 8.4.1.2), but some servers send it bare. */
function openDecoder(coding: Coding, first: Uint8Array): Decoder {
  const zlib = process.getBuiltinModule('node:zlib');
  // One chunk ahead of the reader, no more.
  const options = { chunkSize: CHUNK_BYTES, readableHighWaterMark: 1 };
  switch (coding) {
    case 'gzip':
      return zlib.createGunzip(options);
    case 'deflate':
      return ((first[0] ?? 0) & 0x0f) === 8 ? zlib.createInflate(options) : zlib.createInflateRaw(options);
    case 'br':
      return zlib.createBrotliDecompress(options);
    case 'zstd':
      return zlib.createZstdDecompress(options);
  }
}
