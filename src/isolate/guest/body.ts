/** Request and Response (Fetch §5). Powerless: data alone; fetch.ts sends and receives. */
import { ReadableStream, URL, URLSearchParams } from 'caspian:packages';
import type { AbortSignal } from './abort.ts';
import { AbortController } from './abort.ts';
import { Blob, bytesOf } from './blob.ts';
import { TextDecoder, TextEncoder } from './encoding.ts';
import { decodeMultipart, encodeMultipart, FormData } from './form-data.ts';
import { Headers, type HeadersInit } from './headers.ts';

export type BodyInit = string | ArrayBuffer | ArrayBufferView | Blob | FormData | URLSearchParams | ReadableStream;

type Content = Uint8Array | ReadableStream<Uint8Array> | null;

interface Extracted {
  readonly content: Content;
  readonly type: string | null;
}

function extract(body: unknown): Extracted {
  if (body === null || body === undefined) return { content: null, type: null };
  if (body instanceof ReadableStream) {
    if (body.locked) throw new TypeError('the stream is locked');
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
    content: new TextEncoder().encode(String(body)),
    type: isForm ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'text/plain;charset=UTF-8',
  };
}

/** What a Request and a Response have in common. */
export class Body {
  readonly headers: Headers;
  #content: Content;
  #stream: ReadableStream<Uint8Array> | null = null;
  #used = false;

  constructor(body: unknown, headers: HeadersInit | null | undefined) {
    const { content, type } = extract(body);
    this.headers = new Headers(headers);
    this.#content = content;
    if (type !== null && !this.headers.has('content-type')) this.headers.set('content-type', type);
  }

  get body(): ReadableStream<Uint8Array> | null {
    const content = this.#content;
    if (content === null) return null;
    this.#stream ??= content instanceof ReadableStream ? content : new Blob([content.slice()]).stream();
    return this.#stream;
  }

