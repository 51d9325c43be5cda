/**
 * The pool of a kernel: connections kept alive between requests, lent again only to who could have opened them.
 * Trusted side. SECURITY: the key is the origin and the whole TLS plan, and before each loan the address is vetted
 * again by the borrower's deny rules (test/attacks/http-pool-other-rules.test.ts, http-pool-other-tls.test.ts).
 */
import { CaspianError, LimitReachedError } from '../../errors/classes.ts';
import type { Target } from '../address/target.ts';
import type { Capability } from '../capability.ts';
import type { By } from '../decision.ts';
import { type Deadline, runStep } from '../dial/deadline.ts';
import { reach } from '../dial/reach.ts';
import type { Resolve } from '../dial/resolve.ts';
import type { TlsPlan } from '../dial/tls-options.ts';
import { translate } from '../dial/translate.ts';
import type { Through } from '../dial/tunnel.ts';
import { Channel, type ChannelOwner, type Loan } from './channel.ts';
import { MAX_STREAMS, Session, type SessionOwner, type SessionParts } from './session.ts';
import { Wire } from './wire.ts';

/** Which connection is wanted, for whom, and until when. */
export interface LoanAsk {
  readonly capability: Capability;
  readonly target: Target;
  readonly origin: string;
  readonly tls: TlsPlan | null;
  /** The proxy to go through; null for none. */
  readonly through: Through | null;
  readonly deadline: Deadline;
  readonly connectTimeout: number | null;
  readonly signal: AbortSignal | undefined;
  readonly by: By | undefined;
}

export interface PoolOptions {
  readonly resolve?: Resolve | undefined;
  /** Idle connections kept in all; an old one goes when there are more. 256, and 0 keeps none. */
  readonly maxIdle?: number | undefined;
  /** Connections in all, lent and idle. 4096. */
  readonly maxConnections?: number | undefined;
  /** Connections to one origin; a request that would need one more waits. 128. */
  readonly maxPerOrigin?: number | undefined;
}

const MAX_IDLE = 256;
const MAX_CONNECTIONS = 4_096;
const MAX_PER_ORIGIN = 128;
/** Origins whose protocol is remembered. */
const MAX_KNOWN = 1_024;

/** What speaks HTTP over a connection: loaded while the first one is being made, or before by who expects one. */
export function loadEngine(): Promise<typeof import('./undici.ts')> {
  return import('./undici.ts');
}

export class Pool implements ChannelOwner, SessionOwner {
  readonly #resolve: Resolve | undefined;
  readonly #maxIdle: number;
  readonly #maxConnections: number;
  readonly #maxPerOrigin: number;
  /** By key; the one used last stands last, since it is the least likely to be closed by the peer. */
  readonly #idle = new Map<string, Channel[]>();
  /** By key: connections of HTTP/2 that take requests. */
  readonly #sessions = new Map<string, Session[]>();
  readonly #all = new Set<Channel | Session>();
  /** By key: connections that exist or are being made. */
  readonly #counts = new Map<string, number>();
  /** By key: who waits for a connection, in order. */
  readonly #queues = new Map<string, (() => void)[]>();
  /** By key: a connection under way that may turn out to be one to share. */
  readonly #first = new Map<string, Promise<unknown>>();
  /** Keys whose server has chosen HTTP/1.1. */
  readonly #unshared = new Set<string>();
  #idleCount = 0;
  #total = 0;
  #closed: CaspianError | null = null;

  constructor(options: PoolOptions = {}) {
    this.#resolve = options.resolve;
    this.#maxIdle = options.maxIdle ?? MAX_IDLE;
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    this.#maxPerOrigin = options.maxPerOrigin ?? MAX_PER_ORIGIN;
  }

  /** Connections that exist now. */
  get size(): { readonly idle: number; readonly all: number } {
    return { idle: this.#idleCount, all: this.#all.size };
  }

  /** A connection that this capability may use at once, or null. */
  borrow(ask: LoanAsk): Loan | null {
    return this.#borrowFor(ask, keyOf(ask));
  }

  #borrowFor({ capability, target }: LoanAsk, key: string): Loan | null {
    // SECURITY: whose bytes are counted shares no connection (test/attacks/http2-byte-budget.test.ts).
    const sessions = capability.countsBytes ? undefined : this.#sessions.get(key);
    const shared = sessions?.find((one) => one.hasRoom && mayLend(one, capability, target));
    if (shared !== undefined) return shared.lend();
    const channels = this.#idle.get(key);
    if (channels === undefined) return null;
    for (let at = channels.length - 1; at >= 0; at--) {
      const channel = channels[at];
      if (channel === undefined || channel.wire.destroyed || !mayLend(channel, capability, target)) continue;
      channels.splice(at, 1);
      this.#idleCount--;
      channel.lend(capability);
      return channel;
    }
    return null;
  }

