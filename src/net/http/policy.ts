/**
 * What a host program's policy does around the calls of a net beside deciding them at the door: waiting for a turn, sending
 * secrets along, answering from a cache, keeping a journal. Trusted side; an egress implements it.
 */
import type { CaspianError } from '../../errors/classes.ts';
import type { Target } from '../address/target.ts';
import type { Head } from './exchange.ts';
import type { FetchContext } from './fetch.ts';
import type { Header } from './headers.ts';
import type { CallBounds, RequestPlan } from './request.ts';
import type { HttpResponse } from './response.ts';
import type { SecretReference } from './secret.ts';
import type { RawHeaders } from './undici.ts';

/** One call as its caller made it, options checked. */
export interface PolicyCall {
  readonly url: URL;
  readonly plan: RequestPlan;
  /** What the caller and its client say in headers, beside what everybody sends; without credentials. */
  readonly headers: readonly Header[];
  /** Whether credentials of the caller's or its client's could go along. */
  readonly hasCredentials: boolean;
  /** Whether TLS peers must be verified by the authorities of the host program: the caller has named no others. */
  readonly usualTls: boolean;
  readonly context: FetchContext | undefined;
  /** Raises what would refuse a request there: for who is answered without one. `from`: what redirected there as hop `hop`. */
  permit(url: URL, from: URL | null, hop: number): void;
  /** To be told of a denial that is raised before a request has come to the door, where it would be reported. */
  refused(denial: CaspianError): void;
}

/** One request that is about to be made: the first of a call, a redirect, or another try. It has been permitted. */
export interface HopAsk {
  readonly url: URL;
  readonly method: string;
  readonly target: Target;
  /** A redirect: the URL that led here. */
  readonly from: URL | null;
  /** Whether a secret may go along, as far as the client that makes the call is concerned. */
  readonly carriesSecret: boolean;
}

/** What goes along with one request and is nobody's to see: no redirect, error, URL or row has it. */
export interface HopExtras {
  /** Flat: name, value. They win over the caller's. */
  readonly headers: readonly string[];
  /** Added to the query that is sent; null for nothing. */
  readonly query: string | null;
}

/** Nothing goes along. */
export const NO_EXTRAS: HopExtras = Object.freeze({ headers: Object.freeze([]), query: null });

/** How the last exchange of a call ended. */
export interface CallEnd {
  readonly error: unknown;
  readonly bytesIn: number;
  /** Of all requests of the call, those before a redirect or another try included: what connections were given of bodies. */
  readonly bytesOut: number;
}

/** Goes with one call from the first request to the last byte. */
export interface CallGuard {
  /** Waits until the request may go; where it may at once, there is no promise to wait for. Raises what refuses it. */
  hop(ask: HopAsk): HopExtras | Promise<HopExtras>;
  /** The connection that a request goes over. */
  dialled(address: string): void;
  /** A response's head, redirects included, before anybody else sees it; returns it as it is shown. */
  answered(head: Head): Head;
  /** What follows the body, as it is shown. */
  trailed(trailers: RawHeaders): RawHeaders;
  /** The body has come, and is still to be decoded: its connection is free. `over` follows. */
  arrived(): void;
  /** The body has come and is sound as far as it was read, or will not come. Once for each response. */
  over(end: CallEnd): void;
  /** There will be no response. Nothing if it was told already. `bytesOut` as in CallEnd. */
  failed(error: unknown, bytesOut: number): void;
}

/** A WebSocket that is asked for, options checked. */
export interface SocketCall {
  readonly url: URL;
  /** Seconds for the opening; null is no limit. */
  readonly timeout: number | null;
  readonly connectTimeout: number | null | undefined;
  /** Bytes of the headers of the caller's. */
  readonly headerBytes: number;
  readonly usualTls: boolean;
  /** One that the host keeps, by name. */
  readonly secret: SecretReference | null;
  readonly signal: AbortSignal | undefined;
  /** As that of a call. */
  refused(denial: CaspianError): void;
}

/** What holds for the opening of a WebSocket, in seconds, in place of what its caller asked for. */
export interface OpeningBounds {
  readonly timeout: number | null;
  readonly connectTimeout: number | null | undefined;
}

/** What a policy sees of a WebSocket that is open. */
export interface OpenSocket {
  /** What was dialled. */
  readonly address: string;
  /** Either side has said that it closes. */
  readonly closed: boolean;
  /** Resolves when it is over, with the bytes that went each way. Rejects never. */
  readonly whenOver: Promise<Omit<CallEnd, 'error'>>;
  /** Ends it, now. */
  end(reason: unknown): void;
}

export interface CallPolicy {
  /** Opens a WebSocket by `open`, when its turn has come. */
  socket<S extends OpenSocket>(
    call: SocketCall,
    open: (extras: HopExtras, bounds: OpeningBounds) => Promise<S>,
  ): Promise<S>;
  /**
   * Makes a call by `send`, or answers it otherwise. `bounds` hold in place of what the caller asked for. `send` never
   * throws, and tells the guard what it rejects with.
   */
  call(call: PolicyCall, send: (guard: CallGuard, bounds: CallBounds) => Promise<HttpResponse>): Promise<HttpResponse>;
}
