/**
 * What one guest asks of the network: `fetch`, calls that it awaits or that block it, WebSockets. Trusted side. A
 * handler of the host's wins over the net. What is asked for is a guest's or a hostile child's: what no honest glue says
 * ends the child.
 */
import type { Net } from '../../net/net.ts';
import { ToChild, wordAt, words } from '../wire/frames.ts';
import type { Connection } from './connection.ts';
import { readFetch } from './fetch-request.ts';
import type { Handlers } from './handlers.ts';
import { type NetAnswer, NetSession } from './net-session.ts';
import type { Requests } from './requests.ts';
import type { Sender } from './sender.ts';
import { WebSockets } from './web-sockets.ts';

const BY_GUEST = Object.freeze(['user', null, null]);
const NOTHING = new Uint8Array(0);

export interface GuestNetworkParts {
  /** How the isolate is called where its child is ended. */
  readonly name: string;
  /** Null: the guest has no network but what handlers do. */
  readonly net: Net | null;
  readonly connection: Connection;
  readonly handlers: Handlers;
  readonly requests: Requests;
  readonly sender: Sender;
}

export class GuestNetwork {
  readonly #name: string;
  readonly #connection: Connection;
  readonly #handlers: Handlers;
  readonly #requests: Requests;
  readonly #sender: Sender;
  readonly #net: NetSession | null;
  readonly #sockets: WebSockets | null;
  /** Ids of fetches whose answer the guest still wants. */
  readonly #fetching = new Set<number>();
  #closed = false;

  constructor({ name, net, connection, handlers, requests, sender }: GuestNetworkParts) {
    this.#name = name;
    this.#connection = connection;
    this.#handlers = handlers;
    this.#requests = requests;
    this.#sender = sender;
    this.#net = net === null ? null : new NetSession(net);
    this.#sockets = this.#net === null ? null : new WebSockets(this.#net, { tell: (...event) => this.#tell(...event) });
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
    this.#fetching.add(id);
    const { url, options } = readFetch(request, own);
    const answer = await this.#honest(this.#net.callNamed('net.fetch', 0, url, options, BY_GUEST));
    if (answer === null) return;
    if (this.#fetching.delete(id)) this.#sender.answer(id, answer);
    else await this.#net.releaseBody(answer);
  }

  /** The answer of a fetch is not wanted any more; what comes with it is given back. */
  forget(id: number): void {
    this.#fetching.delete(id);
  }

  /** Answers a call that the guest awaits. */
  async callLater(id: number, operation: unknown, handle: unknown, args: unknown): Promise<void> {
    if (typeof operation !== 'number' || typeof handle !== 'number' || !(args instanceof Uint8Array)) {
      this.#connection.kill(`${this.#name}: a call that makes no sense`);
      return;
    }
    if (this.#net === null) {
      this.#sender.refuse(id, 'this isolate has no network');
      return;
    }
    const answer = await this.#honest(this.#net.call(operation, handle, args));
    if (answer !== null) this.#sender.answer(id, answer);
  }

  /** Answers a blocking call: u32 call, u32 operation, u32 handle, arguments. */
  async callNow(payload: Uint8Array): Promise<void> {
    const call = wordAt(payload, 0);
    const [operation, handle] = [wordAt(payload, 1), wordAt(payload, 2)];
    const answer =
      this.#net === null ? null : await this.#honest(this.#net.call(operation, handle, payload.subarray(12)));
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
    try {
      await this.#sockets?.connect(connection, url, Array.isArray(protocols) ? protocols.map(String) : []);
    } catch (thrown) {
      this.#endChild(thrown, 'a socket that makes no sense');
    }
  }

  async #tell(connection: string, type: string, data?: unknown): Promise<void> {
    if (this.#closed) return;
    this.#sender.message('__ws_event', { conn_id: connection, event_type: type, data });
    await this.#sender.room();
  }

  async #honest(pending: Promise<NetAnswer>): Promise<NetAnswer | null> {
    try {
      return await pending;
    } catch (thrown) {
      this.#endChild(thrown, 'a call that makes no sense');
      return null;
    }
  }

  /** What no honest glue asks for: the child is not to be trusted with anything any more. */
  #endChild(thrown: unknown, otherwise: string): void {
    this.#connection.kill(`${this.#name}: ${thrown instanceof Error ? thrown.message : otherwise}`);
  }
}
