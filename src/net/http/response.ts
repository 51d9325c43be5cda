/**
 * A response: its head, and its body as it comes in. Trusted side; everything in it is the server's word.
 *
 * The body is read once: whole, by pieces, or into a sink. Until somebody reads, 64 KiB of it are taken in and then the
 * server has to wait; the connection is held for as long, at most until the request's time-out. Who does not want the
 * body calls `close` (or `await using`): what is nearly over is read to the end, else the connection is closed.
 */
import { ArgumentError, HttpStatusError } from '../../errors/classes.ts';
import { charsetOf, decodeText } from '../../wire/body-text.ts';
import { parseJson } from '../../wire/json.ts';
import { integer, type OptionsOf, settleOptions } from '../options.ts';
import {
  Cap,
  collect,
  type Incoming,
  MemorySource,
  Metered,
  Puller,
  type Room,
  type Sink,
  type Source,
  tooLarge,
} from './body.ts';
import { type Coding, decodeBody, readCodings } from './decode.ts';
import type { Head } from './exchange.ts';
import { KeptBody } from './kept.ts';
import { type Reading, Watched } from './reading.ts';
import type { CallBounds } from './request.ts';
import type { Trip } from './trip.ts';

export type HeaderLine = readonly [name: string, value: string];

export const READ_OPTIONS = Object.freeze({
  max: integer({
    default: 65_536,
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    doc: 'The most that is wanted.',
  }),
});

/** How a read of one piece is bounded. */
export type ReadOptions = OptionsOf<typeof READ_OPTIONS>;

/** What is read into memory at once, if neither the request nor the client set a cap. */
export const MAX_IN_MEMORY = 268_435_456;
const NO_CODINGS: readonly Coding[] = [];

/** A head as it is shown. */
export type ShownHead = Omit<Head, 'httpVersion'> & { readonly httpVersion: string };

/** Where a response came from: the end of a trip. */
export type Arrival = Pick<Trip, 'method' | 'url' | 'chain'> & {
  readonly bounds: Pick<CallBounds, 'maxBody'>;
};

/**
 * A response, its body still on the way. Read the body once, or call `close`: until then it holds its connection, at
 * most for the time-out of the request.
 */
export class HttpResponse {
  readonly status: number;
  /** The reason phrase; empty over HTTP/2. */
  readonly reason: string;
  /** The URLs that redirected, in order. */
  readonly redirectChain: readonly string[];
  /** Such as `1.1` or `2`. */
  readonly httpVersion: string;
  /** Seconds from the call to the last hop's headers. */
  readonly elapsed: number;
  /** True if no server was asked. */
  readonly fromCache: boolean;
  readonly #url: URL;
  readonly #raw: Head['headers'];
  readonly #exchange: Incoming;
  readonly #maxBody: number | null;
  readonly #bodiless: boolean;
  #headers: Readonly<Record<string, string>> | null = null;
  #taken = false;
  #whole: Promise<Uint8Array> | null = null;
  /** The body, if all of it was read ahead. */
  #kept: Uint8Array | null = null;
  #puller: Puller | null = null;
  /** Who wants to know how a coded body is read; null: nobody, or it is not coded. */
  readonly #reading: Reading | null;

  /** `elapsed`: seconds until the head was in. */
  constructor(
    head: ShownHead,
    exchange: Incoming,
    { method, url, chain, bounds }: Arrival,
    elapsed: number,
    reading: Reading | null = null,
  ) {
    this.#reading = reading;
    this.status = head.status;
    this.reason = head.reason;
    this.redirectChain = chain;
    this.httpVersion = head.httpVersion;
    this.elapsed = elapsed;
    this.#url = url;
    this.#raw = head.headers;
    this.#exchange = exchange;
    this.fromCache = exchange instanceof KeptBody;
    this.#kept = exchange instanceof KeptBody ? exchange.bytes : null;
    this.#maxBody = bounds.maxBody;
    this.#bodiless = method === 'HEAD' || head.status === 204 || head.status === 304;
  }

  /** Of the last hop, with its fragment. */
  get url(): string {
    return this.#url.href;
  }

