/**
 * `fetch` (Fetch §5.6) for the host's handler or for the network, whichever the host has. Powerless: it says what is
 * wanted, and the host decides.
 */
import { ReadableStream } from 'caspian:packages';
import { fromRecord } from '../../errors/record.ts';
import { FETCH_OPTIONS, WEB_CACHE_MODES } from '../wire/fetch-options.ts';
import { GuestSays } from '../wire/messages.ts';
import { unfollow } from './abort.ts';
import type { BodyInit } from './body.ts';
import { TextDecoder } from './encoding.ts';
import { Headers, type HeadersInit } from './headers.ts';
import { NONE } from './interface.ts';
import { callLater, decodeAnswer, recordOf } from './link.ts';
import { askHost, NetAnswer } from './network.ts';
import { Request, type RequestInit } from './request.ts';
import { type Response, receivedResponse } from './response.ts';

/** Most bytes of a body that one call brings over. */
const PIECE_BYTES = 262_144;

export async function fetch(input: unknown, init: RequestInit = NONE): Promise<Response> {
  const own = ownOptions(init ?? NONE);
  // A `cache` of ours is no word of the web's.
  const request = new Request(input, 'cache' in own ? Object.create(init, { cache: { value: undefined } }) : init);
  request.signal.throwIfAborted();
  const body = request.body === null ? null : await request.bytes();
  const asked = {
    url: request.url,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: body === null ? null : asText(body),
    redirect: request.redirect,
  };
  let answer: unknown;
  try {
    answer = await askHost(GuestSays.FETCH, [asked, own], request.signal);
  } catch (thrown) {
    unfollow(request.signal);
    throw thrown instanceof NetAnswer ? failed(thrown) : thrown;
  }
  if (answer instanceof NetAnswer) return fromNet(answer, request);
  unfollow(request.signal);
  return fromHandler(answer, request);
}

/** What a call asks of the network beside the web's options. */
function ownOptions(init: RequestInit): { readonly [name: string]: unknown } {
  const own: { [name: string]: unknown } = {};
  for (const name of FETCH_OPTIONS) {
    const value: unknown = Reflect.get(init, name);
    if (value !== undefined && !(name === 'cache' && WEB_CACHE_MODES.includes(value))) own[name] = value;
  }
  return own;
}

/** Text where the bytes are text, as the seed has it; else the bytes. */
function asText(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

/** Network errors are TypeErrors; what went wrong is the cause. */
function failed(answer: NetAnswer): TypeError {
  const cause = fromRecord(decodeAnswer(answer));
  return new TypeError(`fetch failed: ${cause.message}`, { cause });
}

/** What a handler of the host's returned: `{ status, statusText, headers, body }`. */
function fromHandler(value: unknown, request: Request): Response {
  if (typeof value !== 'object' || value === null) throw new TypeError("the host's fetch handler returned no response");
  const read = (key: string): unknown => Reflect.get(value, key);
  const headers = read('headers');
  return receivedResponse(
    bodyFrom(read('body')),
    {
      status: Number(read('status') ?? 200),
      statusText: String(read('statusText') ?? ''),
      headers: new Headers(isHeaders(headers) ? headers : undefined),
    },
    { url: String(read('url') ?? request.url), redirected: read('redirected') === true, type: 'basic' },
  );
}

function isHeaders(value: unknown): value is HeadersInit {
  return typeof value === 'object' && value !== null;
}

function bodyFrom(value: unknown): BodyInit | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value;
  return JSON.stringify(value);
}

function fromNet(answer: NetAnswer, request: Request): Response {
  const record = recordOf(decodeAnswer(answer));
  const status = Number(record['status']);
  if (request.redirect === 'error' && status >= 300 && status <= 399 && status !== 304) {
    throw new TypeError('fetch failed: the server redirects');
  }
  const headers = new Headers();
  for (const [name, value] of pairs(record['headers'])) headers.append(name, value);
  const chain = record['redirectChain'];
  return receivedResponse(
    bodyOf(record, request.signal),
    { status, statusText: String(record['reason']), headers },
    {
      url: String(record['url']).replace(/#.*$/, ''),
      redirected: Array.isArray(chain) && chain.length > 0,
      type: 'basic',
    },
  );
}

function pairs(lines: unknown): [string, string][] {
  return Array.isArray(lines) ? lines.map(([name, value]) => [String(name), String(value)]) : [];
}

function bodyOf(record: ReturnType<typeof recordOf>, signal: Request['signal']): BodyInit | null {
  const stream = streamOf(record['bodyHandle'], signal);
  if (stream !== null) return stream;
  unfollow(signal);
  return record['body'] instanceof Uint8Array ? record['body'] : null;
}

/** A body that stays with the host and comes piece by piece, as it is read. It ends with the signal of its request. */
function streamOf(handle: unknown, signal: Request['signal']): ReadableStream<Uint8Array> | null {
  if (typeof handle !== 'number') return null;
  // A signal may outlive many calls: it keeps none of those that are done.
  const done = (): void => {
    signal.removeEventListener('abort', onAbort);
    unfollow(signal);
  };
  const release = async (): Promise<void> => void (await callLater('release', handle, []));
  let onAbort = (): void => {};
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        onAbort = () => {
          controller.error(signal.reason);
          void release();
        };
        signal.addEventListener('abort', onAbort);
      },
      async pull(controller) {
        const piece = await callLater('body.read', handle, [PIECE_BYTES]).catch((thrown: unknown) => {
          done();
          throw new TypeError('fetch failed: the body broke off', { cause: thrown });
        });
        if (signal.aborted) return;
        if (piece instanceof Uint8Array) controller.enqueue(piece);
        else {
          done();
          controller.close();
        }
      },
      async cancel() {
        done();
        await release();
      },
    },
    { highWaterMark: 0 },
  );
}
