/** EventSource (HTML §9.2) over `fetch`. Powerless. It reconnects, with Last-Event-ID, until it is closed. */

import { URL } from 'caspian:packages';
import { CaspianError } from '../../errors/classes.ts';
import { AbortController } from './abort.ts';
import { DOMException } from './dom-exception.ts';
import { TextDecoder } from './encoding.ts';
import { ErrorEvent, MessageEvent } from './event-kinds.ts';
import { Event, EventTarget, fire, handlerAttributes } from './events.ts';
import { fetch } from './fetch.ts';
import { attributes, constants, dictionary, domString, hold, NONE } from './interface.ts';
import { clearTimer, setTimer } from './timers.ts';

const FIRST_RETRY_MS = 3_000;
/** Longest line, and longest event, that is kept. */
const MAX_EVENT = 16_777_216;

export class EventSource extends EventTarget {
  declare readonly url: string;
  #state = 0;
  #retryMs = FIRST_RETRY_MS;
  #lastId = '';
  #timer = 0;
  readonly #ended = new AbortController();

  constructor(url: unknown, init: { readonly withCredentials?: boolean } = NONE) {
    super();
    try {
      hold(this, {
        url: new URL(domString(url)).href,
        withCredentials: Boolean(dictionary(init).withCredentials),
      });
    } catch {
      throw new DOMException(`${JSON.stringify(String(url).slice(0, 200))} is no URL`, 'SyntaxError');
    }
    void this.#connect();
  }

  get readyState(): number {
    return this.#state;
  }

  close(): void {
    this.#state = 2;
    clearTimer(this.#timer);
    this.#ended.abort();
  }

  async #connect(): Promise<void> {
    try {
      const headers = {
        accept: 'text/event-stream',
        ...(this.#lastId === '' ? {} : { 'last-event-id': this.#lastId }),
      };
      const response = await fetch(this.url, { headers, signal: this.#ended.signal });
      if (response.status !== 200 || !/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) {
        return this.#fail();
      }
      this.#state = 1;
      fire(this, new Event('open'));
      await this.#read(response.body, new URL(response.url).origin);
    } catch (thrown) {
      // The connection failed, or broke off: it is made again, unless that would come to the same.
      const error = thrown instanceof TypeError ? thrown.cause : undefined;
      if (error instanceof CaspianError && !error.retryable) this.#fail(error);
      else this.#retry(error);
      return;
    }
    this.#retry();
  }

  /** A response that says no ends it for good, and so does what no other try would change. */
  #fail(error?: unknown): void {
    if (this.#state === 2) return;
    this.#state = 2;
    fire(this, new ErrorEvent('error', { error }));
  }

  #retry(error?: unknown): void {
    if (this.#state === 2) return;
    this.#state = 0;
    fire(this, new ErrorEvent('error', { error }));
    if (this.#isClosed()) return;
    this.#timer = setTimer(() => void this.#connect(), this.#retryMs);
  }

  /** A listener may have closed it. */
  #isClosed(): boolean {
    return this.#state === 2;
  }

  async #read(body: Awaited<ReturnType<typeof fetch>>['body'], origin: string): Promise<void> {
    if (body === null) return;
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    let fields: string[] = [];
    for (let next = await reader.read(); !next.done && !this.#isClosed(); next = await reader.read()) {
      rest += decoder.decode(next.value, { stream: true });
      // A CR at the end may be half of a CR LF.
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line !== '') fields.push(line);
        else {
          this.#dispatch(fields, origin);
          fields = [];
        }
      }
      if (rest.length > MAX_EVENT || fields.length > MAX_EVENT) throw new TypeError('the event is too long');
    }
    await reader.cancel();
  }

  #dispatch(lines: readonly string[], origin: string): void {
    const data: string[] = [];
    let type = 'message';
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (name === 'data') data.push(value);
      else if (name === 'event') type = value === '' ? 'message' : value;
      else if (name === 'id' && !value.includes('\0')) this.#lastId = value;
      else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value);
    }
    if (data.length === 0 || this.#isClosed()) return;
    fire(this, new MessageEvent(type, { data: data.join('\n'), origin, lastEventId: this.#lastId }));
  }
}
attributes(EventSource, 'url', 'withCredentials');
constants(EventSource, { CONNECTING: 0, OPEN: 1, CLOSED: 2 });
handlerAttributes(EventSource, 'open', 'message', 'error');
