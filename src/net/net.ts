/**
 * Net: the network as one object, for a host's own code and for whatever serves a script. Trusted side. It holds no
 * power of its own: the capability decides, the dialler opens, and what is handed out belongs to the capability.
 */
import { ArgumentError, type CaspianError, RevokedError } from '../errors/classes.ts';
import { readFetchList } from '../wire/fetch-list.ts';
import { parseHost } from './address/host.ts';
import { parseIp } from './address/ip.ts';
import type { Place } from './address/target.ts';
import type { Allowance } from './allowance.ts';
import { Capability, type DoorPolicy } from './capability.ts';
import { type Clock, systemClock } from './clock.ts';
import type { By, Decision } from './decision.ts';
import { DatagramLeg, resolveDatagramTarget } from './dial/datagrams.ts';
import { type Bounds, Deadline } from './dial/deadline.ts';
import { dial } from './dial/dial.ts';
import { listenAddress } from './dial/listen.ts';
import { type ProxyPlan, planProxy } from './dial/proxy.ts';
import {
  checkRecordType,
  lookUp,
  lookUpName,
  type RecordShapes,
  type RecordType,
  resolveBy,
  type Servers,
} from './dial/records.ts';
import { settleTls } from './dial/tls-files.ts';
import { planServerTls, planTls, SERVER_TLS_OPTIONS, TLS_OPTIONS } from './dial/tls-options.ts';
import type { Through } from './dial/tunnel.ts';
import { Files } from './files.ts';
import { Grants, type GrantsFormat, type NarrowOptions } from './grants/grants.ts';
import { type ClientGround, HttpClient, type HttpJail } from './http/client.ts';
import type { Progress } from './http/download.ts';
import { FetchAll, type FetchAllItem, type FetchAllOptions, type FetchAllResult } from './http/fetch-all.ts';
import { type DroppedHeader, HttpKernel } from './http/kernel.ts';
import type { ClientOptions, RequestOptions } from './http/options.ts';
import type { CallPolicy } from './http/policy.ts';
import type { HttpResponse } from './http/response.ts';
import { type OpenNetOptions, readOpenOptions } from './net-options.ts';
import { type SettledOptions, settleOptions } from './options.ts';
import { anyOf } from './signals.ts';
import type { Intake } from './socket/intake.ts';
import {
  LISTEN_OPTIONS,
  type ListenOptions,
  RESOLVE_OPTIONS,
  type ResolveOptions,
  TCP_OPTIONS,
  type TcpOptions,
  TLS_SOCKET_OPTIONS,
  type TlsSocketOptions,
  UDP_OPTIONS,
  type UdpOptions,
} from './socket/options.ts';
import { checkSelect, type Reader, type Ready, selectReady, type Writer } from './socket/select.ts';
import { TcpListener } from './socket/tcp-listener.ts';
import { type SocketParts, TcpSocket } from './socket/tcp-socket.ts';
import { TlsSocket } from './socket/tls-socket.ts';
import { HeardFrom, type PeerRules, SentTo } from './socket/udp-peers.ts';
import { type UdpPeer, UdpSocket } from './socket/udp-socket.ts';
import { NetEventSource } from './stream/event-source.ts';
import type { EventSourceOptions, WebSocketOptions } from './stream/options.ts';
import { NetWebSocket } from './stream/web-socket.ts';

export { checkRecordType };

/** What goes with a call beside its options: for interpreters that call on behalf of a script. */
export interface CallContext {
  readonly signal?: AbortSignal | undefined;
  /** Who asks: a claim, for reports and the wording of denials. */
  readonly by?: By | undefined;
}

/** As CallContext, of a datagram socket or a listener: what it and others may hold together, in bytes or in peers. */
export interface BoundedContext extends CallContext {
  readonly allowance?: Allowance | undefined;
}

/** As CallContext, of a connection: what a plain one is read through. */
export interface ConnectContext extends CallContext {
  readonly intake?: Intake | undefined;
}

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

const NARROWED = 'files are for the net that was not narrowed';

/** What a net and all that is narrowed from it share. */
interface Shared extends Servers {
  readonly clock: Clock;
  readonly roots: string | null;
  readonly readAhead: number;
  readonly http: HttpKernel;
  readonly files: Files;
  readonly droppedHeaders: Set<(dropped: DroppedHeader) => void>;
  /** What stands over every call; undefined where grants alone decide. */
  readonly calls: CallPolicy | undefined;
  readonly proxyPlan: ProxyPlan | null;
  /** The host program's proxy, under the grants that it opened the net with. */
  readonly through: Through | null;
  /** Others share the connections: they outlast each net. */
  readonly inFamily: boolean;
  readonly progress: Set<(progress: Progress) => void>;
}

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

