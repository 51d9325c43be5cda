/**
 * An HTTP response in the script's thread. Powerless. A small body came with the headers; a larger one stays in the
 * kernel behind a handle and is read when it is asked for.
 */
import { ArgumentError, HttpStatusError } from '../errors/classes.ts';
import { charsetOf, decodeText } from '../wire/body-text.ts';
import type { WireValue } from '../wire/codec.ts';
import { parseJson } from '../wire/json.ts';
import { BodyCalls } from './body-calls.ts';
import { BodyStream, type KernelBody } from './body-stream.ts';
import { expectNumber, expectRecord, isList, type Session, unexpected } from './session.ts';

/**
 * A response: its head, and its body as it comes in. The body is read once, whole or in a loop; each read blocks this
 * thread, and raises TooLargeError over `maxBody`.
 */
export class SyncResponse implements Iterable<Uint8Array> {
  readonly status: number;
  /** The reason phrase; empty over HTTP/2. */
  readonly reason: string;
  /** The URL that answered, after redirects, with the fragment that was asked for. */
  readonly url: string;
  /** The URLs that redirected here, first to last. */
  readonly redirectChain: readonly string[];
  /** `1.1`, `2`. */
  readonly httpVersion: string;
  /** Seconds from the call to the headers. */
  readonly elapsed: number;
  /** True if no server was asked. */
  readonly fromCache: boolean;
  readonly #lines: Lines;
  readonly #session: Session;
  readonly #timeout: number | null;
  #headers: Readonly<Record<string, string>> | null = null;
  #body: Uint8Array | null;
  #pending: KernelBody | null;
  #trailers: Lines;

  /** `timeout`: seconds for each read of a body that did not come with the headers. */
  constructor(session: Session, answer: WireValue, timeout: number | null) {
    const raw = expectRecord(answer, 'fetch');
    this.#session = session;
    this.#timeout = timeout;
    this.status = expectNumber(raw['status'] ?? null, 'fetch');
    this.reason = String(raw['reason']);
    this.url = String(raw['url']);
    this.redirectChain = Object.freeze(texts(raw['redirectChain']));
    this.httpVersion = String(raw['httpVersion']);
    this.elapsed = expectNumber(raw['elapsed'] ?? null, 'fetch');
    this.fromCache = raw['fromCache'] === true;
    this.#lines = pairs(raw['headers']);
    this.#trailers = pairs(raw['trailers']);
    this.#body = raw['body'] instanceof Uint8Array ? raw['body'] : null;
    this.#pending = readPending(raw);
  }

  /** True for 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  /** Lower-case names; repeated headers joined by `, `. */
  get headers(): Readonly<Record<string, string>> {
    this.#headers ??= joinLines(this.#lines);
    return this.#headers;
  }

  /** As `headers`: what the server sent after the body. Empty before the body's end; never part of the headers. */
  get trailers(): Readonly<Record<string, string>> {
    return joinLines(this.#trailers);
  }

  /** A header by its name in any case, repeated ones joined by `, `; null if it is not there. */
  header(name: string): string | null {
    return this.headers[name.toLowerCase()] ?? null;
  }

  /** Every value of a header, in the order received. */
  headerAll(name: string): string[] {
    const wanted = name.toLowerCase();
    return this.#lines.filter(([found]) => found === wanted).map(([, value]) => value);
  }

  /** The whole body. Read once, kept. */
  bytes(): Uint8Array {
    if (this.#body === null) {
      const stream = this.#stream();
      this.#body = stream.whole();
      this.#trailers = pairs(stream.trailers ?? undefined);
    }
    return this.#body;
  }

  /** The body as text, by the charset of its Content-Type, else UTF-8. Raises EncodingError. */
  text(): string {
    return decodeText(this.bytes(), charsetOf(this.header('content-type')));
  }

  /** The body as JSON. Raises JsonError, which says where. */
  json(): unknown {
    return parseJson(this.text());
  }

  /** The body piece by piece, each as it arrives, without keeping it. Once. */
  *[Symbol.iterator](): Generator<Uint8Array> {
    if (this.#body === null) {
      const stream = this.#stream();
      yield* stream.pieces();
      this.#trailers = pairs(stream.trailers ?? undefined);
    } else if (this.#body.length > 0) yield this.#body;
  }

  /** Gives the connection back without reading the body. */
  close(): void {
    if (this.#pending !== null) this.#session.call('release', this.#pending.handle, []);
    this.#pending = null;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The body behind the handle, which is gone by this. */
  #stream(): BodyStream | BodyCalls {
    if (this.#pending === null) throw new ArgumentError('the body has been read already');
    const Way = this.#session.hasLink ? BodyStream : BodyCalls;
    const stream = new Way(this.#session, this.#pending, this.#timeout);
    this.#pending = null;
    return stream;
  }

  /** Returns itself, or raises HttpStatusError for 4xx and 5xx. */
  raiseForStatus(): this {
    if (this.status < 400) return this;
    throw new HttpStatusError(`${this.status} ${this.reason}`.trim(), { status: this.status, operation: 'fetch' });
  }
}

type Lines = readonly (readonly [name: string, value: string])[];

function joinLines(lines: Lines): Readonly<Record<string, string>> {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of lines) {
    const before = joined[name];
    joined[name] = before === undefined ? value : `${before}, ${value}`;
  }
  return Object.freeze(joined);
}

function readPending(raw: { readonly [key: string]: WireValue | undefined }): KernelBody | null {
  const { bodyHandle, bodyRing, bodyLength } = raw;
  if (typeof bodyHandle !== 'number') return null;
  return {
    handle: bodyHandle,
    ring: typeof bodyRing === 'number' ? bodyRing : null,
    length: typeof bodyLength === 'number' ? bodyLength : null,
  };
}

function texts(value: WireValue | undefined): string[] {
  return isList(value) ? value.map(String) : unexpected('fetch');
}

function pairs(value: WireValue | undefined): Lines {
  if (!isList(value)) return unexpected('fetch');
  return value.map((pair) => {
    const [name, text] = texts(pair);
    return [name ?? '', text ?? ''] as const;
  });
}
