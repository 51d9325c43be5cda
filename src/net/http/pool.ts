/**
 * The pool of a kernel: connections kept alive between requests, lent again only to who could have opened them.
 * Trusted side. SECURITY: the key is the origin and the whole TLS plan, and before each loan the address is vetted
 * again by the borrower's deny rules (test/attacks/http-pool-other-rules.test.ts, http-pool-other-tls.test.ts).
 */
import { type CaspianError, LimitReachedError } from '../../errors/classes.ts';
import type { Target } from '../address/target.ts';
import type { Capability } from '../capability.ts';
import type { By } from '../decision.ts';
import type { Deadline } from '../dial/deadline.ts';
import { dial } from '../dial/dial.ts';
import type { Resolve } from '../dial/resolve.ts';
import type { TlsPlan } from '../dial/tls-options.ts';
import { Channel, type ChannelOwner } from './channel.ts';
import { Wire } from './wire.ts';

/** Which connection is wanted, for whom, and until when. */
export interface LoanAsk {
  readonly capability: Capability;
  readonly target: Target;
  readonly origin: string;
  readonly tls: TlsPlan | null;
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
}

const MAX_IDLE = 256;
const MAX_CONNECTIONS = 4_096;

export class Pool implements ChannelOwner {
  readonly #resolve: Resolve | undefined;
  readonly #maxIdle: number;
  readonly #maxConnections: number;
  /** By key; the one used last stands last, since it is the least likely to be closed by the peer. */
  readonly #idle = new Map<string, Channel[]>();
  readonly #all = new Set<Channel>();
  #idleCount = 0;
  #opening = 0;
  #closed: CaspianError | null = null;

  constructor(options: PoolOptions = {}) {
    this.#resolve = options.resolve;
    this.#maxIdle = options.maxIdle ?? MAX_IDLE;
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
  }

  /** Connections that exist now. */
  get size(): { readonly idle: number; readonly all: number } {
    return { idle: this.#idleCount, all: this.#all.size };
  }

  /** An idle connection that this capability may use, or null. */
  borrow(ask: LoanAsk): Channel | null {
    const { capability, target } = ask;
    const channels = this.#idle.get(keyOf(ask));
    if (channels === undefined) return null;
    for (let at = channels.length - 1; at >= 0; at--) {
      const channel = channels[at];
      if (channel === undefined || channel.wire.destroyed || !capability.mayReuse(target, channel.address)) continue;
      channels.splice(at, 1);
      this.#idleCount--;
      channel.lend(capability);
      return channel;
    }
    return null;
  }

  /** A new connection. Raises what `dial` raises, and LimitReachedError. */
  async open(ask: LoanAsk): Promise<Channel> {
    if (this.#closed !== null) throw this.#closed;
    if (this.#all.size + this.#opening >= this.#maxConnections && !this.#dropIdle()) {
      throw new LimitReachedError(`fetch: ${this.#maxConnections} connections are open already`, {
        operation: 'fetch',
      });
    }
    this.#opening++;
    try {
      return await this.#dial(ask);
    } finally {
      this.#opening--;
    }
  }

  async #dial(ask: LoanAsk): Promise<Channel> {
    const { capability, target, tls, deadline, connectTimeout, signal, by, origin } = ask;
    const wire = new Wire();
    const plain = tls === null;
    const common = { capability, target, tls, deadline, connectTimeout, signal, by };
    const dialled = dial({
      ...common,
      operation: 'fetch',
      resolve: this.#resolve,
      onread: plain ? wire.onread : undefined,
    });
    // Loaded while the connection is being made.
    const [connection, { openConnection }] = await Promise.all([dialled, import('./undici.ts')]);
    wire.attach(connection, plain ? 'onread' : 'stream');
    const client = openConnection(origin, wire);
    const channel = new Channel({ key: keyOf(ask), wire, connection, client, owner: this });
    this.#all.add(channel);
    channel.lend(capability);
    if (this.#closed !== null) channel.destroy(this.#closed);
    return channel;
  }

  gaveBack(channel: Channel): void {
    if (this.#closed !== null || channel.wire.destroyed) return;
    const channels = this.#idle.get(channel.key);
    if (channels === undefined) this.#idle.set(channel.key, [channel]);
    else channels.push(channel);
    if (++this.#idleCount > this.#maxIdle) this.#dropIdle();
  }

  closed(channel: Channel): void {
    this.#all.delete(channel);
    const channels = this.#idle.get(channel.key);
    if (channels === undefined) return;
    const at = channels.indexOf(channel);
    if (at >= 0) {
      channels.splice(at, 1);
      this.#idleCount--;
    }
    if (channels.length === 0) this.#idle.delete(channel.key);
  }

  #dropIdle(): boolean {
    for (const channels of this.#idle.values()) {
      const [oldest] = channels;
      if (oldest === undefined) continue;
      oldest.destroy(new Error('too many idle connections'));
      this.closed(oldest);
      return true;
    }
    return false;
  }

  /** Closes every connection; requests that are under way fail with `reason`, and so do later ones. */
  close(reason: CaspianError): void {
    this.#closed ??= reason;
    for (const channel of this.#all) channel.destroy(reason);
    this.#all.clear();
    this.#idle.clear();
    this.#idleCount = 0;
  }
}

function keyOf({ origin, tls }: LoanAsk): string {
  return tls === null ? origin : `${origin} ${tls.key}`;
}