  get bodyUsed(): boolean {
    return this.#used || this.#stream?.locked === true;
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.bodyUsed) throw new TypeError('the body has been read already');
    if (this.#content !== null) this.#used = true;
    if (this.#stream === null && !(this.#content instanceof ReadableStream)) {
      return this.#content === null ? new Uint8Array(0) : this.#content.slice();
    }
    return await collect(this.#stream ?? this.#content);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await this.bytes()).buffer;
  }

  async blob(): Promise<Blob> {
    return new Blob([await this.bytes()], { type: this.headers.get('content-type') ?? '' });
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async formData(): Promise<FormData> {
    const type = this.headers.get('content-type') ?? '';
    const bytes = await this.bytes();
    if (/^multipart\/form-data\b/i.test(type)) return decodeMultipart(bytes, type);
    if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw new TypeError('the body is no form');
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(new TextDecoder().decode(bytes))) form.append(name, value);
    return form;
  }

  /** The same body twice. */
  protected fork(): Content {
    if (this.bodyUsed) throw new TypeError('the body has been read already');
    if (!(this.#content instanceof ReadableStream) && this.#stream === null) return this.#content;
    const [mine, other] = (this.body ?? new ReadableStream<Uint8Array>()).tee();
    this.#content = mine;
    this.#stream = mine;
    return other;
  }
}

async function collect(stream: unknown): Promise<Uint8Array<ArrayBuffer>> {
  if (!(stream instanceof ReadableStream)) return new Uint8Array(0);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const piece: unknown = next.value;
    if (!(piece instanceof Uint8Array)) throw new TypeError('a body is made of Uint8Array pieces');
    parts.push(piece.slice());
  }
  return bytesOf(new Blob(parts)).slice();
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NORMALISED = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'];

export interface RequestInit {
  readonly method?: string;
  readonly headers?: HeadersInit;
  readonly body?: BodyInit | null;
  readonly redirect?: string;
  readonly signal?: AbortSignal | null;
}

export class Request extends Body {
  readonly method: string;
  readonly url: string;
  readonly redirect: string;
  readonly signal: AbortSignal;

  constructor(input: unknown, init: RequestInit = {}) {
    const from = input instanceof Request ? input : null;
    const method = cleanMethod(init?.method ?? from?.method ?? 'GET');
    const hasBody = (init?.body ?? null) !== null;
    if (hasBody && (method === 'GET' || method === 'HEAD')) throw new TypeError(`a ${method} request has no body`);
    const url = from === null ? new URL(String(input)) : new URL(from.url);
    if (url.username !== '' || url.password !== '') throw new TypeError('the URL must not have credentials');
    super(
      hasBody ? init.body : from !== null && init?.body === undefined ? from.fork() : null,
      init?.headers ?? from?.headers,
    );
    this.method = method;
    this.url = url.href;
    this.redirect = redirectMode(init?.redirect ?? from?.redirect ?? 'follow');
    this.signal = init?.signal ?? from?.signal ?? new AbortController().signal;
  }

  clone(): Request {
    return new Request(this);
  }

  get [Symbol.toStringTag](): string {
    return 'Request';
  }
}

function cleanMethod(method: unknown): string {
  const text = String(method);
  if (!METHOD.test(text)) throw new TypeError(`${JSON.stringify(text.slice(0, 80))} is no method`);
  const upper = text.toUpperCase();
  if (['CONNECT', 'TRACE', 'TRACK'].includes(upper)) throw new TypeError(`the method ${upper} is not allowed`);
  return NORMALISED.includes(upper) ? upper : text;
}

function redirectMode(mode: unknown): string {
  if (mode === 'follow' || mode === 'error' || mode === 'manual') return mode;
  throw new TypeError('redirect must be follow, error or manual');
}

export interface ResponseInit {
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: HeadersInit;
}

/** Of a response that came from somewhere. */
interface Origin {
  readonly url: string;
  readonly redirected: boolean;
  readonly type: string;
}

const NO_BODY = [101, 103, 204, 205, 304];
const origins = new WeakMap<Response, Origin>();

export class Response extends Body {
  readonly status: number;
  readonly statusText: string;

  constructor(body: BodyInit | null = null, init: ResponseInit = {}) {
    const status = Number(init?.status ?? 200);
    if (!Number.isInteger(status) || status < 200 || status > 599)
      throw new RangeError('the status must be 200 to 599');
    if (body !== null && body !== undefined && NO_BODY.includes(status)) throw new TypeError(`a ${status} has no body`);
    super(body, init?.headers);
    this.status = status;
    this.statusText = String(init?.statusText ?? '');
  }

  /** The response that came; a body that its status forbids is dropped. */
  static received(body: BodyInit | null, init: ResponseInit, origin: Origin): Response {
    const response = new Response(NO_BODY.includes(init.status ?? 200) ? null : body, init);
    origins.set(response, origin);
    return response;
  }

  static error(): Response {
    const response = new Response();
    Object.defineProperty(response, 'status', { value: 0 });
    origins.set(response, { url: '', redirected: false, type: 'error' });
    return response;
  }

  static json(data: unknown, init: ResponseInit = {}): Response {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('this is nothing that JSON can say');
    const response = new Response(text, init);
    if (!new Headers(init?.headers).has('content-type')) response.headers.set('content-type', 'application/json');
    return response;
  }

  static redirect(url: string, status = 302): Response {
    if (![301, 302, 303, 307, 308].includes(status)) throw new RangeError('the status must be that of a redirect');
    return new Response(null, { status, headers: { location: new URL(String(url)).href } });
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  get url(): string {
    return origins.get(this)?.url ?? '';
  }

  get redirected(): boolean {
    return origins.get(this)?.redirected ?? false;
  }

  get type(): string {
    return origins.get(this)?.type ?? 'default';
  }

  clone(): Response {
    const { status, statusText, headers } = this;
    const copy = new Response(this.fork(), { status, statusText, headers });
    const origin = origins.get(this);
    if (origin !== undefined) origins.set(copy, origin);
    return copy;
  }

  get [Symbol.toStringTag](): string {
    return 'Response';
  }
}
