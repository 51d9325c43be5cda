/**
 * One connection's stream of events as it comes in: bytes to text to events, with caps. Trusted side; the bytes are
 * hostile. The only file that imports eventsource-parser.
 */
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { type CaspianError, ProtocolError, TooLargeError } from '../../errors/classes.ts';

/** One event. `id` is the last that the stream has named, null if none. */
export interface StreamEvent {
  /** `message` if the server did not name it. */
  readonly event: string;
  readonly data: string;
  readonly id: string | null;
}

/** Told what is found. None of these may throw. */
export interface EventListener {
  event(event: StreamEvent): void;
  /** The server asks for so many milliseconds before a reconnect. */
  retry(ms: number): void;
  broken(error: CaspianError): void;
}

/** Lines without an event; each of them takes some memory, however short it is. */
const MAX_LINES = 1_048_576;
/** An id goes back in a header. */
const MAX_ID_BYTES = 4_096;
const CONTROL = /[\u0000-\u001f\u007f]/;

export class EventParser {
  readonly #parser: EventSourceParser;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #listener: EventListener;
  #lastId: string;
  #lines = 0;
  /** What came last was a CR: an LF after it ends the same line. */
  #afterCr = false;

  /** `lastId`: of the connection before, or empty. `maxEvent`: characters. */
  constructor(listener: EventListener, { lastId, maxEvent }: { readonly lastId: string; readonly maxEvent: number }) {
    this.#listener = listener;
    this.#lastId = lastId;
    this.#parser = createParser({
      maxBufferSize: maxEvent,
      onId: (id) => {
        if (isCarried(id)) this.#lastId = id;
      },
      onEvent: ({ event = 'message', data }) => {
        this.#lines = 0;
        // The parser's own cap is on what it keeps between two pieces.
        if (event.length + data.length > maxEvent) listener.broken(tooLarge(maxEvent));
        else listener.event({ event, data, id: this.#lastId === '' ? null : this.#lastId });
      },
      onRetry: (ms) => listener.retry(ms),
      // Only so that a stream of comments alone, which keeps a connection alive, is not taken for one endless event.
      onComment: () => {
        this.#lines -= 1;
      },
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') listener.broken(tooLarge(maxEvent));
      },
    });
  }

  /** The id to go on from. */
  get lastId(): string {
    return this.#lastId;
  }

  /** Takes in what has come. After `broken` nothing more may be fed. */
  feed(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    this.#count(text);
    this.#parser.feed(text);
    if (this.#lines <= MAX_LINES) return;
    this.#listener.broken(
      new ProtocolError('next: the peer sends lines without end, and no event', { operation: 'next' }),
    );
  }

  /** Lines end with CR, LF or both. SECURITY: each of them counts (test/attacks/events-short-lines.test.ts). */
  #count(text: string): void {
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      if (at > 0 ? text[at - 1] !== '\r' : !this.#afterCr) this.#lines += 1;
    }
    for (let at = text.indexOf('\r'); at >= 0; at = text.indexOf('\r', at + 1)) this.#lines += 1;
    if (text !== '') this.#afterCr = text.endsWith('\r');
  }
}

function isCarried(id: string): boolean {
  return !CONTROL.test(id) && Buffer.byteLength(id) <= MAX_ID_BYTES;
}

function tooLarge(maxEvent: number): TooLargeError {
  return new TooLargeError(`next: an event of more than ${maxEvent} characters`, {
    operation: 'next',
    hint: 'a larger maxEvent takes it',
  });
}
