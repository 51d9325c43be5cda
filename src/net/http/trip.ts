/**
 * Where one fetch has got to on its way from redirect to redirect, and what it still carries. Trusted side.
 */
import { ProtocolError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import type { Cookies } from './cookies.ts';
import type { Head } from './exchange.ts';
import { type Header, withoutBodyHeaders } from './headers.ts';
import { type NextHop, nextHop, STAY } from './redirect.ts';
import type { CallBounds, RequestPlan } from './request.ts';
import type { Upload } from './upload.ts';
import type { ReadUrl } from './url.ts';

/** Where a request has got to. */
export class Trip {
  readonly plan: RequestPlan;
  /** Those of the plan, or of a policy. */
  readonly bounds: CallBounds;
  url: URL;
  origin: string;
  method: string;
  body: Uint8Array | Upload | null;
  plain: readonly Header[];
  credentials: readonly Header[];
  /** The URL that redirected to this one. */
  from: URL | null = null;
  /** It has been where the client's credentials don't belong. */
  strayed = false;
  readonly chain: string[] = [];
  /** Tries beside the first. */
  tried = 0;
  /** Those of the client; null for a call without. */
  cookies: Cookies | null = null;

  /** `body`: that of the plan, once it is open. */
  constructor(plan: RequestPlan, bounds: CallBounds, { url, origin }: ReadUrl, body: Uint8Array | Upload | null) {
    this.plan = plan;
    this.bounds = bounds;
    this.url = url;
    this.origin = origin;
    this.method = plan.method;
    this.body = body;
    this.plain = plan.plain;
    this.credentials = plan.credentials;
  }

  /** What to do after this response. Raises ProtocolError if it is a redirect that leads nowhere. */
  next({ status, headers }: Head): NextHop {
    const { url, method } = this;
    const { maxRedirects } = this.bounds;
    if (maxRedirects < 0) return STAY;
    const next = nextHop({ status, location: headers['location'], method, url });
    if (next.kind === 'broken') throw this.#lost(`${status}, but ${next.reason}`);
    if (next.kind === 'follow' && next.keepsBody && !canGoAgain(this.body)) {
      throw this.#lost(`${status}, but the body can be read only once`);
    }
    if (next.kind === 'follow' && this.chain.length >= maxRedirects) {
      throw this.#lost(`more than ${maxRedirects} redirects`);
    }
    return next;
  }

  /** Moves on to where the response sends us. */
  follow(next: NextHop & { readonly kind: 'follow' }): void {
    const { url } = this;
    this.chain.push(url.href);
    this.from = url;
    this.url = next.url;
    this.method = next.method;
    if (!next.keepsBody) {
      this.body = null;
      this.plain = withoutBodyHeaders(this.plain);
    }
    if (next.url.origin !== this.origin) this.credentials = [];
    this.origin = next.url.origin;
  }

  #lost(reason: string): ProtocolError {
    return new ProtocolError(`fetch ${escapeText(this.origin)}: ${reason}`, {
      host: this.url.hostname,
      port: portOf(this.url),
      operation: 'fetch',
    });
  }
}

/** Whether a body can be sent once more. */
export function canGoAgain(body: Uint8Array | Upload | null): boolean {
  return body === null || body instanceof Uint8Array || body.again;
}

/** The port that a URL means. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' || url.protocol === 'wss:' ? 443 : 80;
}
