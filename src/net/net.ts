/**
 * Net: the network as one object, for a host's own code and for whatever serves a script. Trusted side. It holds no
 * power of its own: the capability decides, the dialler opens, and what is handed out belongs to the capability.
 */
import { ArgumentError, type CaspianError, RevokedError } from '../errors/classes.ts';
import { readFetchList } from '../wire/fetch-list.ts';
import { parseHost } from './address/host.ts';
import type { Place } from './address/target.ts';
import type { Allowance } from './allowance.ts';
import { Capability, type DoorPolicy } from './capability.ts';
import type { BoundedContext, CallContext, ConnectContext } from './context.ts';
import type { By, Decision } from './decision.ts';
import { type Bounds, Deadline } from './dial/deadline.ts';
import { checkRecordType, lookUp, lookUpName, type RecordShapes, type RecordType } from './dial/records.ts';
import { Files } from './files.ts';
import { Grants, type GrantsFormat, type NarrowOptions } from './grants/grants.ts';
import { type ClientGround, HttpClient, type HttpJail } from './http/client.ts';
import type { Progress } from './http/download.ts';
import { FetchAll, type FetchAllItem, type FetchAllOptions, type FetchAllResult } from './http/fetch-all.ts';
import type { DroppedHeader } from './http/kernel.ts';
import type { ClientOptions, RequestOptions } from './http/options.ts';
import type { CallPolicy } from './http/policy.ts';
import type { HttpResponse } from './http/response.ts';
import type { OpenNetOptions } from './net-options.ts';
import { type SettledOptions, settleOptions } from './options.ts';
import { type Shared, share } from './shared.ts';
import { connectTcp, connectTls, listenTcp, listenUdp, openUdp, type SocketGround } from './socket/open.ts';
import {
  type ListenOptions,
  RESOLVE_OPTIONS,
  type ResolveOptions,
  type TcpOptions,
  type TlsSocketOptions,
  type UdpOptions,
} from './socket/options.ts';
import { checkSelect, type Reader, type Ready, selectReady, type Writer } from './socket/select.ts';
import type { TcpListener } from './socket/tcp-listener.ts';
import type { TcpSocket } from './socket/tcp-socket.ts';
import type { TlsSocket } from './socket/tls-socket.ts';
import type { UdpSocket } from './socket/udp-socket.ts';
import { NetEventSource } from './stream/event-source.ts';
import type { EventSourceOptions, WebSocketOptions } from './stream/options.ts';
import { NetWebSocket } from './stream/web-socket.ts';

export { checkRecordType };

/** A header of a script's that was not sent, as a decision. */
export interface HeaderDecision extends Omit<DroppedHeader, 'by'>, By {
  readonly verdict: 'header_dropped';
}

/** What `on('decision')` tells. Plain data. */
export type NetDecision = Decision | HeaderDecision;

/** `net.http`. */
export interface NetHttp {
  readonly client: {
    /** An HTTP client. Raises ArgumentError, also for credentials that would belong nowhere. */
    readonly new: (options?: ClientOptions) => HttpClient;
    /** An object with `fetch` alone, narrowed to these hosts. */
    readonly jail: (...hosts: string[]) => HttpJail;
  };
}

/** For a list of requests that comes from a script. */
export interface ListGround {
  /** Of what the script asks for, among all that use the loop. */
  readonly owner: symbol;
  /** What the bodies of all its lists may hold. */
  readonly kept: Allowance;
}

const NARROWED = 'files are for the net that was not narrowed';

/**
 * Opens the network as far as `grants` go. Nothing is dialled, and little is loaded, before it is asked for.
 * Options: see OpenNetOptions. Close it when it is no longer needed: connections are kept alive for reuse.
 */
export function openNet(grants: Grants, options?: OpenNetOptions): Net {
  if (!(grants instanceof Grants)) throw new ArgumentError('openNet: the grants must come from Grants.parse');
  const shared = share(options);
  const capability = Capability.root(grants, { clock: shared.clock });
  const { proxyPlan } = shared;
  if (proxyPlan !== null) grants.checkConnect(proxyPlan.host, proxyPlan.port);
  const through = proxyPlan === null ? null : { plan: proxyPlan, capability };
  return new Net(capability, { ...shared, through }, true);
}