  /**
   * A connection of its own, or a share in one; where the origin has as many as it may, the next that is free. Raises
   * what `dial` raises, LimitReachedError, and TimeoutError for a wait that was too long.
   */
  async open(ask: LoanAsk): Promise<Loan> {
    const key = keyOf(ask);
    for (;;) {
      if (this.#closed !== null) throw this.#closed;
      const first = ask.capability.countsBytes ? undefined : this.#first.get(key);
      const full = (this.#counts.get(key) ?? 0) >= this.#maxPerOrigin && !this.#dropIdleOf(key);
      if (full) await this.#turn(ask, ask.deadline, (go) => this.#queue(key, go));
      else if (first === undefined) return await this.#openNow(ask, key);
      else await this.#turn(ask, ask.deadline.within(ask.connectTimeout), (go) => whenSettled(first, go));
      const loan = this.#borrowFor(ask, key);
      if (loan !== null) return loan;
    }
  }

  /** Waits until its turn is called, as long as the operation may. `wait` begins it and returns how to give it up. */
  async #turn(ask: LoanAsk, deadline: Deadline, wait: (go: () => void) => () => void): Promise<void> {
    const { target, signal, capability } = ask;
    deadline.phase = 'connect';
    const about = { operation: 'fetch', target };
    await runStep<void>({ deadline, about, signals: [signal, capability.signal] }, ({ done }) =>
      wait(() => done(undefined)),
    );
  }

  /** Joins the queue for a key. Returns how to leave it. */
  #queue(key: string, called: () => void): () => void {
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    queue.push(called);
    return () => {
      const at = queue.indexOf(called);
      if (at >= 0) queue.splice(at, 1);
    };
  }

