/**
 * SyncNet: the capability as a script's thread holds it, every method blocking. Powerless: it stands for a capability
 * of the kernel, where each thing that is asked for is decided. Surface: spec/surface.md.
 */
import type { CaspianError } from '../errors/classes.ts';
import { fromRecord } from '../errors/record.ts';
import type { WireValue } from '../wire/codec.ts';
import { type FetchItem, PIECE_REQUESTS, readFetchList, WINDOW_REQUESTS } from '../wire/fetch-list.ts';
import type { DnsRecord } from '../wire/records.ts';
import { writeBody } from '../wire/written-bodies.ts';
import { type SyncReady, selectReady } from './select.ts';
import {
  DEFAULT_TIMEOUT,
  expectNumber,
  expectRecord,
  isList,
  type RawOptions,
  type Session,
  timeoutOf,
  unexpected,
} from './session.ts';
import { SyncEventSource } from './sync-event-source.ts';
import { jailed, SyncHttpClient, type SyncJail, type UrlLike, urlText } from './sync-http.ts';
import { SyncListener } from './sync-listener.ts';
import { SyncResponse } from './sync-response.ts';
import { openTcpSocket, openTlsSocket, type SyncTcpSocket, type SyncTlsSocket } from './sync-socket.ts';
import { SyncUdpSocket } from './sync-udp.ts';
import { SyncWebSocket } from './sync-web-socket.ts';

/** `net.http`. */
export interface SyncHttp {
  readonly client: {
    /** An HTTP client. Options: spec/surface.md, "HTTP client". */
    new: (options?: RawOptions) => SyncHttpClient;
    /** A client narrowed to these hosts that can fetch and do nothing else. */
    jail: (...hosts: string[]) => SyncJail;
  };
}

/**
 * The net behind a link: each call blocks this thread, and only it. Options are those of spec/surface.md, with
 * seconds for time-outs (default 30, null for no limit). What is not granted raises HostNotAllowedError or
 * PortNotAllowedError; any call raises SocketError once the link is closed.
 */
export class SyncNet {
  readonly #session: Session;
  readonly #handle: number;
  readonly #parent: SyncNet | null;
  #closed = false;
  /** HTTP clients. */
  readonly http: SyncHttp;

  /** `handle` 0 is the link's own capability, which has no parent here. */
  constructor(session: Session, handle = 0, parent: SyncNet | null = null) {
    this.#session = session;
    this.#handle = handle;
    this.#parent = parent;
    this.http = Object.freeze({
      client: Object.freeze({
        new: (options: RawOptions = {}) => this.#client(options),
        jail: (...hosts: string[]) => jailed(this.narrow(hosts).http.client.new()),
      }),
    });
  }