/** Policies over a net beside its grants: at the door, and around each call. */
export interface NetPolicies {
  readonly door: DoorPolicy;
  readonly calls: CallPolicy;
}

/** Nets that share their connections, each under policies of its own. For an egress; hosts have `openNet`. */
export interface NetFamily {
  open(grants: Grants, policies: NetPolicies): Net;
  /** Closes every connection; what is under way fails with `reason`. */
  close(reason: CaspianError): void;
}

export function openFamily(options?: OpenNetOptions): NetFamily {
  const shared = share(options);
  if (shared.proxyPlan !== null) throw new ArgumentError('an egress goes through no proxy');
  const { clock, http } = shared;
  return {
    open: (grants, { door, calls }) =>
      new Net(Capability.root(grants, { clock, policy: door }), { ...shared, calls, inFamily: true }, true),
    close: (reason) => http.close(reason),
  };
}

/**
 * The network, as far as a grant goes. Every operation takes `timeout` in seconds (default 30, null for no limit) and
 * `signal`; a host or port that is not granted raises HostNotAllowedError or PortNotAllowedError before anything is sent.
 */
export class Net implements AsyncDisposable {
  readonly http: NetHttp;
  readonly #capability: Capability;
  readonly #shared: Shared;
  readonly #isRoot: boolean;
  readonly #ground: ClientGround;
  readonly #sockets: SocketGround;
  #plainClient: HttpClient | null = null;

