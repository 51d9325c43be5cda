/**
 * One connection of HTTP/2: undici's client around the TLS socket that `dial` opened, shared by requests at once. Trusted
 * side. SECURITY: it belongs to one key of the pool, so to one origin and one TLS plan: what else its certificate may be
 * good for (RFC 9113 section 9.1.1) is nobody's business here (test/attacks/http2-other-origin.test.ts). Who pays for bytes
 * never shares one, since its bytes could not be told from others'.
 */
import type { VettedAddress } from '../address/vetted.ts';
import type { Connection } from '../dial/connection.ts';
import type { HttpVersion, Loan, WireView } from './channel.ts';
import { staleError } from './stale.ts';
import type { Dispatch, DispatchController, DispatchHandler, HttpConnection, Sent } from './undici.ts';
import { inPieces } from './upload.ts';

/** Requests at once; a server may allow fewer, and then they wait for each other. */
export const MAX_STREAMS = 100;

/** What the pool learns of its sessions. */
export interface SessionOwner {
  /** It takes no more requests. */
  retired(session: Session): void;
  closed(session: Session): void;
  /** One of its requests is over. */
  hasRoom(session: Session): void;
}

export interface SessionParts {
  readonly key: string;
  readonly connection: Connection<VettedAddress>;
  /** It goes through a proxy that was given a name. */
  readonly named: boolean;
  /** `onStale`: as undici.ts has it. */
  readonly open: (onStale: (fail: () => void) => void) => HttpConnection;
  readonly owner: SessionOwner;
}

export class Session {
  readonly key: string;
  readonly named: boolean;
  readonly #connection: Connection<VettedAddress>;
  readonly #client: HttpConnection;
  readonly #owner: SessionOwner;
  /** In the order in which they began. */
  readonly #begun = new Set<Stream>();
  /**
   * SECURITY: undici keeps what it has not begun, head and body, also where it was given up: so it has one such request,
   * and the others wait here (test/attacks/http2-given-up.test.ts).
   */
  readonly #waiting = new Set<Stream>();
  /** The one that undici has and has not begun. */
  #next: Stream | null = null;
  /** Has undici fail what it still has, once nothing goes on. */
  #failRest: (() => void) | null = null;
  #streams = 0;
  #used = false;
  #retired = false;
  #errored: Error | null = null;

