/**
 * Messages: what a guest and its host say to each other, the same from end to end; the child process between them only
 * passes them on. Crosses. A message is an array in the form of clone/format.ts, its kind first; a batch is messages one after
 * the other, each with its length.
 */
import { WireViolation } from '../../wire/violation.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';

/** What a guest says. */
export const GuestSays = Object.freeze({
  /** [event, data] `NETWORK.send`. */
  MESSAGE: 1,
  /** [id, method, data] `NETWORK.request`. */
  REQUEST: 2,
  /** [id, operation, handle, arguments] a call to the network that the guest does not wait for. */
  CALL: 3,
  /** [id, request, own options] `fetch`: for the host's handler, or else for the network. */
  FETCH: 4,
  /** [level, text] the console. */
  LOG: 5,
  /** [id, well, value] what a run has come to. */
  RESULT: 6,
  /** [error] something was thrown where nobody could catch it. */
  FAULT: 7,
  /** [id] nobody waits for the answer any more. */
  FORGET: 8,
  /** [id, connection, url, protocols] a WebSocket is to be opened: by the host's handler, or else by the network. */
  WEB_SOCKET: 9,
});

/** What the host says to a guest. */
export const HostSays = Object.freeze({
  /** [event, data] */
  MESSAGE: 1,
  /** [id, well, value] the answer to a request. */
  REPLY: 2,
  /** [id, well, bytes] the network's answer to a call. */
  ANSWER: 3,
});

/** Joins messages into a batch. */
export class BatchWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(4_096);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;
  #count = 0;

  get size(): number {
    return this.#length;
  }

  get count(): number {
    return this.#count;
  }

  add(message: Uint8Array): void {
    const start = this.#length;
    const end = start + 4 + message.length;
    if (end > this.#bytes.length) this.#grow(end);
    this.#view.setUint32(start, message.length, true);
    this.#bytes.set(message, start + 4);
    this.#length = end;
    this.#count += 1;
  }

  /** The batch, in memory of its own; the writer is empty then. */
  take(): Uint8Array<ArrayBuffer> {
    const batch = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    this.#count = 0;
    // One large message must not hold its memory for good.
    if (this.#bytes.length > 1_048_576) this.#grow(4_096);
    return batch;
  }

  #grow(needed: number): void {
    const old = this.#bytes;
    this.#bytes = new Uint8Array(needed <= 4_096 ? 4_096 : Math.max(needed, old.length * 2));
    this.#view = new DataView(this.#bytes.buffer);
    if (this.#length > 0) this.#bytes.set(old.subarray(0, this.#length));
  }
}

/** The messages of a batch, as views. Throws WireViolation for a batch that is cut short. */
export function* messagesOf(batch: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  for (let at = 0; at < batch.length; ) {
    if (batch.length - at < 4) throw new WireViolation('a batch ends too early');
    const length = view.getUint32(at, true);
    const start = at + 4;
    if (length > MAX_MESSAGE_BYTES || length > batch.length - start) throw new WireViolation('a message is too long');
    yield batch.subarray(start, start + length);
    at = start + length;
  }
}
