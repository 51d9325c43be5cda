/**
 * A WebSocket that blocks the script's thread. Powerless: it stands for a WebSocket of the kernel's. Semantics:
 * spec/surface.md, "WebSockets".
 */
import { SocketError } from '../errors/classes.ts';
import type { WireValue } from '../wire/codec.ts';
import type { WebSocketRecord } from '../wire/records.ts';
import { expectNumber, expectRecord, type Session, unexpected } from './session.ts';
import type { SocketTimeout } from './sync-socket.ts';

const encoder = new TextEncoder();

/**
 * A WebSocket (RFC 6455): `recv` blocks this thread until a message has come, and gives null once the peer has
 * closed. It raises TimeoutError, and TooLargeError over `maxMessage`.
 */
export class SyncWebSocket implements Iterable<string | Uint8Array> {
  readonly #session: Session;
  readonly #record: WebSocketRecord;
  /** Seconds that each operation may take unless it says otherwise; null: no limit. */
  readonly timeout: number | null;
  /** As it stood when it was closed from here. */
  #closed: WebSocketRecord | null = null;

  /** `answer`: what the kernel said when it was open. */
  constructor(session: Session, answer: WireValue, timeout: number | null) {
    this.#session = session;
    this.#record = readRecord(answer);
    this.timeout = timeout;
  }

  /** What was connected to. */
  get url(): string {
    return this.#record.url;
  }

  /** The subprotocol that was agreed on; null if none was. */
  get protocol(): string | null {
    return this.#record.protocol;
  }

  /** True once either side has said that it closes, or the connection is gone. */
  get closed(): boolean {
    return this.#closed !== null || this.#state().closed;
  }

  /** The code of the peer's Close (1005 if it gave none); null if none has come. */
  get closeCode(): number | null {
    return this.#state().closeCode;
  }

  /** The reason that was given with the close; null while there is none. */
  get closeReason(): string | null {
    return this.#state().closeReason;
  }

  /** Sends a message: a text, or bytes. */
  send(message: string | Uint8Array, { timeout = this.timeout }: SocketTimeout = {}): void {
    if (this.#closed !== null) throw new SocketError('the WebSocket is closed');
    const isText = typeof message === 'string';
    const data = isText ? encoder.encode(message) : message;
    this.#session.call('webSocket.send', this.#record.handle, [data, isText, timeout], timeout);
  }

  /** The next message: a text, or bytes; null once it is closed. */
  recv({ timeout = this.timeout }: SocketTimeout = {}): string | Uint8Array | null {
    if (this.#closed !== null) return null;
    const answer = this.#session.call('webSocket.recv', this.#record.handle, [timeout], timeout);
    if (answer === null || typeof answer === 'string' || answer instanceof Uint8Array) return answer;
    return unexpected('recv');
  }

  /** Says that it closes and waits for the peer's answer, at most 5 seconds. Closing again does nothing. */
  close(code = 1000, reason = '', { timeout = this.timeout }: SocketTimeout = {}): void {
    if (this.#closed !== null) return;
    const answer = this.#session.call('webSocket.close', this.#record.handle, [code, reason, timeout], timeout);
    this.#closed = readRecord(answer);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The messages as they come, to the end. */
  *[Symbol.iterator](): Generator<string | Uint8Array> {
    for (let message = this.recv(); message !== null; message = this.recv()) yield message;
  }

  #state(): WebSocketRecord {
    return this.#closed ?? readRecord(this.#session.call('webSocket.state', this.#record.handle, []));
  }
}

function readRecord(answer: WireValue): WebSocketRecord {
  const { handle = null, url, protocol, closed, closeCode, closeReason } = expectRecord(answer, 'webSocket');
  return {
    handle: expectNumber(handle, 'webSocket'),
    url: String(url),
    protocol: typeof protocol === 'string' ? protocol : null,
    closed: closed === true,
    closeCode: typeof closeCode === 'number' ? closeCode : null,
    closeReason: typeof closeReason === 'string' ? closeReason : null,
  };
}