  /** A request. Default time-out: 30 seconds for the whole of it. 4xx and 5xx are responses, never exceptions. */
  fetch(url: UrlLike, options: RawOptions = {}): SyncResponse {
    const timeout = timeoutOf(options);
    const answer = this.#session.call(
      'net.fetch',
      this.#handle,
      [urlText(url), writeBody(options), this.#session.by],
      timeout,
    );
    return new SyncResponse(this.#session, answer, timeout);
  }

  /**
   * Requests that run at once, `limit` (6) at a time, all within `timeout` (30 seconds); order kept. Items: URLs, or
   * `{url, ...options}`. An element is a response, its body there already, or the error of that request.
   */
  fetchAll(list: readonly (UrlLike | RawOptions)[], options: RawOptions = {}): (SyncResponse | CaspianError)[] {
    const items = readFetchList(
      Array.isArray(list) ? Array.from(list, (item) => (isUrl(item) ? urlText(item) : written(item))) : list,
    );
    const opened = this.#session.call('net.fetchAll', this.#handle, [options, this.#session.by]);
    const requests = expectNumber(opened, 'fetch_all');
    const results: (SyncResponse | CaspianError)[] = [];
    try {
      this.#exchange(requests, items, timeoutOf(options), results);
      return results;
    } catch (thrown) {
      closeResponses(results);
      throw thrown;
    } finally {
      this.#session.call('release', requests, []);
    }
  }

  /** Hands the list over and takes the results, a piece at a time: the loop that answers is everybody's. */
  #exchange(
    requests: number,
    items: readonly FetchItem[],
    timeout: number | null,
    results: (SyncResponse | CaspianError)[],
  ): void {
    let sent = 0;
    while (results.length < items.length) {
      while (sent < items.length && sent + PIECE_REQUESTS - results.length <= WINDOW_REQUESTS) {
        const piece = items.slice(sent, sent + PIECE_REQUESTS);
        // Large ones wait until those before them are over.
        this.#session.call('fetchList.add', requests, [piece], timeout);
        sent += piece.length;
      }
      const count = Math.min(PIECE_REQUESTS, sent - results.length);
      // The kernel ends them all in time; this bounds the wait for each piece where it does not.
      const answer = this.#session.call('fetchList.take', requests, [count], timeout);
      if (!isList(answer) || answer.length !== count) throw unexpected('fetch_all');
      for (const element of answer) results.push(this.#readResult(element, timeout));
    }
  }

  #readResult(element: WireValue, timeout: number | null): SyncResponse | CaspianError {
    const { error } = expectRecord(element, 'fetch_all');
    return error === undefined ? new SyncResponse(this.#session, element, timeout) : fromRecord(error);
  }

  /** A WebSocket. Options: spec/surface.md, "WebSockets". */
  webSocket(url: UrlLike, options: RawOptions = {}): SyncWebSocket {
    const timeout = timeoutOf(options);
    const args = [urlText(url), options, this.#session.by];
    return new SyncWebSocket(this.#session, this.#session.call('net.webSocket', this.#handle, args, timeout), timeout);
  }

  /** A stream of server-sent events. Options: spec/surface.md, "Event streams". */
  eventSource(url: UrlLike, options: RawOptions = {}): SyncEventSource {
    const timeout = timeoutOf(options);
    const args = [urlText(url), writeBody(options), this.#session.by];
    const answer = this.#session.call('net.eventSource', this.#handle, args, timeout);
    return new SyncEventSource(this.#session, answer, timeout);
  }

  /** A TCP connection. Options: timeout, connectTimeout. */
  tcp(host: string, port: number, options: RawOptions = {}): SyncTcpSocket {
    const args = [host, port, options, this.#session.by];
    return openTcpSocket(this.#session, this.#session.call('net.tcp', this.#handle, args, timeoutOf(options)));
  }

  /** A TLS connection, TLS from the first byte. Options: spec/surface.md, "TLS". */
  tls(host: string, port: number, options: RawOptions = {}): SyncTlsSocket {
    const args = [host, port, options, this.#session.by];
    return openTlsSocket(this.#session, this.#session.call('net.tls', this.#handle, args, timeoutOf(options)));
  }

  /**
   * Listens at an address of this machine; port 0 is one that the system picks. Needs a listen grant. Options:
   * spec/surface.md, "Listeners".
   */
  tcpListen(host: string, port: number, options: RawOptions = {}): SyncListener {
    const timeout = timeoutOf(options);
    const args = [host, port, options, this.#session.by];
    return new SyncListener(this.#session, this.#session.call('net.tcpListen', this.#handle, args, timeout), timeout);
  }

  /** A socket for datagrams: without a host to any target that is granted, with one for that peer alone. */
  udp(host: string | null = null, port: number | null = null, options: RawOptions = {}): SyncUdpSocket {
    const timeout = timeoutOf(options);
    const args = [host, port, options, this.#session.by];
    return new SyncUdpSocket(this.#session, this.#session.call('net.udp', this.#handle, args, timeout), timeout);
  }

  /** A socket for datagrams at an address of this machine; it hears anyone. Needs a listen grant. */
  udpListen(host: string, port: number, options: RawOptions = {}): SyncUdpSocket {
    const timeout = timeoutOf(options);
    const args = [host, port, options, this.#session.by];
    return new SyncUdpSocket(this.#session, this.#session.call('net.udpListen', this.#handle, args, timeout), timeout);
  }

  /** The records of a name, at least one; without a type its addresses. See spec/surface.md, "Looking names up". */
  resolve(host: string, type: string | null = null, options: RawOptions = {}): readonly DnsRecord[] {
    const args = [host, type, options, this.#session.by];
    const answer = this.#session.call('net.resolve', this.#handle, args, timeoutOf(options));
    return isList(answer)
      ? answer.map((record) => (typeof record === 'string' ? record : expectRecord(record, 'resolve')))
      : unexpected('resolve');
  }

  /** The name of an address, or null if it has none. */
  reverseResolve(ip: string, options: RawOptions = {}): string | null {
    const args = [ip, options, this.#session.by];
    const answer = this.#session.call('net.reverseResolve', this.#handle, args, timeoutOf(options));
    return answer === null ? null : String(answer);
  }

  /**
   * Blocks until at least one of several sockets and listeners is ready, and gives all that are; two empty lists when
   * `timeout` is over (seconds; null: no limit; 0: looks without waiting).
   */
  select<
    R extends SyncTcpSocket | SyncUdpSocket | SyncListener = never,
    W extends SyncTcpSocket | SyncUdpSocket = never,
  >(readers: readonly R[], writers: readonly W[] = [], timeout: number | null = DEFAULT_TIMEOUT): SyncReady<R, W> {
    return selectReady(this.#session, this.#handle, [readers, writers], timeout);
  }

  /** A smaller capability: this one's authority and these rules. Never wider, whatever is passed. */
  narrow(rules: readonly string[], options: RawOptions = {}): SyncNet {
    const answer = this.#session.call('net.narrow', this.#handle, [rules, options, this.#session.by]);
    return new SyncNet(this.#session, expectNumber(answer, 'narrow'), this);
  }

  /** Ends a capability narrowed from this one, and all below it, at once. */
  revoke(child: SyncNet): void {
    this.#session.call('net.revoke', this.#handle, [child.#handle]);
  }

  /**
   * Ends a narrowed capability and all below it, as `revoke` does, and gives its handle back. The link's own is given
   * back for this thread alone, and what was narrowed from it stays. Closing again does nothing.
   */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#parent !== null && !this.#parent.#closed) this.#parent.revoke(this);
    this.#session.call('release', this.#handle, []);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Whether a connection would be allowed; the network is not touched. */
  allowed(host: string, port: number): boolean {
    return this.#session.call('net.allowed', this.#handle, [host, port]) === true;
  }

  /** Whether listening there would be let through; nothing is opened. */
  listenAllowed(host: string, port: number): boolean {
    return this.#session.call('net.listenAllowed', this.#handle, [host, port]) === true;
  }

  /** The effective grant, as the flags that would give it. */
  get grants(): { readonly [key: string]: unknown } {
    return expectRecord(this.#session.call('net.grants', this.#handle, [this.#session.by]), 'grants');
  }

  #client(options: RawOptions): SyncHttpClient {
    const answer = this.#session.call('net.client', this.#handle, [options]);
    return new SyncHttpClient(this.#session, expectNumber(answer, 'client'), timeoutOf(options));
  }
}

function isUrl(item: UrlLike | RawOptions | null | undefined): item is UrlLike {
  return typeof item === 'string' || typeof item?.['href'] === 'string';
}

/** Gives up what nobody will read of the results of a list. */
export function closeResponses(results: readonly (SyncResponse | CaspianError)[]): void {
  for (const one of results) if (one instanceof SyncResponse) one.close();
}

/** What is no such item is told by who reads the list. */
function written(item: RawOptions): RawOptions {
  return typeof item === 'object' && item !== null ? writeBody(item) : item;
}
