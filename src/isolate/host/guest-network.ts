/**
 * What one guest asks of the network: `fetch`, calls that it awaits or that block it, WebSockets. Trusted side. A
 * handler of the host's wins over the net. What is asked for is a guest's or a hostile child's: what no honest glue says
 * is thrown, and ends the guest.
 */
import type { Net } from '../../net/net.ts';
import { WireViolation } from '../../wire/violation.ts';
import { ToChild, wordAt, words } from '../wire/frames.ts';
import type { Connection } from './connection.ts';
import { readFetch } from './fetch-request.ts';
import type { Handlers } from './handlers.ts';
import { NetSession } from './net-session.ts';
import type { Requests } from './requests.ts';
import type { Sender } from './sender.ts';
import { WebSockets } from './web-sockets.ts';

const BY_GUEST = Object.freeze(['user', null, null]);
const NOTHING = new Uint8Array(0);

export interface GuestNetworkParts {
  /** Null: the guest has no network but what handlers do. */
  readonly net: Net | null;
  readonly connection: Connection;
  readonly handlers: Handlers;
  readonly requests: Requests;
  readonly sender: Sender;
  /** As what is thrown, for what nobody waits for: the guest is to end. */
  readonly violated: (thrown: unknown) => void;
}

export class GuestNetwork {
  readonly #connection: Connection;
  readonly #handlers: Handlers;
  readonly #requests: Requests;
  readonly #sender: Sender;
  readonly #net: NetSession | null;
  readonly #sockets: WebSockets | null;
  /** Fetches whose answer the guest still wants, by id. */
  readonly #fetching = new Map<number, AbortController>();
  #closed = false;

  constructor({ net, connection, handlers, requests, sender, violated }: GuestNetworkParts) {
    this.#connection = connection;
    this.#handlers = handlers;
    this.#requests = requests;
    this.#sender = sender;
    this.#net = net === null ? null : new NetSession(net);
    this.#sockets =
      this.#net === null ? null : new WebSockets(this.#net, { tell: (...event) => this.#tell(...event), violated });
  }

  /** Ends what is under way and closes what the guest holds. */
  close(): void {
    this.#closed = true;
    this.#net?.close();
  }

  /** Answers a fetch, by the host's handler or by the network. */
  async fetch(id: number, request: unknown, own: unknown): Promise<void> {
    if (this.#handlers.request('fetch') !== undefined) return this.#requests.answer(id, 'fetch', request);
    if (this.#net === null) {
      return this.#sender.refuse(id, 'fetch failed: this isolate has no network', TypeError);
    }
    const abort = new AbortController();
    this.#fetching.set(id, abort);
    const { url, options } = readFetch(request, own);
    const answer = await this.#net.callUntil(abort.signal, 'net.fetch', 0, url, options, BY_GUEST);
    if (this.#fetching.delete(id)) this.#sender.answer(id, answer);
    else await this.#net.releaseBody(answer);
  }

  /** The answer of a fetch is not wanted any more: it ends, and what has come with it is given back. */
  forget(id: number): void {
    this.#fetching.get(id)?.abort();
    this.#fetching.delete(id);
  }

  /** Answers a call that the guest awaits. */
  async callLater(id: number, operation: unknown, handle: unknown, args: unknown): Promise<void> {
    if (typeof operation !== 'number' || typeof handle !== 'number' || !(args instanceof Uint8Array)) {
      throw new WireViolation('a call that makes no sense');
    }
    if (this.#net === null) {
      this.#sender.refuse(id, 'this isolate has no network');
      return;
    }
    this.#sender.answer(id, await this.#net.call(operation, handle, args));
  }

  /** Answers a blocking call: u32 call, u32 operation, u32 handle, arguments. */
  async callNow(payload: Uint8Array): Promise<void> {
    const call = wordAt(payload, 0);
    const [operation, handle] = [wordAt(payload, 1), wordAt(payload, 2)];
    const answer = this.#net === null ? null : await this.#net.call(operation, handle, payload.subarray(12));
    if (this.#closed) return;
    const status = new Uint8Array([answer?.well === true ? 0 : 1]);
    this.#connection.send(ToChild.ANSWER, words(call), status, answer?.bytes ?? NOTHING);
  }

  /** An error that nobody in the guest caught, with all that is known of it. */
  recall(error: Error): Error {
    return this.#net?.failures.complete(error) ?? error;
  }

  /** Whether a message was for one of the sockets; then it has been taken care of. */
  hearSocket(event: string, data: unknown): boolean {
    return this.#sockets?.hear(event, data) === true;
  }

  /** Whether a WebSocket can be opened; if not, the guest is told so. */
  hasSockets(id: number): boolean {
    if (this.#sockets !== null) return true;
    this.#sender.refuse(id, 'this isolate has no network for WebSockets');
    return false;
  }

  async connect(connection: string, url: string, protocols: unknown): Promise<void> {
    await this.#sockets?.connect(connection, url, Array.isArray(protocols) ? protocols.map(String) : []);
  }

  async #tell(connection: string, type: string, data?: unknown): Promise<void> {
    if (this.#closed) return;
    this.#sender.message('__ws_event', { conn_id: connection, event_type: type, data });
    await this.#sender.room();
  }
}
