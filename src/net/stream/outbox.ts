/**
 * What goes out on a WebSocket: messages, one after the other, and answers to pings, one at a time. Trusted side. Nothing
 * piles up here, however slowly the peer reads.
 */
import type { CaspianError } from '../../errors/classes.ts';
import { type Bounds, runStep } from '../dial/deadline.ts';
import type { Message } from './web-socket.ts';
import type { Peer } from './ws.ts';

/** What the WebSocket around it says. */
export interface OutboxOwner {
  /** The peer to send to. Raises why nothing can be sent. */
  usable(): Peer;
  /** Bytes on the wire are counted. */
  readonly metered: boolean;
  /** Charges them. */
  settle(): void;
  /** Why it can't be used any more; null while it can. */
  readonly over: CaspianError | null;
  /** What a connection that takes no more bytes has failed with. */
  failure(): CaspianError;
}

/** Pieces of a message whose bytes are counted, so that what is over the budget never leaves. */
const METERED_BYTES = 16_384;

export class Outbox {
  readonly #owner: OutboxOwner;
  /** The message that is on its way out, and how to give it up. */
  #leaving: Promise<void> | null = null;
  #failLeaving: ((error: CaspianError) => void) | null = null;
  /** A pong is on its way out; the last ping since then waits. */
  #ponging = false;
  #ping: Uint8Array | null = null;

  constructor(owner: OutboxOwner) {
    this.#owner = owner;
  }

  /** Done when the system has all of it. What is ended by its bounds may still go out; the next one waits for it. */
  async send(data: Message, bounds: Bounds): Promise<void> {
    while (this.#leaving !== null) await settled(this.#leaving, bounds);
    const peer = this.#owner.usable();
    const leaving = this.#transmit(peer, typeof data === 'string' ? data : new Uint8Array(data));
    this.#leaving = leaving
      .catch(() => {})
      .finally(() => {
        this.#leaving = null;
      });
    await settled(leaving, bounds);
  }

  /** Gives up the message that is on its way. */
  fail(error: CaspianError): void {
    this.#failLeaving?.(error);
  }

  /** RFC 6455 section 5.5.3: of several pings the last one may be answered alone. */
  answer(peer: Peer, data: Uint8Array): void {
    const ping = new Uint8Array(data);
    if (this.#ponging) {
      this.#ping = ping;
      return;
    }
    this.#ponging = true;
    peer.pong(ping, () => {
      this.#ponging = false;
      const next = this.#ping;
      this.#ping = null;
      if (next !== null) this.answer(peer, next);
    });
  }

  /** Where bytes are counted: in pieces, each once the one before is with the system, until the budget is used up. */
  async #transmit(peer: Peer, data: Message): Promise<void> {
    const owner = this.#owner;
    const isBinary = typeof data !== 'string';
    if (!owner.metered) return await this.#write(peer, data, { isBinary, isLast: true });
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
    for (let at = 0; at === 0 || at < bytes.length; at += METERED_BYTES) {
      const end = at + METERED_BYTES;
      await this.#write(peer, bytes.subarray(at, end), { isBinary, isLast: end >= bytes.length });
      owner.settle();
      if (owner.over !== null && end < bytes.length) throw owner.over;
    }
  }

  #write(peer: Peer, piece: Message, kind: { readonly isLast: boolean; readonly isBinary: boolean }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#failLeaving = reject;
      peer.send(piece, kind, (error) => {
        this.#failLeaving = null;
        if (!error) resolve();
        else reject(this.#owner.over ?? this.#owner.failure());
      });
    });
  }
}

/** Waits for it within the bounds; it goes on if they end first. */
export function settled(promise: Promise<void>, bounds: Bounds): Promise<void> {
  return runStep<void>(bounds, ({ done, failed }) => {
    promise.then(done, failed);
    return () => {};
  });
}