  constructor({ key, connection, named, open, owner }: SessionParts) {
    this.named = named;
    this.key = key;
    this.#connection = connection;
    this.#owner = owner;
    this.#client = open((fail) => this.#stale(fail));
    this.#client.on('disconnect', () => this.#retire());
    connection.socket.once('close', () => this.#closed());
    if (connection.socket.destroyed) queueMicrotask(() => this.#closed());
  }

  get address(): VettedAddress {
    return this.#connection.address;
  }

  get idle(): boolean {
    return this.#streams === 0;
  }

  /** Whether one more request may go over it. */
  get hasRoom(): boolean {
    const { destroyed } = this.#connection.socket;
    return this.#streams < MAX_STREAMS && !destroyed && !this.#retired && this.#errored === null;
  }

  get errored(): Error | null {
    return this.#errored;
  }

  /** How the socket failed; null if it did not. */
  get failure(): Error | null {
    return this.#connection.socket.destroyed ? this.#connection.failure() : null;
  }

  get ended(): boolean {
    return this.#connection.socket.destroyed || this.#connection.socket.readableEnded;
  }

  lend(): Loan {
    const reused = this.#used;
    this.#used = true;
    this.#streams += 1;
    return new Stream(this, reused);
  }

  send(stream: Stream): void {
    if (this.#retired) {
      queueMicrotask(() => stream.turnAway());
      return;
    }
    this.#waiting.add(stream);
    this.#handOn();
  }

  #handOn(): void {
    for (const stream of this.#waiting) {
      if (this.#next !== null) return;
      this.#waiting.delete(stream);
      this.#next = stream;
      stream.dispatch(this.#client);
      // undici did not take it.
      if (stream.over && this.#next === stream) this.#next = null;
    }
  }

  begun(stream: Stream): void {
    if (this.#next === stream) this.#next = null;
    if (!stream.over) this.#begun.add(stream);
    if (this.#waiting.size > 0) queueMicrotask(() => this.#handOn());
  }

  over(stream: Stream): void {
    this.#streams -= 1;
    this.#begun.delete(stream);
    this.#waiting.delete(stream);
    this.#finish();
    // Nobody waits for it any more, and undici would keep it and the connection.
    if (this.idle && this.#next !== null) this.destroy(new Error('all requests were given up'));
    this.#owner.hasRoom(this);
  }

  /** It takes no more requests: what has not begun goes over another. */
  #retire(): void {
    this.#retired = true;
    this.#owner.retired(this);
    for (const stream of this.#waiting) stream.turnAway();
  }

  #closed(): void {
    this.#retire();
    this.#owner.closed(this);
  }

  /**
   * undici wants another connection for what it has not begun, and for what the peer has given back with GOAWAY: as many of
   * those that began last.
   */
  #stale(fail: () => void): void {
    this.#failRest = fail;
    const next = this.#next;
    const back = this.#client.stats.pending - (next === null ? 0 : 1);
    const streams = back > 0 ? [...this.#begun].slice(-back) : [];
    if (next !== null) streams.push(next);
    queueMicrotask(() => {
      // What was answered, if only with 1xx, is not to be made again.
      for (const stream of streams) if (!stream.heard) stream.turnAway();
      this.#finish();
    });
  }

  #finish(): void {
    if (this.#failRest === null || this.#begun.size > 0) return;
    setImmediate(this.#failRest);
    this.#failRest = null;
  }

  destroy(error: Error): void {
    this.#errored ??= error;
    this.#connection.destroy();
  }
}

/** undici fails the other requests as well with an error that it does not know. */
const GIVEN_UP = Object.assign(new Error('the request was given up'), { code: 'UND_ERR_INFO' });

/** A share in a session, for one request. */
class Stream implements Loan, WireView {
  readonly reused: boolean;
  readonly httpVersion: HttpVersion = '2';
  /** Node keeps to itself what it has not sent. */
  readonly unsent = 0;
  wrote = false;
  heard = false;
  over = false;
  readonly #session: Session;
  #request: Dispatch | null = null;
  #handler: DispatchHandler | null = null;

  constructor(session: Session, reused: boolean) {
    this.#session = session;
    this.reused = reused;
  }

  get wire(): WireView {
    return this;
  }

  get address(): VettedAddress {
    return this.#session.address;
  }

  get failure(): Error | null {
    return this.#session.failure;
  }

  get errored(): Error | null {
    return this.#session.errored;
  }

  get ended(): boolean {
    return this.#session.ended;
  }

  send(request: Dispatch, handler: DispatchHandler): void {
    this.#request = request;
    this.#handler = handler;
    this.#session.send(this);
  }

  dispatch(client: HttpConnection): void {
    const request = this.#request;
    this.#request = null;
    if (request !== null && this.#handler !== null) client.dispatch(withPieces(request), this.#handler);
  }

  /** It fails, and may go over another connection. */
  turnAway(): void {
    this.#handler?.onResponseError(null, staleError());
  }

  begun(): void {
    this.wrote = true;
    this.#session.begun(this);
  }

  headAgain(): void {
    this.heard = true;
  }

  bodyBegins(): void {
    this.heard = true;
  }

  progressed(): void {}

  release(): void {
    if (this.over) return;
    this.over = true;
    this.#request = null;
    this.#handler = null;
    this.#session.over(this);
  }

  /** Resets this stream alone. */
  destroy(_error: Error, controller: DispatchController | null): void {
    this.release();
    controller?.abort(GIVEN_UP);
  }
}

/** SECURITY: Node ends requests for which a connection would hold more than 10 MB (test/attacks/http2-large-bodies.test.ts). */
function withPieces(request: Dispatch): Sent {
  const { body } = request;
  return body === null || body instanceof Uint8Array ? request : { ...request, body: inPieces(body) };
}