  /** For `openNet` and `narrow`. */
  constructor(capability: Capability, shared: Shared, isRoot: boolean) {
    this.#capability = capability;
    this.#shared = shared;
    this.#isRoot = isRoot;
    const { http: kernel, calls, through, clock, resolve, roots, readAhead } = shared;
    const files = isRoot ? shared.files : Files.none(NARROWED);
    this.#ground = { capability, kernel, calls, through, files };
    this.#sockets = { capability, clock, resolve, roots, readAhead, files };
    const open = (options?: ClientOptions): HttpClient => HttpClient.open(this.#ground, options);
    this.http = Object.freeze({
      client: Object.freeze({ new: open, jail: (...hosts: string[]) => open().jail(...hosts) }),
    });
  }

  /**
   * Makes an HTTP request. 4xx and 5xx are responses, never exceptions; the body is read from the response. Redirects
   * are followed, each hop checked as if it were asked for.
   */
  fetch(url: string, options?: RequestOptions, context?: CallContext): Promise<HttpResponse> {
    this.#plainClient ??= HttpClient.plain(this.#ground);
    return this.#plainClient.fetch(url, options, context);
  }

  /**
   * Requests that run at once, `limit` at a time; order kept. An element is a response, its body read already, or the
   * error of that request. Items: URLs, or `{url, ...options}`. Options: see FetchAllOptions.
   */
  async fetchAll(
    list: readonly FetchAllItem[],
    options?: FetchAllOptions,
    context: CallContext = {},
  ): Promise<FetchAllResult[]> {
    const all = this.openFetchAll(options, context);
    try {
      const items = readFetchList(list);
      all.add(items);
      return await all.take(items.length);
    } finally {
      all.close();
    }
  }

  /** The same for who hands the list over in pieces: whatever serves a script. Raises ArgumentError. */
  openFetchAll(options: FetchAllOptions | undefined, context: CallContext, on?: ListGround): FetchAll {
    const { clock, http } = this.#shared;
    const { owner = http.owner, kept } = on ?? {};
    return new FetchAll({ fetch: this.fetch.bind(this), clock, owner, kept }, options, context);
  }

  /**
   * Opens a WebSocket: `ws:` or `wss:`. Counts as one request, of the method WEBSOCKET. Redirects are not followed: any
   * other answer raises HttpStatusError. Options: see WebSocketOptions.
   */
  webSocket(url: string, options?: WebSocketOptions, context: CallContext = {}): Promise<NetWebSocket> {
    const { clock, resolve, http, calls, through } = this.#shared;
    const kernel = { capability: this.#capability, clock, resolve, http, calls, through };
    return NetWebSocket.open(kernel, url, options, context);
  }

  /**
   * Opens a stream of server-sent events. Each connection is a request, and decided anew; with GET it is opened again
   * where it ends. Options: see EventSourceOptions.
   */
  eventSource(url: string, options?: EventSourceOptions, context: CallContext = {}): Promise<NetEventSource> {
    return NetEventSource.open(this.#ground, url, options, context);
  }

  /** Opens a TCP connection. Counts as one request. Options: see TcpOptions. */
  tcp(host: string, port: number, options?: TcpOptions, context: ConnectContext = {}): Promise<TcpSocket> {
    return connectTcp(this.#sockets, host, port, options, context);
  }

  /** Opens a TLS connection, TLS from the first byte. Counts as one request. Options: see TlsSocketOptions. */
  tls(host: string, port: number, options?: TlsSocketOptions, context: CallContext = {}): Promise<TlsSocket> {
    return connectTls(this.#sockets, host, port, options, context);
  }

  /**
   * Listens at an address of this machine; port 0 is one that the system picks, `::` takes IPv4 too. Needs a listen
   * grant: else HostNotAllowedError or PortNotAllowedError. With `tls`, peers must speak TLS. Options: see ListenOptions.
   */
  tcpListen(
    host: string,
    port: number,
    options: ListenOptions & { readonly tls: NonNullable<ListenOptions['tls']> },
    context?: BoundedContext,
  ): Promise<TcpListener<TlsSocket>>;
  tcpListen(host: string, port: number, options?: ListenOptions, context?: BoundedContext): Promise<TcpListener>;
  tcpListen(host: string, port: number, options?: ListenOptions, context: BoundedContext = {}): Promise<TcpListener> {
    return listenTcp(this.#sockets, host, port, options, context);
  }

  /**
   * A socket for datagrams. Without a host, to send from to any target that is granted; it hears only those that it has
   * sent to. With one, for that peer alone, which is looked up once. Each datagram is decided when it is sent, and counts
   * as one request. Options: see UdpOptions.
   */
  udp(
    host?: string | null,
    port?: number | null,
    options?: UdpOptions,
    context: BoundedContext = {},
  ): Promise<UdpSocket> {
    return openUdp(this.#sockets, host ?? null, port ?? null, options, context);
  }

  /**
   * A socket for datagrams at an address of this machine, as `tcpListen`; it hears anyone. Beside targets that are
   * granted it may answer an address heard from within 30 s, with at most three times the bytes that came from there.
   */
  udpListen(host: string, port: number, options?: UdpOptions, context: BoundedContext = {}): Promise<UdpSocket> {
    return listenUdp(this.#sockets, host, port, options, context);
  }

  /**
   * Waits until at least one of several sockets and listeners is ready, and gives all that are; two empty lists when
   * `timeout` is over (seconds; null is no limit, 0 looks without waiting). Readable: bytes, a datagram or a peer are here,
   * the stream has ended, or a read would raise, as on a closed socket. Writable: a send would begin at once, or raise.
   */
  async select<R extends Reader = never, W extends Writer = never>(
    readers: readonly R[],
    writers: readonly W[] = [],
    timeout: number | null = 30,
    { signal }: CallContext = {},
  ): Promise<Ready<R, W>> {
    checkSelect(readers, writers, timeout);
    signal?.throwIfAborted();
    const deadline = Deadline.after(this.#shared.clock, timeout, 'read');
    const target = { host: parseHost('0.0.0.0'), port: null, written: 'sockets' };
    const bounds: Bounds = { deadline, about: { operation: 'select', target }, signals: [signal] };
    return selectReady(readers, writers, timeout === 0 ? null : bounds);
  }

  /**
   * The records of a name, at least one. Without a type: its addresses, in the order in which they would be tried; those
   * of `a` and `aaaa` come the same way, all others from name servers. Only what the grant covers (at any port) is looked
   * up, with `_x._tcp.` before it too: else HostNotAllowedError, and no query is made. Raises DnsFailureError with its
   * `reason`, and TimeoutError (`dns`).
   */
  async resolve<T extends RecordType = 'a' | 'aaaa'>(
    host: string,
    type?: T | null,
    options?: ResolveOptions,
    context: CallContext = {},
  ): Promise<readonly RecordShapes[T][]> {
    const settled = settleOptions(RESOLVE_OPTIONS, options, 'resolve');
    checkRecordType(type);
    const permitted = this.#capability.permitResolve({ host, by: context.by });
    const place: Place = { host: permitted, port: null, written: host };
    return lookUp(place, type ?? null, this.#shared, this.#lookingUp('resolve', place, settled, context));
  }

  /** The name of an address, or null if it has none. Only addresses that the grant covers as such; else as `resolve`. */
  async reverseResolve(ip: string, options?: ResolveOptions, context: CallContext = {}): Promise<string | null> {
    const settled = settleOptions(RESOLVE_OPTIONS, options, 'reverse_resolve');
    const host = parseHost(ip);
    if (host.kind === 'name') throw new ArgumentError('reverse_resolve takes an address');
    this.#capability.permitResolve({ host: ip, operation: 'reverse_resolve', by: context.by });
    const place: Place = { host, port: null, written: ip };
    return lookUpName(host.ip, this.#shared, this.#lookingUp('reverse_resolve', place, settled, context));
  }

  /**
   * A smaller capability: this one's authority **and** these rules; it can't widen. `[]` grants nothing, `['*']` keeps
   * every host. It drops listening unless `listen` gives some. Raises GrantSyntaxError for a rule that can't be read.
   */
  narrow(rules: readonly string[], options?: NarrowOptions | null): Net {
    return new Net(this.#capability.narrow(rules, options), this.#shared, false);
  }

  /**
   * Ends a capability that was narrowed from this one, and all below it, at once: operations under way and later ones
   * raise RevokedError. Raises ArgumentError for any other.
   */
  revoke(net: Net): void {
    if (!(net instanceof Net)) throw new ArgumentError('revoke takes a net that was narrowed from this one');
    this.#capability.revoke(net.#capability);
  }

  /** Whether connecting there is granted. Touches nothing and counts as nothing. */
  allowed(host: string, port: number): boolean {
    return this.#capability.allowed(host, port);
  }

  /** Whether listening there is granted. */
  listenAllowed(host: string, port: number): boolean {
    return this.#capability.listenAllowed(host, port);
  }

  /** The effective grant, as the flags that would give it. */
  get grants(): GrantsFormat {
    return this.describe();
  }

  /** As `grants`, as far as the role may know: all of it for `user` and for the host, else the narrowing alone. */
  describe(by?: By): GrantsFormat {
    return this.#capability.describe(by);
  }

  /**
   * Calls `listener` with every decision of this capability and of those narrowed from it; a net that was not narrowed
   * also tells of headers that were not sent. Returns how to stop. What a listener throws is an uncaught exception.
   */
  on(event: 'decision', listener: (decision: NetDecision) => void): () => void {
    if (event !== 'decision') throw new ArgumentError('on: the one event is decision');
    const stop = this.#capability.watch(listener);
    if (!this.#isRoot) return stop;
    const dropped = ({ by, ...header }: DroppedHeader): void =>
      listener({
        role: by?.role ?? 'host',
        file: by?.file ?? null,
        line: by?.line ?? null,
        ...header,
        verdict: 'header_dropped',
      });
    this.#shared.droppedHeaders.add(dropped);
    return () => {
      stop();
      this.#shared.droppedHeaders.delete(dropped);
    };
  }

  /** Calls `listener` with how far the downloads of this net and its clients have got. Returns how to stop. */
  onProgress(listener: (progress: Progress) => void): () => void {
    // Nothing narrowed writes files, so nothing of another's is told.
    if (!this.#isRoot) return () => {};
    this.#shared.progress.add(listener);
    return () => this.#shared.progress.delete(listener);
  }

  /**
   * Ends this capability and all below it, and closes what they opened; a net that was not narrowed also gives up the
   * connections that it kept for reuse. Closing again does nothing.
   */
  async close(): Promise<void> {
    this.#capability.close();
    if (this.#isRoot && !this.#shared.inFamily) this.#shared.http.close(new RevokedError('the net is closed'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #lookingUp(
    operation: string,
    target: Place,
    { timeout, signal }: SettledOptions<typeof RESOLVE_OPTIONS>,
    context: CallContext,
  ): Bounds {
    const deadline = Deadline.after(this.#shared.clock, timeout, 'dns');
    return { deadline, about: { operation, target }, signals: [signal, context.signal, this.#capability.signal] };
  }
}
