/** Response (Fetch §5.5). Powerless: data alone. */
import { type ReadableStream, URL } from 'caspian:packages';
import { type BodyInit, bodyOf, includeBody, setBody } from './body.ts';
import { freezeHeaders, Headers, type HeadersInit } from './headers.ts';
import { attributes, dictionary, domString, held, hold, NONE } from './interface.ts';

const NO_BODY = [101, 103, 204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];
/** What may stand behind the status: RFC 9112 §4, reason-phrase. */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

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

export class Response {
  declare readonly status: number;
  declare readonly statusText: string;
  declare readonly headers: Headers;
  declare readonly url: string;
  declare readonly body: ReadableStream<Uint8Array> | null;

  constructor(body: BodyInit | null = null, init: ResponseInit = NONE) {
    const { status = 200, statusText = '', headers: given } = dictionary(init);
    const code = Number(status) & 0xffff;
    if (code < 200 || code > 599) throw new RangeError('the status must be 200 to 599');
    const text = domString(statusText);
    if (!REASON.test(text)) throw new TypeError('this can not stand behind a status');
    const headers = new Headers(given);
    if (body !== null && body !== undefined && NO_BODY.includes(code)) throw new TypeError(`a ${code} has no body`);
    hold(this, { status: code, statusText: text, headers, url: '', redirected: false, type: 'default' });
    setBody(this, headers, body);
  }

  static error(): Response {
    const response = new Response();
    hold(response, { status: 0, type: 'error' });
    freezeHeaders(response.headers);
    return response;
  }

  static json(data: unknown, init: ResponseInit = NONE): Response {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError('this is nothing that JSON can say');
    const response = new Response(text, init);
    if (!new Headers(dictionary(init).headers).has('content-type')) {
      response.headers.set('content-type', 'application/json');
    }
    return response;
  }

  static redirect(url: string, status = 302): Response {
    const { href } = new URL(domString(url));
    if (!REDIRECTS.includes(Number(status))) throw new RangeError('the status must be that of a redirect');
    const response = new Response(null, { status, headers: { location: href } });
    freezeHeaders(response.headers);
    return response;
  }

  get ok(): boolean {
    const status = Number(held(this, 'status'));
    return status >= 200 && status <= 299;
  }

  clone(): Response {
    const content = bodyOf(this).fork();
    const copy = new Response();
    for (const name of ATTRIBUTES) hold(copy, { [name]: held(this, name) });
    const headers = new Headers(this.headers);
    hold(copy, { headers });
    setBody(copy, headers, null, content);
    return copy;
  }
}

const ATTRIBUTES = ['status', 'statusText', 'headers', 'url', 'redirected', 'type'] as const;
attributes(Response, ...ATTRIBUTES);
includeBody(Response);

/** The response that came; a body that its status forbids is dropped. */
export function receivedResponse(body: BodyInit | null, init: ResponseInit, origin: Origin): Response {
  const response = new Response(NO_BODY.includes(init.status ?? 200) ? null : body, init);
  hold(response, { ...origin });
  freezeHeaders(response.headers);
  return response;
}