function share(options: OpenNetOptions | undefined): Shared {
  const {
    clock: given,
    dnsServers,
    ca,
    userAgent,
    limits,
    allowFsRead,
    allowFsWrite,
    proxy,
    ...open
  } = readOpenOptions(options);
  const resolve = open.resolve ?? (dnsServers === null ? undefined : resolveBy(dnsServers));
  const clock = given ?? systemClock;
  const droppedHeaders: Shared['droppedHeaders'] = new Set();
  const onDropped = (dropped: DroppedHeader): void => {
    for (const listener of droppedHeaders) listener(dropped);
  };
  const {
    readAhead,
    idleConnections: maxIdle,
    connections: maxConnections,
    connectionsPerOrigin: maxPerOrigin,
  } = limits;
  const progress: Shared['progress'] = new Set();
  const onProgress = (step: Progress): void => {
    for (const listener of progress) listener(step);
  };
  const files = Files.granted({ allowFsRead, allowFsWrite });
  const http = new HttpKernel({
    clock,
    resolve,
    roots: ca,
    userAgent,
    maxIdle,
    maxConnections,
    maxPerOrigin,
    onDropped,
    onProgress,
  });
  const plain = { calls: undefined, inFamily: false, proxyPlan: planProxy(proxy), through: null };
  return { clock, resolve, dnsServers, roots: ca, readAhead, http, files, droppedHeaders, progress, ...plain };
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
  #plainClient: HttpClient | null = null;

  /** For `openNet` and `narrow`. */
  constructor(capability: Capability, shared: Shared, isRoot: boolean) {
    this.#capability = capability;
    this.#shared = shared;
    this.#isRoot = isRoot;
    const { http: kernel, files, calls, through } = shared;
    this.#ground = { capability, kernel, calls, through, files: isRoot ? files : Files.none(NARROWED) };
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
  openFetchAll(options: FetchAllOptions | undefined, context: CallContext, kept?: Allowance): FetchAll {
    return new FetchAll({ fetch: this.fetch.bind(this), clock: this.#shared.clock, kept }, options, context);
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
  async tcp(host: string, port: number, options?: TcpOptions, context: ConnectContext = {}): Promise<TcpSocket> {
    const settled = settleOptions(TCP_OPTIONS, options, 'tcp');
    return new TcpSocket(await this.#open(host, port, settled, null, context));
  }

  /** Opens a TLS connection, TLS from the first byte. Counts as one request. Options: see TlsSocketOptions. */
  async tls(host: string, port: number, options?: TlsSocketOptions, context: CallContext = {}): Promise<TlsSocket> {
    const settled = settleOptions(TLS_SOCKET_OPTIONS, options, 'tls');
    return new TlsSocket(await this.#open(host, port, settled, settled, context));
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
  async tcpListen(
    host: string,
    port: number,
    options?: ListenOptions,
    context: BoundedContext = {},
  ): Promise<TcpListener> {
    const { timeout, signal, backlog, tls, ...socket } = settleOptions(LISTEN_OPTIONS, options, 'tcp_listen');
    const capability = this.#capability;
    const { clock, roots, readAhead } = this.#shared;
    const target = capability.permitListen({ operation: 'listen', host, port, by: context.by });
    const { files } = this.#ground;
    const { allowance = null } = context;
    const plan = tls === undefined ? null : planServerTls(await settleTls(SERVER_TLS_OPTIONS, tls, files));
    const at = { address: listenAddress(target), port, backlog, paused: plan === null };
    const make = (parts: SocketParts): TcpSocket => (plan === null ? new TcpSocket(parts) : new TlsSocket(parts));
    return TcpListener.open(
      { ...socket, capability, clock, timeout, readAhead, roots, files, target, at, tls: plan, make, allowance },
      {
        deadline: Deadline.after(clock, timeout, 'accept'),
        about: { operation: 'listen', target },
        signals: [signal, context.signal, capability.signal],
      },
    );
  }

  /**
   * A socket for datagrams. Without a host, to send from to any target that is granted; it hears only those that it has
   * sent to. With one, for that peer alone, which is looked up once. Each datagram is decided when it is sent, and counts
   * as one request. Options: see UdpOptions.
   */
  async udp(
    host?: string | null,
    port?: number | null,
    options?: UdpOptions,
    context: BoundedContext = {},
  ): Promise<UdpSocket> {
    const settled = settleOptions(UDP_OPTIONS, options, 'udp');
    if (host === undefined || host === null) {
      const target = { host: parseHost('0.0.0.0'), port: 0, written: '0.0.0.0' };
      const bounds = this.#opening('udp', target, settled, context);
      const leg = await DatagramLeg.open({ family: 4, address: null, port: 0, dual: false }, bounds);
      return this.#udpSocket(leg, null, new SentTo(), settled, context);
    }
    const { by } = context;
    const capability = this.#capability;
    // What is no port is refused by the parser of targets.
    const target = capability.permitPeer({ operation: 'udp', host, port: port ?? Number.NaN, by });
    const bounds = this.#opening('udp', target, settled, context);
    const found = await resolveDatagramTarget({ capability, target, resolve: this.#shared.resolve, by }, bounds);
    const [address] = found;
    if (address === undefined) throw new TypeError('a look-up without an answer');
    const leg = await DatagramLeg.open({ family: address.family, address: null, port: 0, dual: false }, bounds);
    await leg.connect(address, target.port, bounds);
    return this.#udpSocket(leg, { target, address }, new SentTo(), settled, context);
  }

  /**
   * A socket for datagrams at an address of this machine, as `tcpListen`; it hears anyone. Beside targets that are
   * granted it may answer an address heard from within 30 s, with at most three times the bytes that came from there.
   */
  async udpListen(host: string, port: number, options?: UdpOptions, context: BoundedContext = {}): Promise<UdpSocket> {
    const settled = settleOptions(UDP_OPTIONS, options, 'udp_listen');
    const target = this.#capability.permitListen({ operation: 'listen', host, port, by: context.by });
    const address = listenAddress(target);
    const bounds = this.#opening('listen', target, settled, context);
    const dual = address.text === parseIp('::')?.text;
    const leg = await DatagramLeg.open({ family: address.family, address, port, dual }, bounds);
    return this.#udpSocket(leg, null, new HeardFrom(this.#shared.clock), settled, context);
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

  #udpSocket(
    leg: DatagramLeg,
    peer: UdpPeer | null,
    rules: PeerRules,
    { timeout }: SettledOptions<typeof UDP_OPTIONS>,
    { by, allowance }: BoundedContext,
  ): UdpSocket {
    const { clock, readAhead, resolve } = this.#shared;
    const spans = peer === null && rules instanceof SentTo;
    return new UdpSocket({
      leg,
      peer,
      rules,
      spans,
      capability: this.#capability,
      clock,
      timeout,
      readAhead,
      allowance: allowance ?? null,
      resolve,
      by,
    });
  }

  #opening(
    operation: string,
    target: Place,
    { timeout, signal }: SettledOptions<typeof UDP_OPTIONS>,
    context: CallContext,
  ): Bounds {
    const deadline = Deadline.after(this.#shared.clock, timeout, 'connect');
    return { deadline, about: { operation, target }, signals: [signal, context.signal, this.#capability.signal] };
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

  async #open(
    host: string,
    port: number,
    settled: SettledOptions<typeof TCP_OPTIONS>,
    tls: SettledOptions<typeof TLS_SOCKET_OPTIONS> | null,
    context: ConnectContext,
  ): Promise<SocketParts> {
    const capability = this.#capability;
    const { clock, resolve, roots, readAhead } = this.#shared;
    const { timeout, connectTimeout, noDelay, keepAlive } = settled;
    const { by, intake } = context;
    const onread = intake?.onread;
    const target = capability.permitConnect({ operation: 'connect', host, port, by });
    const { files } = this.#ground;
    const signal = anyOf(settled.signal, context.signal);
    const deadline = Deadline.after(clock, timeout, 'connect');
    const plan = tls === null ? null : planTls(await settleTls(TLS_OPTIONS, { ...tls }, files), target.host, roots);
    const ask = { capability, target, tls: plan, deadline, connectTimeout, signal, resolve, by, onread };
    const connection = await dial(ask);
    const parts = {
      connection,
      accepted: false,
      capability,
      clock,
      timeout,
      readAhead,
      roots,
      files,
      noDelay,
      keepAlive,
    };
    return { ...parts, intake: intake ?? null };
  }
}