  /** True for 200–299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** Names in lower case; repeated headers joined by `, `. */
  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= joinLines(this.#raw);
    return this.#headers;
  }

  /** As `headers`: what the server sent after the body. Empty before the body's end; never part of the headers. */
  get trailers(): Readonly<Record<string, string>> {
    return joinLines(this.#exchange.trailers);
  }

  /** Every trailer line: name in lower case, value. */
  trailerLines(): HeaderLine[] {
    return linesOf(this.#exchange.trailers);
  }

  /** One header, in any case; null if it is not there. */
  header(name: string): string | null {
    const value = this.#lookUp(name);
    return value === undefined || typeof value === 'string' ? (value ?? null) : value.join(', ');
  }

  /** Each value of a header that may be repeated, such as Set-Cookie. */
  headerAll(name: string): readonly string[] {
    const value = this.#lookUp(name);
    if (value === undefined) return [];
    return typeof value === 'string' ? [value] : [...value];
  }

  /** Every header line: name in lower case, value. */
  headerLines(): HeaderLine[] {
    return linesOf(this.#raw);
  }

  /** The texts beside the body, as they cross to a script, and their characters. */
  get headSize(): { readonly texts: number; readonly chars: number } {
    const { redirectChain } = this;
    const chars = redirectChain.reduce((sum, url) => sum + url.length, this.url.length);
    const size = { texts: 1 + redirectChain.length, chars };
    for (const raw of [this.#raw, this.#exchange.trailers]) {
      for (const name of Object.keys(raw)) {
        const value = raw[name] ?? [];
        const count = typeof value === 'string' ? 1 : value.length;
        size.texts += 2 * count;
        size.chars += name.length * count;
        if (typeof value === 'string') size.chars += value.length;
        else for (const each of value) size.chars += each.length;
      }
    }
    return size;
  }

  #lookUp(name: string): string | readonly string[] | undefined {
    const lower = name.toLowerCase();
    return Object.hasOwn(this.#raw, lower) ? this.#raw[lower] : undefined;
  }

  /** Returns itself, or raises HttpStatusError for 4xx and 5xx. */
  raiseForStatus(): this {
    if (this.status < 400) return this;
    throw new HttpStatusError(`${this.status} ${this.reason}`.trim(), { operation: 'fetch', status: this.status });
  }

  /**
   * The whole body, decoded; the same bytes each time. Raises TooLargeError over the cap (maxBody, else 256 MiB) and
   * whatever broke the connection.
   */
  bytes(): Promise<Uint8Array> {
    this.#whole ??= this.readAll().then(inOwnMemory);
    return this.#whole;
  }

  /** The body as text, by its charset; UTF-8 without one. Raises EncodingError. */
  async text(): Promise<string> {
    return decodeText(await this.bytes(), charsetOf(this.header('content-type')));
  }

  /** The body as JSON. Raises JsonError, which says where it stops being JSON. */
  async json(): Promise<unknown> {
    return parseJson(await this.text());
  }

  /**
   * The body if all of it is here already and needs no decoding; else null. Reads it. For who must not wait, and copies
   * it on: its memory is shared with others.
   */
  takeComplete(): Uint8Array | null {
    if (this.#kept !== null) return this.#kept;
    if (this.#taken || !this.#exchange.complete || this.#raw['content-encoding'] !== undefined) return null;
    this.#taken = true;
    const body = this.#exchange.takeComplete();
    const limit = this.#maxBody ?? MAX_IN_MEMORY;
    if (body !== null && body.length > limit) throw tooLarge(limit);
    return body;
  }

  /**
   * The whole body in one piece, read once; the memory of a small one may be shared with others. `max`: bytes, below the
   * caps of `bytes`.
   */
  async readAll(max: number = MAX_IN_MEMORY): Promise<Uint8Array> {
    const limit = Math.min(max, this.#maxBody ?? MAX_IN_MEMORY);
    const complete = this.takeComplete();
    if (complete === null) return collect(this.#open(), limit, this.expectedLength);
    if (complete.length > limit) throw tooLarge(limit);
    return complete;
  }

  /** Reads the body ahead, at most `max` bytes of it. It can still be read, in whichever way, and again. */
  async readAhead(max: number): Promise<void> {
    this.#kept = inOwnMemory(await this.readAll(max));
  }

  /** As `readAhead`, and takes its bytes of `room`; raises what `full` makes where there are too few. */
  async readAheadInto(room: Room, full: () => unknown): Promise<void> {
    const complete = this.takeComplete();
    if (complete !== null) {
      if (!room.take(complete.length)) throw full();
      this.#kept = inOwnMemory(complete);
      return;
    }
    const expected = this.expectedLength;
    const source = this.#open();
    if (expected !== null && !room.has(expected)) {
      const error = full();
      source.cancel(error);
      throw error;
    }
    this.#kept = inOwnMemory(await collect(new Metered(source, room, full), this.#maxBody ?? MAX_IN_MEMORY, expected));
  }

  /** The next piece, between 1 and `max` bytes; null at the end. One at a time. */
  async read(options?: ReadOptions): Promise<Uint8Array | null> {
    const { max } = settleOptions(READ_OPTIONS, options, 'read');
    this.#puller ??= new Puller(this.#openCapped());
    return await this.#puller.read(max);
  }

  /** The pieces as they come; the server waits while the loop does. Leaving the loop early closes the connection. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    // What is here already is here for each loop.
    if (this.#kept !== null) this.#puller = null;
    let over = false;
    try {
      for (let piece = await this.read(); piece !== null; piece = await this.read()) yield piece;
      over = true;
    } finally {
      if (!over) this.#exchange.cancel(notWanted());
    }
  }

  /** Hands the body to a sink as it comes, each chunk lent for one call: no memory is set aside for it. */
  pipe(sink: Sink): Source {
    const source = this.#openCapped();
    source.pipe(sink);
    return source;
  }

  /** Gives up the rest of the body. A small rest is read to the end, so that the connection stays; else it is closed. */
  async close(): Promise<void> {
    if (this.#kept !== null) return;
    if (this.#taken) return this.#exchange.cancel(notWanted());
    this.#taken = true;
    this.#reading?.over(null);
    await this.#exchange.discard();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #openCapped(): Source {
    const source = this.#open();
    return this.#maxBody === null ? source : new Cap(source, this.#maxBody);
  }

  #open(): Source {
    if (this.#kept !== null) return new MemorySource(this.#kept);
    if (this.#taken) throw new ArgumentError('the body has been read already');
    const codings = this.#codings();
    this.#taken = true;
    const delimited = this.#raw['content-length'] !== undefined || this.#raw['transfer-encoding'] !== undefined;
    const decoded = decodeBody(this.#exchange, codings, delimited);
    return this.#reading === null ? decoded : new Watched(decoded, this.#reading);
  }

  /** An unknown coding leaves the body as it came. */
  #codings(): readonly Coding[] {
    if (this.#raw['content-encoding'] === undefined) return NO_CODINGS;
    return readCodings(this.header('content-encoding')) ?? NO_CODINGS;
  }

  /** The length of the body to come, if the server stated it and it is what a reader gets; else null. */
  get expectedLength(): number | null {
    if (this.#kept !== null) return this.#kept.length;
    if (this.#bodiless) return 0;
    const stated = this.header('content-length');
    if (stated === null || !/^\d{1,15}$/.test(stated) || this.#codings().length > 0) return null;
    return Number(stated);
  }
}

function joinLines(raw: Head['headers']): Readonly<Record<string, string>> {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(raw)) joined[name] = typeof value === 'string' ? value : value.join(', ');
  return Object.freeze(joined);
}

function linesOf(raw: Head['headers']): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (typeof value === 'string') lines.push([name, value]);
    else for (const each of value) lines.push([name, each]);
  }
  return lines;
}

/** Who gets it may hand its ArrayBuffer on: small bodies are parts of Buffer's pool. */
function inOwnMemory(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);
}

function notWanted(): ArgumentError {
  return new ArgumentError('the body was closed before its end');
}
