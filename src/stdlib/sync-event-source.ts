/**
 * An event stream that blocks the script's thread. Powerless: it stands for a stream of the kernel's. Semantics:
 * spec/surface.md, "Event streams".
 */
import type { WireValue } from '../wire/codec.ts';
import type { EventSourceRecord } from '../wire/records.ts';
import { expectNumber, expectRecord, type Session } from './session.ts';
import type { SocketTimeout } from './sync-socket.ts';

/** One event of a stream (HTML, "Server-sent events"). */
export interface SyncEvent {
  /** `message` if the server did not name it. */
  readonly event: string;
  readonly data: string;
  /** The last id that the stream has named; null if none. */
  readonly id: string | null;
}

/**
 * An event stream, read with `next` or in a loop; both block this thread. Errors are those of `fetch` for the
 * opening, TimeoutError and ProtocolError after it.
 */
export class SyncEventSource implements Iterable<SyncEvent> {
  readonly #session: Session;
  readonly #record: EventSourceRecord;
  /** Seconds that `next` may take unless it says otherwise; null: no limit. */
  readonly timeout: number | null;
  /** As it stood when it was closed from here. */
  #closed: EventSourceRecord | null = null;

  /** `answer`: what the kernel said when it was open. */
  constructor(session: Session, answer: WireValue, timeout: number | null) {
    this.#session = session;
    this.#record = readRecord(answer);
    this.timeout = timeout;
  }

  /** Where the events come from. */
  get url(): string {
    return this.#record.url;
  }

  /** True once nothing more can come. */
  get closed(): boolean {
    return this.#closed !== null || this.#state().closed;
  }

  /** The id of the last event that named one; null if none did. */
  get lastEventId(): string | null {
    return this.#state().lastEventId;
  }

  /** The next event; null at the end. */
  next({ timeout = this.timeout }: SocketTimeout = {}): SyncEvent | null {
    if (this.#closed !== null) return null;
    const answer = this.#session.call('events.next', this.#record.handle, [timeout, this.#session.by], timeout);
    if (answer === null) return null;
    const { event, data, id } = expectRecord(answer, 'next');
    return { event: String(event), data: String(data), id: typeof id === 'string' ? id : null };
  }

  /** Ends the stream. Closing again does nothing. */
  close(): void {
    if (this.#closed !== null) return;
    this.#closed = this.#state();
    this.#session.call('release', this.#record.handle, []);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The events as they come, to the end. */
  *[Symbol.iterator](): Generator<SyncEvent> {
    for (let event = this.next(); event !== null; event = this.next()) yield event;
  }

  #state(): EventSourceRecord {
    return this.#closed ?? readRecord(this.#session.call('events.state', this.#record.handle, []));
  }
}

function readRecord(answer: WireValue): EventSourceRecord {
  const { handle = null, url, closed, lastEventId } = expectRecord(answer, 'eventSource');
  return {
    handle: expectNumber(handle, 'eventSource'),
    url: String(url),
    closed: closed === true,
    lastEventId: typeof lastEventId === 'string' ? lastEventId : null,
  };
}
