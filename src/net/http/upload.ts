/**
 * A request's body on its way out, where it is not in memory: a file, what a host program reads from, or the parts of a
 * form. Trusted side. undici asks for the next piece when the connection has taken the one before.
 */
import type { FileHandle } from 'node:fs/promises';
import { ArgumentError, SocketError, TooLargeError } from '../../errors/classes.ts';
import type { OpenFile } from '../files.ts';

const PIECE_BYTES = 65_536;

/** Iterating begins at the beginning each time. */
export interface Upload extends AsyncIterable<Uint8Array> {
  /** In bytes; null if it is known at the end alone: then it is sent in chunks. */
  readonly length: number | null;
  /** Whether it can be sent once more, for a redirect or another try. */
  readonly again: boolean;
  /** Gives up what it holds in memory: it will not be sent again. Who reads it now goes on to its end. */
  forget(): void;
  /** Gives up what it holds. It is not read afterwards. */
  close(): void;
}

/** A file, from its beginning to the length that it had when it was opened. */
export class FileUpload implements Upload {
  readonly length: number;
  readonly again = true;
  readonly #handle: FileHandle;
  readonly #owned: boolean;

  /** `owned`: `close` closes the file. */
  constructor({ handle, size }: OpenFile, { owned }: { readonly owned: boolean }) {
    this.length = size;
    this.#handle = handle;
    this.#owned = owned;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < this.length; ) {
      // New memory each time: the connection may still hold the piece before.
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, this.length - at));
      const { bytesRead } = await this.#handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) throw new SocketError('fetch: the file became shorter while it was being sent');
      at += bytesRead;
      yield piece.subarray(0, bytesRead);
    }
  }

  forget(): void {}

  close(): void {
    if (this.#owned) void this.#handle.close().catch(() => {});
  }
}

/** What is in memory, until it is forgotten: undici keeps what it was given for as long as the response comes in. */
export class BytesUpload implements Upload {
  readonly length: number;
  #bytes: Uint8Array | null;

  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    this.#bytes = bytes;
  }

  get again(): boolean {
    return this.#bytes !== null;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#bytes !== null) yield this.#bytes;
  }

  forget(): void {
    this.#bytes = null;
  }

  close(): void {
    this.forget();
  }
}

/** What can be read once: a stream of the host program's. */
export class StreamUpload implements Upload {
  readonly length = null;
  readonly #source: AsyncIterable<unknown>;
  #begun = false;

  constructor(source: AsyncIterable<unknown>) {
    this.#source = source;
  }

  get again(): boolean {
    return !this.#begun;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#begun) throw new ArgumentError('fetch: a body that can be read once alone can not be sent again');
    this.#begun = true;
    for await (const piece of this.#source) {
      if (typeof piece === 'string') yield Buffer.from(piece);
      else if (piece instanceof Uint8Array) yield piece;
      else throw new ArgumentError('fetch: a body must come in pieces of bytes or text');
    }
  }

  forget(): void {}

  close(): void {}
}

/** Several, one after the other. */
export class JoinedUpload implements Upload {
  readonly length: number | null;
  #parts: readonly (Uint8Array | Upload)[];
  #forgotten = false;

  constructor(parts: readonly (Uint8Array | Upload)[]) {
    this.#parts = parts;
    this.length = parts.reduce<number | null>(
      (sum, { length }) => (sum === null || length === null ? null : sum + length),
      0,
    );
  }

  get again(): boolean {
    return !this.#forgotten && this.#parts.every((part) => part instanceof Uint8Array || part.again);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (const part of this.#parts) {
      if (part instanceof Uint8Array) yield part;
      else yield* part;
    }
  }

  forget(): void {
    this.#forgotten = true;
    this.#parts = this.#parts.filter((part) => !(part instanceof Uint8Array));
  }

  close(): void {
    for (const part of this.#parts) if (!(part instanceof Uint8Array)) part.close();
  }
}

/** HTTP/2 holds a piece of each request at once. */
const SHARED_PIECE_BYTES = 32_768;

/** What is sent, in pieces as small as many requests of one connection can have at once. */
export async function* inPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of body) {
    for (let at = 0; at < piece.length; at += SHARED_PIECE_BYTES) yield piece.subarray(at, at + SHARED_PIECE_BYTES);
  }
}

/** An upload of at most `max` bytes; null is no limit. Raises TooLargeError at once where its length is known, else on the way. */
export function capUpload(upload: Upload, max: number | null): Upload {
  if (max === null) return upload;
  if (upload.length !== null && upload.length > max) {
    upload.close();
    throw tooLarge(max);
  }
  return upload.length === null ? new CappedUpload(upload, max) : upload;
}

class CappedUpload implements Upload {
  readonly length = null;
  readonly #upload: Upload;
  readonly #max: number;

  constructor(upload: Upload, max: number) {
    this.#upload = upload;
    this.#max = max;
  }

  get again(): boolean {
    return this.#upload.again;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    let sent = 0;
    for await (const piece of this.#upload) {
      sent += piece.length;
      if (sent > this.#max) throw tooLarge(this.#max);
      yield piece;
    }
  }

  forget(): void {
    this.#upload.forget();
  }

  close(): void {
    this.#upload.close();
  }
}

function tooLarge(max: number): TooLargeError {
  return new TooLargeError(`the request's body is larger than ${max} bytes`, { operation: 'fetch' });
}
