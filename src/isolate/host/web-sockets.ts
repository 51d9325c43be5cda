/**
 * A guest's WebSockets over its net. Trusted side. The guest speaks the same protocol as with a host that does it by
 * hand (`ws.send`, `ws.close`, `__ws_event`); here the kernel's operations are on the other end.
 */
import { decode, type WireValue } from '../../wire/codec.ts';
import type { NetAnswer, NetSession } from './net-session.ts';

/** Bytes of one socket that wait to be sent, at most: with what stands around them they are one call. */
const MAX_WAITING = 16_776_192;
/** Longest message of a peer's: more could not cross. */
const MAX_MESSAGE = 8_388_608;
const CLOSE_SECONDS = 5;
/** Longest reason of a close: more than a frame takes. */
const MAX_REASON = 128;
const NOTHING = new Uint8Array(0);

const BY_GUEST = Object.freeze(['user', null, null]);

interface Open {
  readonly handle: number;
  /** Sends go one after the other. */
  sending: Promise<void>;
  waiting: number;
  /** Whether the guest has asked for its end; what that has come to. */
  closing: boolean;
  closed: NetAnswer | null;
}

export interface GuestEar {
  /** Tells the guest of an event; resolves when it may be told more. */
  tell(connection: string, type: string, data?: unknown): Promise<void>;
  /** It has said what makes no sense. */
  readonly violated: (thrown: unknown) => void;
}

export class WebSockets {
  readonly #net: NetSession;
  readonly #ear: GuestEar;
  readonly #open = new Map<string, Open>();
  /** Those that are being opened. */
  readonly #opening = new Map<string, AbortController>();

  constructor(net: NetSession, ear: GuestEar) {
    this.#net = net;
    this.#ear = ear;
  }

  /** Opens a connection and reads from it until it ends. Throws WireViolation as `NetSession.call` does. */
  async connect(connection: string, url: string, protocols: readonly string[]): Promise<void> {
    const abort = new AbortController();
    this.#opening.set(connection, abort);
    const options = { protocols, maxMessage: MAX_MESSAGE };
    const answer = await this.#net.callUntil(abort.signal, 'net.webSocket', 0, url, options, BY_GUEST);
    this.#opening.delete(connection);
    if (!answer.well) return await this.#ear.tell(connection, 'error', failureIn(answer));
    const record = fieldsOf(answer);
    const open: Open = {
      handle: Number(record['handle']),
      sending: Promise.resolve(),
      waiting: 0,
      closing: false,
      closed: null,
    };
    this.#open.set(connection, open);
    await this.#ear.tell(connection, 'open', { protocol: record['protocol'] ?? '' });
    await this.#read(connection, open);
  }

  /** Whether a message of the guest's was about one of these; then it has been taken care of. */
  hear(event: string, data: unknown): boolean {
    if ((event !== 'ws.send' && event !== 'ws.close') || typeof data !== 'object' || data === null) return false;
    const connection: unknown = Reflect.get(data, 'conn_id');
    if (typeof connection !== 'string') return false;
    const opening = this.#opening.get(connection);
    if (opening !== undefined && event === 'ws.close') opening.abort();
    const open = this.#open.get(connection);
    if (open === undefined) return opening !== undefined;
    if (event === 'ws.send') this.#send(connection, open, Reflect.get(data, 'data'));
    else this.#close(open, Reflect.get(data, 'code'), Reflect.get(data, 'reason'));
    return true;
  }

  async #read(connection: string, open: Open): Promise<void> {
    for (;;) {
      const answer = await this.#net.callNamed('webSocket.recv', open.handle, null);
      const value = valueIn(answer);
      if (answer.well && value !== null) {
        await this.#ear.tell(connection, 'message', value);
        continue;
      }
      this.#open.delete(connection);
      if (answer.well || open.closing) await this.#tellClosed(connection, open);
      else await this.#ear.tell(connection, 'error', failureIn(answer));
      await this.#net.callNamed('release', open.handle);
      return;
    }
  }

  async #tellClosed(connection: string, open: Open): Promise<void> {
    if (open.closing) await open.sending;
    const state = fieldsOf(open.closed ?? (await this.#net.callNamed('webSocket.state', open.handle)));
    const code = typeof state['closeCode'] === 'number' ? state['closeCode'] : 1005;
    await this.#ear.tell(connection, 'close', { code, reason: String(state['closeReason'] ?? '') });
  }

  #send(connection: string, open: Open, data: unknown): void {
    if (open.closing) return;
    const isText = typeof data === 'string';
    const bytes = isText ? Buffer.from(data) : data instanceof Uint8Array ? data : NOTHING;
    if (open.waiting + bytes.length > MAX_WAITING) {
      this.#close(open, undefined, undefined);
      void this.#ear.tell(connection, 'error', { message: `more than ${MAX_WAITING} bytes wait to be sent` });
      return;
    }
    open.waiting += bytes.length;
    open.sending = this.#behind(open.sending, async () => {
      const answer = await this.#net.callNamed('webSocket.send', open.handle, bytes, isText, null);
      open.waiting -= bytes.length;
      if (!answer.well) await this.#ear.tell(connection, 'error', failureIn(answer));
    });
  }

  #close(open: Open, code: unknown, reason: unknown): void {
    if (open.closing) return;
    const args: [number, string, number] = [
      typeof code === 'number' ? code : 1000,
      typeof reason === 'string' ? reason.slice(0, MAX_REASON) : '',
      CLOSE_SECONDS,
    ];
    open.closing = true;
    open.sending = this.#behind(open.sending, async () => {
      open.closed = await this.#net.callNamed('webSocket.close', open.handle, ...args);
    });
  }

  /** SECURITY: what nobody waits for yet must not fail unheard, which would end the host (test/attacks/isolate-broken-glue.test.ts). */
  async #behind(before: Promise<void>, act: () => Promise<void>): Promise<void> {
    await before;
    try {
      await act();
    } catch (thrown) {
      this.#ear.violated(thrown);
    }
  }
}

function valueIn({ bytes }: NetAnswer): WireValue {
  return bytes.length === 0 ? null : decode(bytes);
}

function fieldsOf(answer: NetAnswer): { readonly [key: string]: unknown } {
  const value = valueIn(answer);
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** `error` is the record of one of the kernel's; the guest makes the error of it. */
function failureIn(answer: NetAnswer): { readonly message: string; readonly error: object } {
  const error = fieldsOf(answer);
  return { message: String(error['message']), error };
}