  #callNext(key: string): void {
    const queue = this.#queues.get(key);
    queue?.shift()?.();
    if (queue?.length === 0) this.#queues.delete(key);
  }

  async #openNow(ask: LoanAsk, key: string): Promise<Loan> {
    if (this.#total >= this.#maxConnections && !this.#dropIdle()) {
      throw new LimitReachedError(`fetch: ${this.#maxConnections} connections are open already`, {
        operation: 'fetch',
      });
    }
    this.#count(key, 1);
    const tls = ask.capability.countsBytes ? alone(ask.tls) : ask.tls;
    const dialling = this.#dial(ask, tls, key);
    const shares = tls?.alpn.includes('h2') === true && !this.#unshared.has(key);
    if (shares) this.#first.set(key, dialling);
    try {
      return await dialling;
    } catch (error) {
      this.#count(key, -1);
      this.#callNext(key);
      throw error;
    } finally {
      if (shares) this.#first.delete(key);
    }
  }

  #count(key: string, more: number): void {
    this.#total += more;
    const count = (this.#counts.get(key) ?? 0) + more;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }

  async #dial(ask: LoanAsk, tls: TlsPlan | null, key: string): Promise<Loan> {
    const { capability, target, deadline, connectTimeout, signal, by, origin, through } = ask;
    const wire = new Wire();
    const plain = tls === null;
    const onread = plain && through === null ? wire.onread : undefined;
    const common = { capability, target, tls, deadline, connectTimeout, signal, by, operation: 'fetch' };
    const dialled = reach({ ...common, resolve: this.#resolve, onread }, through);
    // Loaded while the connection is being made. Without a file descriptor to be had, that fails too.
    const loading = loadEngine().catch((error: unknown) =>
      translate(error, { operation: 'fetch', target, phase: 'connect' }),
    );
    const [{ connection, named }, loaded] = await Promise.all([dialled, loading]);
    if (loaded instanceof CaspianError) {
      connection.destroy();
      throw loaded;
    }
    if (connection.alpn === 'h2') {
      const { socket } = connection;
      const open: SessionParts['open'] = (onStale) =>
        loaded.openShared(origin, { socket, maxStreams: MAX_STREAMS, onStale });
      return this.#share(new Session({ key, connection, named, open, owner: this }));
    }
    if (!plain) this.#remember(key);
    wire.attach(connection, onread === undefined ? 'stream' : 'onread');
    const client = loaded.openConnection(origin, wire);
    const channel = new Channel({ key, wire, connection, named, client, owner: this });
    this.#all.add(channel);
    channel.lend(capability);
    if (this.#closed !== null) channel.destroy(this.#closed);
    return channel;
  }

  #share(session: Session): Loan {
    this.#all.add(session);
    const sessions = this.#sessions.get(session.key);
    if (sessions === undefined) this.#sessions.set(session.key, [session]);
    else sessions.push(session);
    if (this.#closed !== null) session.destroy(this.#closed);
    return session.lend();
  }

  #remember(key: string): void {
    if (this.#unshared.size >= MAX_KNOWN) this.#unshared.clear();
    this.#unshared.add(key);
  }

  gaveBack(channel: Channel): void {
    if (this.#closed !== null || channel.wire.destroyed) return;
    const channels = this.#idle.get(channel.key);
    if (channels === undefined) this.#idle.set(channel.key, [channel]);
    else channels.push(channel);
    if (++this.#idleCount > this.#maxIdle) this.#dropIdle();
    this.#callNext(channel.key);
  }

  hasRoom(session: Session): void {
    if (this.#maxIdle === 0 && session.idle) session.destroy(new Error('no idle connection is kept'));
    this.#callNext(session.key);
  }

  retired(session: Session): void {
    takeOut(this.#sessions, session);
  }

  closed(channel: Channel | Session): void {
    if (!this.#all.delete(channel)) return;
    this.#count(channel.key, -1);
    if (channel instanceof Session) takeOut(this.#sessions, channel);
    else if (takeOut(this.#idle, channel)) this.#idleCount--;
    this.#callNext(channel.key);
  }

  /** Closes the idle connection that is the oldest of its key; false if there is none. */
  #dropIdle(): boolean {
    for (const key of this.#idle.keys()) if (this.#dropIdleOf(key)) return true;
    for (const key of this.#sessions.keys()) if (this.#dropIdleOf(key)) return true;
    return false;
  }

  #dropIdleOf(key: string): boolean {
    const oldest = this.#idle.get(key)?.[0] ?? this.#sessions.get(key)?.find(({ idle }) => idle);
    if (oldest === undefined) return false;
    oldest.destroy(new Error('too many idle connections'));
    this.closed(oldest);
    return true;
  }

  /** Closes every connection; requests that are under way fail with `reason`, and so do later ones. */
  close(reason: CaspianError): void {
    this.#closed ??= reason;
    for (const channel of this.#all) channel.destroy(reason);
    this.#all.clear();
    this.#idle.clear();
    this.#sessions.clear();
    this.#counts.clear();
    this.#idleCount = 0;
    this.#total = 0;
    for (const key of [...this.#queues.keys()]) while (this.#queues.has(key)) this.#callNext(key);
  }
}

/** The same plan for a connection that is not to be shared: HTTP/2 is not offered. The pool's key stays what it was. */
function alone(tls: TlsPlan | null): TlsPlan | null {
  return tls === null ? null : { ...tls, alpn: tls.alpn.filter((name) => name !== 'h2') };
}

/** Nothing can be given up: who does not wait any more is told in vain. */
function whenSettled(promise: Promise<unknown>, go: () => void): () => void {
  void promise.then(go, go);
  return () => {};
}

/** Whether it was there. */
function takeOut<T extends { readonly key: string }>(lists: Map<string, T[]>, one: T): boolean {
  const list = lists.get(one.key);
  const at = list?.indexOf(one) ?? -1;
  if (list === undefined || at < 0) return false;
  list.splice(at, 1);
  if (list.length === 0) lists.delete(one.key);
  return true;
}

/** SECURITY: what lies at the far end of a proxy that was given a name is known to nobody here. */
function mayLend(one: Channel | Session, capability: Capability, target: Target): boolean {
  return !(one.named && capability.grants.bindsAddresses) && capability.mayReuse(target, one.address);
}

function keyOf({ origin, tls, through }: LoanAsk): string {
  const direct = tls === null ? origin : `${origin} ${tls.key}`;
  return through === null ? direct : `${direct} through ${through.plan.key}`;
}
