/**
 * WebSocket (WebSockets §3.1) over the seed's protocol with the host, `ws.open`, `ws.send`, `ws.close` and `__ws_event`,
 * or over the network, whichever the host has. Powerless.
 */
import { URL } from 'caspian:packages';
import { fromRecord } from '../../errors/record.ts';
import { GuestSays } from '../wire/messages.ts';
import { Blob, bytesOf } from './blob.ts';
import { DOMException } from './dom-exception.ts';
import { TextEncoder } from './encoding.ts';
import { CloseEvent, ErrorEvent, MessageEvent } from './event-kinds.ts';
import { Event, EventTarget, fire, handlerAttributes } from './events.ts';
import { attributes, constants, domString, held, hold } from './interface.ts';
import { askHost, NETWORK, onHost } from './network.ts';

const sockets = new Map<string, WebSocket>();
let nextConnection = 1;

const events = new WeakMap<WebSocket, (type: string, data: unknown) => void>();

export class WebSocket extends EventTarget {
  declare readonly url: string;
  #binaryType: 'blob' | 'arraybuffer' = 'blob';
  readonly #connection: string;
  #state = 0;
  #protocol = '';

  constructor(url: unknown, protocols: string | readonly string[] = []) {
    super();
    hold(this, { url: cleanUrl(url) });
    const wanted = typeof protocols === 'string' ? [protocols] : [...protocols];
    if (wanted.some((one) => !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(one)) || new Set(wanted).size < wanted.length) {
      throw new DOMException('the subprotocols can not be used', 'SyntaxError');
    }
    this.#connection = `ws-${nextConnection++}-${Math.random().toString(36).slice(2)}`;
    sockets.set(this.#connection, this);
    events.set(this, (type, data) => this.#hear(type, data));
    void askHost(GuestSays.WEB_SOCKET, [this.#connection, this.url, wanted]).catch((thrown: unknown) => {
      this.#fail(thrown instanceof Error ? thrown.message : String(thrown));
    });
  }

  get readyState(): number {
    return this.#state;
  }

  get binaryType(): 'blob' | 'arraybuffer' {
    return this.#binaryType;
  }

  /** As with all enumerations, what is none of its words changes nothing. */
  set binaryType(value: 'blob' | 'arraybuffer') {
    const now = this.#binaryType;
    this.#binaryType = value === 'blob' || value === 'arraybuffer' ? value : now;
  }

  get protocol(): string {
    return this.#protocol;
  }

  get extensions(): string {
    held(this, 'url');
    return '';
  }

  /** What is sent is with the host at once. */
  get bufferedAmount(): number {
    held(this, 'url');
    return 0;
  }

  send(data: unknown): void {
    if (this.#state === 0) throw new DOMException('the WebSocket is not open yet', 'InvalidStateError');
    if (this.#state === 1) NETWORK.send('ws.send', { conn_id: this.#connection, data: payloadOf(data) });
  }

  close(code: number | undefined = undefined, reason: string | undefined = undefined): void {
    held(this, 'url');
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw new DOMException('the code must be 1000, or 3000 to 4999', 'InvalidAccessError');
    }
    if (reason !== undefined && new TextEncoder().encode(domString(reason)).length > 123) {
      throw new DOMException('the reason is too long', 'SyntaxError');
    }
    if (this.#state >= 2) return;
    this.#state = 2;
    NETWORK.send('ws.close', {
      conn_id: this.#connection,
      ...(code === undefined ? {} : { code }),
      ...(reason === undefined ? {} : { reason: domString(reason) }),
    });
  }

  #hear(type: string, data: unknown): void {
    const read = (key: string): unknown =>
      typeof data === 'object' && data !== null ? Reflect.get(data, key) : undefined;
    if (type === 'open' && this.#state === 0) {
      this.#state = 1;
      this.#protocol = String(read('protocol') ?? '');
      fire(this, new Event('open'));
    } else if (type === 'message' && this.#state <= 2) {
      fire(this, new MessageEvent('message', { data: this.#received(data), origin: new URL(this.url).origin }));
    } else if (type === 'error') this.#fail(String(read('message') ?? 'the connection failed'), read('error'));
    else if (type === 'close') this.#end(Number(read('code') ?? 1005), String(read('reason') ?? ''), 'clean');
  }

  #received(data: unknown): unknown {
    const bytes = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    if (!(bytes instanceof Uint8Array)) return data;
    return this.#binaryType === 'blob' ? new Blob([bytes]) : bytes.slice().buffer;
  }

  /** An error ends the connection, as everywhere; before it was open too. */
  #fail(message: string, record?: unknown): void {
    if (this.#state === 3) return;
    const error = record === undefined ? undefined : fromRecord(record);
    fire(this, new ErrorEvent('error', { message, error }));
    this.#end(1006, '', 'broken');
  }

  #end(code: number, reason: string, how: 'clean' | 'broken'): void {
    if (this.#state === 3) return;
    this.#state = 3;
    sockets.delete(this.#connection);
    fire(this, new CloseEvent('close', { code, reason, wasClean: how === 'clean' }));
  }
}
attributes(WebSocket, 'url');
constants(WebSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
handlerAttributes(WebSocket, 'open', 'message', 'error', 'close');

function cleanUrl(url: unknown): string {
  let parsed: URL;
  try {
    parsed = new URL(domString(url));
  } catch {
    throw new DOMException(`${JSON.stringify(String(url).slice(0, 200))} is no URL`, 'SyntaxError');
  }
  if (parsed.protocol === 'http:') parsed.protocol = 'ws:';
  if (parsed.protocol === 'https:') parsed.protocol = 'wss:';
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') {
    throw new DOMException('the URL must begin with ws: or wss:', 'SyntaxError');
  }
  if (parsed.hash !== '') throw new DOMException('the URL must have no fragment', 'SyntaxError');
  return parsed.href;
}

function payloadOf(data: unknown): unknown {
  if (data instanceof Blob) return bytesOf(data).slice();
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return domString(data);
}

/** Joins the sockets to what the host says about them. Once. */
export function listenToHost(): void {
  onHost('__ws_event', (message) => {
    if (typeof message !== 'object' || message === null) return;
    const socket = sockets.get(String(Reflect.get(message, 'conn_id')));
    if (socket !== undefined)
      events.get(socket)?.(String(Reflect.get(message, 'event_type')), Reflect.get(message, 'data'));
  });
}
