/** The bodies of Request and Response (Fetch §5.2, §5.3). Powerless: data alone; fetch.ts sends and receives. */
import { ReadableStream, URLSearchParams } from 'caspian:packages';
import { Blob, bytesOf } from './blob.ts';
import { asText, TextDecoder, TextEncoder } from './encoding.ts';
import { decodeMultipart, encodeMultipart, FormData } from './form-data.ts';
import type { Headers } from './headers.ts';
import { domString, illegal } from './interface.ts';

export type BodyInit = string | ArrayBuffer | ArrayBufferView | Blob | FormData | URLSearchParams | ReadableStream;

export type Content = Uint8Array | ReadableStream<Uint8Array> | null;

function extract(body: unknown): { readonly content: Content; readonly type: string | null } {
  if (body === null || body === undefined) return { content: null, type: null };
  if (body instanceof ReadableStream) {
    if (body.locked || body._disturbed) throw new TypeError('the stream is being read, or has been');
    return { content: body, type: null };
  }
  if (body instanceof Blob) return { content: bytesOf(body), type: body.type === '' ? null : body.type };
  if (body instanceof FormData) {
    const encoded = encodeMultipart(body);
    return { content: bytesOf(encoded), type: encoded.type };
  }
  if (body instanceof ArrayBuffer) return { content: new Uint8Array(body.slice(0)), type: null };
  if (ArrayBuffer.isView(body)) {
    return { content: new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice(), type: null };
  }
  const isForm = body instanceof URLSearchParams;
  return {
    content: new TextEncoder().encode(domString(body)),
    type: isForm ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'text/plain;charset=UTF-8',
  };
}

/** One body: bytes until somebody wants the stream. */
class Body {
  readonly headers: Headers;
  #content: Content;
  #stream: ReadableStream<Uint8Array> | null = null;
  #used = false;

  constructor(headers: Headers, content: Content) {
    this.headers = headers;
    this.#content = content;
  }

  get stream(): ReadableStream<Uint8Array> | null {
    const content = this.#content;
    if (content === null) return null;
    this.#stream ??= content instanceof ReadableStream ? content : new Blob([content.slice()]).stream();
    return this.#stream;
  }

  /** Whether something has been read of it. */
  get used(): boolean {
    return this.#used || this.#made?._disturbed === true;
  }

  /** Whether somebody reads it, or has. */
  get #taken(): boolean {
    return this.used || this.#made?.locked === true;
  }

  /** The stream, if there is one already. */
  get #made(): ReadableStream<Uint8Array> | null {
    return this.#content instanceof ReadableStream ? this.#content : this.#stream;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    const content = this.take();
    if (content instanceof ReadableStream) return await collect(content);
    return content === null ? new Uint8Array(0) : content.slice();
  }

  /** The body for somebody else: it is used here. */
  take(): Content {
    if (this.#taken) throw new TypeError('the body has been read already');
    if (this.#content !== null) this.#used = true;
    return this.#stream ?? this.#content;
  }

  /** The same body twice. */
  fork(): Content {
    if (this.#taken) throw new TypeError('the body has been read already');
    if (!(this.#content instanceof ReadableStream) && this.#stream === null) return this.#content;
    const [mine, other] = (this.stream ?? new ReadableStream<Uint8Array>()).tee();
    this.#content = mine;
    this.#stream = mine;
    return other;
  }
}

async function collect(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const piece: unknown = next.value;
    if (!(piece instanceof Uint8Array)) throw new TypeError('a body is made of Uint8Array pieces');
    parts.push(piece.slice());
  }
  return bytesOf(new Blob(parts)).slice();
}

const bodies = new WeakMap<object, Body>();

export function bodyOf(owner: object): Body {
  const found = bodies.get(owner);
  if (found === undefined) throw illegal();
  return found;
}

/** Gives a message its body, and its headers the type of that. `content`: what has been extracted before. */
export function setBody(owner: object, headers: Headers, body: unknown, content?: Content): void {
  const given = content === undefined ? extract(body) : { content, type: null };
  if (given.type !== null && !headers.has('content-type')) headers.set('content-type', given.type);
  bodies.set(owner, new Body(headers, given.content));
}

/** The members of the mixin Body. */
const MEMBERS = {
  get body(): ReadableStream<Uint8Array> | null {
    return bodyOf(this).stream;
  },

  get bodyUsed(): boolean {
    return bodyOf(this).used;
  },

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await bodyOf(this).bytes();
  },

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await bodyOf(this).bytes()).buffer;
  },

  async blob(): Promise<Blob> {
    const body = bodyOf(this);
    return new Blob([await body.bytes()], { type: body.headers.get('content-type') ?? '' });
  },

  async text(): Promise<string> {
    return new TextDecoder().decode(await bodyOf(this).bytes());
  },

  async json(): Promise<unknown> {
    return JSON.parse(new TextDecoder().decode(await bodyOf(this).bytes()));
  },

  async formData(): Promise<FormData> {
    const body = bodyOf(this);
    const type = body.headers.get('content-type') ?? '';
    const bytes = await body.bytes();
    if (/^multipart\/form-data\b/i.test(type)) return decodeMultipart(bytes, type);
    if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw new TypeError('the body is no form');
    const form = new FormData();
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    for (const [name, value] of new URLSearchParams(text)) form.append(name, value);
    return form;
  },

  textStream(): ReadableStream<string> {
    const content = bodyOf(this).take();
    return asText(content instanceof ReadableStream ? content : new Blob(content === null ? [] : [content]).stream());
  },
};

/** Puts the mixin's members on a class. */
export function includeBody(Class: { readonly prototype: object }): void {
  Object.defineProperties(Class.prototype, Object.getOwnPropertyDescriptors(MEMBERS));
}
