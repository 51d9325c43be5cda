/**
 * One connection of HTTP/2: undici's client around the TLS socket that `dial` opened, shared by requests at once. Trusted
 * side. SECURITY: it belongs to one key of the pool, so to one origin and one TLS plan: what else its certificate may be
 * good for (RFC 9113 section 9.1.1) is nobody's business here (test/attacks/http2-other-origin.test.ts). Who pays for bytes
 * never shares one, since its bytes could not be told from others'.
 */
import type { VettedAddress } from '../address/vetted.ts';
import type { Connection } from '../dial/connection.ts';
import type { HttpVersion, Loan, WireView } from './channel.ts';
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
  readonly client: HttpConnection;
  readonly owner: SessionOwner;
}

export class Session {
  readonly key: string;
  readonly named: boolean;
  readonly #connection: Connection<VettedAddress>;
  readonly #client: HttpConnection;
  readonly #owner: SessionOwner;
  #streams = 0;
  #used = false;
  #errored: Error | null = null;

  constructor({ key, connection, named, client, owner }: SessionParts) {
    this.named = named;
    this.key = key;
    this.#connection = connection;
    this.#client = client;
    this.#owner = owner;
    client.on('disconnect', () => owner.retired(this));
    connection.socket.once('close', () => owner.closed(this));
    if (connection.socket.destroyed) queueMicrotask(() => owner.closed(this));
  }

  get address(): VettedAddress {
    return this.#connection.address;
  }

  get idle(): boolean {
    return this.#streams === 0;
  }

  /** Whether one more request may go over it. */
  get hasRoom(): boolean {
    return this.#streams < MAX_STREAMS && !this.#connection.socket.destroyed && this.#errored === null;
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

  dispatch(request: Dispatch, handler: DispatchHandler): void {
    this.#client.dispatch(withPieces(request), handler);
  }

  over(): void {
    this.#streams -= 1;
    this.#owner.hasRoom(this);
  }

  destroy(error: Error): void {
    this.#errored ??= error;
    this.#connection.destroy();
  }
}

/** A share in a session, for one request. */
class Stream implements Loan, WireView {
  readonly reused: boolean;
  readonly httpVersion: HttpVersion = '2';
  /** Node keeps to itself what it has not sent. */
  readonly unsent = 0;
  wrote = false;
  heard = false;
  readonly #session: Session;
  #over = false;

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
    this.wrote = true;
    this.#session.dispatch(request, handler);
  }

  headAgain(): void {
    this.heard = true;
  }

  bodyBegins(): void {
    this.heard = true;
  }

  progressed(): void {}

  release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#session.over();
  }

  /** Resets this stream alone. */
  destroy(error: Error, controller: DispatchController | null): void {
    this.release();
    controller?.abort(error);
  }
}

/** SECURITY: Node ends requests for which a connection would hold more than 10 MB (test/attacks/http2-large-bodies.test.ts). */
function withPieces(request: Dispatch): Sent {
  const { body } = request;
  return body === null || body instanceof Uint8Array ? request : { ...request, body: inPieces(body) };
}
