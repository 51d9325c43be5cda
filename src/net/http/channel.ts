/**
 * One connection of the pool: undici's client around a wire around what `dial` opened. Trusted side. It carries one
 * request at a time, and knows who pays for its bytes.
 */
import type { VettedAddress } from '../address/vetted.ts';
import type { Capability } from '../capability.ts';
import type { Connection } from '../dial/connection.ts';
import type { Dispatch, DispatchController, DispatchHandler, HttpConnection } from './undici.ts';
import type { Wire } from './wire.ts';

/** What an exchange knows of the connection below it, and tells it. */
export interface WireView {
  /** Of the last request: whether anything may have been written, or came back. */
  readonly wrote: boolean;
  readonly heard: boolean;
  /** Bytes that the system has not taken yet. */
  readonly unsent: number;
  readonly httpVersion: HttpVersion;
  /** The first failure that the socket itself reported. */
  readonly failure: Error | null;
  readonly errored: Error | null;
  /** The peer has sent its end. */
  readonly ended: boolean;
  /** The request is about to be written. */
  begun(): void;
  /** An interim response: another head follows. */
  headAgain(): void;
  bodyBegins(): void;
  progressed(piece: Uint8Array): void;
}

export type HttpVersion = '1.0' | '1.1' | '2';

/** What one request goes over: a connection of HTTP/1, or a share in one of HTTP/2. */
export interface Loan {
  readonly wire: WireView;
  /** True if the connection has been used before. */
  readonly reused: boolean;
  readonly address: VettedAddress;
  send(request: Dispatch, handler: DispatchHandler): void;
  /** The response is complete. */
  release(): void;
  /** Ends the request at once; it fails with `error`. `controller`: undici's, once it has begun. */
  destroy(error: Error, controller: DispatchController | null): void;
}

/** What the pool learns of its channels. */
export interface ChannelOwner {
  gaveBack(channel: Channel): void;
  closed(channel: Channel): void;
}

export interface ChannelParts {
  /** The pool's key: channels under one key are as good as each other, but for their address. */
  readonly key: string;
  readonly wire: Wire;
  readonly connection: Connection<VettedAddress>;
  /** It goes through a proxy that was given a name. */
  readonly named: boolean;
  readonly client: HttpConnection;
  readonly owner: ChannelOwner;
}

export class Channel implements Loan {
  readonly key: string;
  readonly named: boolean;
  readonly wire: Wire;
  /** True from the second request on. */
  reused = false;
  readonly #connection: Connection<VettedAddress>;
  readonly #client: HttpConnection;
  readonly #owner: ChannelOwner;
  #metered: boolean;

  constructor({ key, wire, connection, named, client, owner }: ChannelParts) {
    this.named = named;
    this.key = key;
    this.wire = wire;
    this.#connection = connection;
    this.#client = client;
    this.#owner = owner;
    // Whoever had it dialled pays already.
    this.#metered = true;
    wire.once('close', () => owner.closed(this));
  }

  get address(): VettedAddress {
    return this.#connection.address;
  }

  /** From here on the bytes are this capability's to pay. Raises BudgetExhaustedError for those of the one before. */
  lend(borrower: Capability): void {
    if (!this.#metered && !borrower.countsBytes) return;
    this.#connection.charge(borrower);
    this.#metered = borrower.countsBytes;
    this.wire.metered = borrower.countsBytes;
  }

  send(request: Dispatch, handler: DispatchHandler): void {
    this.wire.begin();
    this.#client.dispatch(request, handler);
  }

  /** The response is complete: the connection is free, unless undici closes it now. */
  release(): void {
    this.wire.finish();
    this.reused = true;
    if (this.#metered) this.#settleLast();
    this.#owner.gaveBack(this);
  }

  #settleLast(): void {
    this.#metered = false;
    try {
      this.#connection.charge(null);
    } catch {
      // Spent with the last byte: the next request of that capability is told.
    }
  }

  /**
   * Closes it at once; a request that is under way fails with `error`. undici learns it from the wire alone: to destroy
   * its client from inside a callback of its own breaks an assertion.
   */
  destroy(error: Error): void {
    this.wire.destroy(error);
  }
}
