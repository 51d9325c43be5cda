/**
 * A capability: grants, and the state that goes with them (revoked, expired, budgets). Trusted side. Everything that
 * leaves the process is asked for here, at one door: what is permitted is what is dialled.
 */
import { ArgumentError, BudgetExhaustedError, CaspianError } from '../errors/classes.ts';
import { escapeText } from './address/escape.ts';
import { type Host, parseHost } from './address/host.ts';
import { type IpAddress, parseIp } from './address/ip.ts';
import { parseListenTarget, parseTarget, parseUrlTarget, type Target } from './address/target.ts';
import { brandVetted, type VettedAddress } from './address/vetted.ts';
import { Budget } from './budget.ts';
import { type Clock, systemClock } from './clock.ts';
import { type By, type Decision, decisionOf } from './decision.ts';
import { type Ask, denial, FULL_ROLE } from './grants/denial.ts';
import type { Grants, GrantsFormat, NarrowOptions } from './grants/grants.ts';
import { type Layer, type LayerRefusal, type RequestTarget, refuseMethod } from './grants/layer.ts';
import { allowedBy, type Denied, refusedBy } from './grants/verdict.ts';
import { ENDLESS, endingError, Lifetime } from './lifetime.ts';
import { anyOf } from './signals.ts';
import { tellAll } from './tell.ts';

export interface ConnectAsk {
  /** For messages and reports: `connect`, `udp_send` … */
  readonly operation: string;
  readonly host: string;
  readonly port: number;
  readonly by?: By | undefined;
}

export interface RequestAsk {
  /** As it is sent; `WEBSOCKET` for a `ws:` or `wss:` URL. */
  readonly method: string;
  readonly url: URL;
  readonly operation: string;
  /** The host as the caller wrote it, where the URL's parser changed it. */
  readonly written?: string | undefined;
  /** A redirect: the URL that answered with it, and which hop this is (1 for the first). */
  readonly from?: URL | undefined;
  readonly hop?: number | undefined;
  readonly by?: By | undefined;
}

export interface ResolveAsk {
  /** A name, or an address for a reverse look-up. */
  readonly host: string;
  /** Default: `resolve`. */
  readonly operation?: string | undefined;
  readonly by?: By | undefined;
}

export interface PermittedRequest extends Target {
  /** The very path to send in place of `url.pathname`. */
  readonly path: string;
}

export interface CapabilityOptions {
  /** Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Stands beside the grants for this capability and all that is narrowed from it. */
  readonly policy?: DoorPolicy | undefined;
  /** Called with every decision, after it. What it throws changes none; it surfaces as an uncaught exception. */
  readonly onDecision?: Watcher | undefined;
}

/** What a host program decides of requests beside grants: an egress. Asked at the door, where the grants are. */
export interface DoorPolicy {
  /** Returns if the request may go, with the rule that lets it; raises what refuses it. */
  permit(request: PolicyRequest): string | null;
  /** Whether a request there would be let, for who asks without making one. */
  allows(target: Target): boolean;
  /** Why an address behind a permitted target is refused, or null. One that is refused refuses its name. */
  refuseAddress(target: Target, ip: IpAddress): AddressRefusal | null;
}

/** In words. */
export interface AddressRefusal {
  readonly reason: string;
  readonly hint: string;
}

export interface PolicyRequest extends Target {
  readonly method: string;
  readonly url: URL;
  readonly from: URL | undefined;
}

/** Called with every decision, after it. */
export type Watcher = (decision: Decision) => void;

/** The state of one layer; capabilities that share the layer share this. */
interface LayerState {
  readonly lifetime: Lifetime;
  readonly budget: Budget;
}

export class Capability {
  readonly grants: Grants;
  /** One for each layer of the grants. The last belongs to this capability and to what is narrowed from it. */
  readonly #states: readonly LayerState[];
  readonly #clock: Clock;
  readonly #parent: Capability | null;
  readonly #policy: DoorPolicy | null;
  readonly #watchers = new Set<Watcher>();
  #signal: AbortSignal | null = null;

  private constructor(grants: Grants, clock: Clock, parent: Capability | null, policy: DoorPolicy | null) {
    this.grants = grants;
    this.#clock = clock;
    this.#parent = parent;
    this.#policy = policy;
    const states = parent === null ? [] : parent.#states;
    const added = grants.layers.slice(states.length).map(({ bounds }, at, { length }) => ({
      // What ends the capability ends its last layer.
      lifetime: at < length - 1 && bounds.expires === undefined ? ENDLESS : new Lifetime(clock, bounds.expires),
      budget: new Budget(bounds),
    }));
    this.#states = [...states, ...added];
  }

  /** A capability that nothing is above. */
  static root(grants: Grants, options: CapabilityOptions = {}): Capability {
    const root = new Capability(grants, options.clock ?? systemClock, null, options.policy ?? null);
    if (options.onDecision !== undefined) root.watch(options.onDecision);
    return root;
  }

  /** A capability with these rules on top; see `Grants.narrow`. Raises RevokedError once this one has ended. */
  narrow(rules: readonly string[], options?: NarrowOptions | null): Capability {
    this.#assertLasting();
    return new Capability(this.grants.narrow(rules, options), this.#clock, this, this.#policy);
  }

  /** As `onDecision`, for this capability and those narrowed from it alone. Returns how to stop. */
  watch(watcher: Watcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Ends a capability that was narrowed from this one, and all below it, operations under way included. Raises
   * ArgumentError for any other: a holder can't take from those it shares with.
   */
  revoke(descendant: Capability): void {
    if (!Capability.#isOne(descendant) || !this.#isAbove(descendant)) {
      throw new ArgumentError('revoke takes a capability that was narrowed from this one');
    }
    descendant.#own?.lifetime.end('revoked');
  }

  /** Ends this capability and all below it. For the host that made it; a script that shares it can't. */
  close(): void {
    this.#own?.lifetime.end('revoked');
  }

  get #own(): LayerState | undefined {
    return this.#states.at(-1);
  }

  static #isOne(value: unknown): value is Capability {
    return typeof value === 'object' && value !== null && #states in value;
  }

  #isAbove(other: Capability): boolean {
    const depth = this.#states.length;
    return other.#states.length > depth && other.#states[depth - 1] === this.#own;
  }

  /** Aborts, with a RevokedError as its reason, when this capability or one above it is revoked, closed or expires. */
  get signal(): AbortSignal {
    this.#signal ??=
      anyOf(...this.#states.map(({ lifetime }) => (lifetime === ENDLESS ? undefined : lifetime.signal))) ??
      AbortSignal.any([]);
    return this.#signal;
  }

  /** Permits a socket: to connect, or to send one datagram. Counts as a request. Raises the denial. */
  permitConnect(ask: ConnectAsk): Target {
    return this.#permitRaw(ask, 'charge', (layer, { host, port }) => layer.refuseRaw(host, port));
  }

  /** As permitConnect, but counts as nothing: names the peer of datagrams, each of which is asked for when it is sent. */
  permitPeer(ask: ConnectAsk): Target {
    return this.#permitRaw(ask, 'free', (layer, { host, port }) => layer.refuseRaw(host, port));
  }

  /**
   * Lets a datagram socket be that names no peer: each datagram is asked for when it is sent. Raises the denial where none
   * ever could be sent.
   */
  permitPeerless({ operation, by }: Pick<ConnectAsk, 'operation' | 'by'>): Target {
    this.#assertLasting();
    const target = { host: parseHost('0.0.0.0'), port: 0, written: '0.0.0.0' };
    const denied =
      this.#policy === null ? this.grants.refusal((layer) => layer.refuseAnyRaw()) : refusedBy('policy', 0);
    if (denied !== null) this.#raise(denied, { operation, use: 'raw', ...target, role: by?.role }, by);
    return target;
  }

  /** As permitConnect, for a datagram to an address that may have an answer without a rule: only deny rules refuse it. */
  permitAnswer(ask: ConnectAsk): Target {
    return this.#permitRaw(ask, 'charge', (layer, { host, port }) => layer.refuseAnswer(host, port));
  }

  #permitRaw(
    { operation, host, port, by }: ConnectAsk,
    price: 'charge' | 'free',
    refuse: (layer: Layer, target: Target) => LayerRefusal | null,
  ): Target {
    const target = parseTarget(host, port);
    const ask: Ask = { operation, use: 'raw', ...target, role: by?.role };
    this.#decide(ask, by, price, (layer) => refuse(layer, target));
    return target;
  }

  /** Permits one request, a redirect or a retry. Counts as a request. Raises the denial; ArgumentError for no http(s) URL. */
  permitRequest({ method, url, operation, written, from, hop, by }: RequestAsk): PermittedRequest {
    const target = requestTarget(url, written);
    const request: RequestTarget = { method, url };
    const { host, port } = target;
    const ask: Ask = {
      operation,
      use: 'request',
      host,
      port,
      written: target.written,
      role: by?.role,
      request,
      from,
      hop,
    };
    if (this.#policy !== null) this.#askPolicy(this.#policy, { ...target, method, url, from }, ask, by);
    this.#decide(ask, by, 'charge', (layer) => refuseMethod(request) ?? layer.refuseRequest(host, port, request));
    return { host, port, written: target.written, path: this.grants.pathToSend(url) };
  }

  /** Tells of a request that a policy has refused before it came to the door. */
  reportRefusal({ method, url, operation, written, by }: RequestAsk, error: CaspianError): void {
    if (!this.#isWatched()) return;
    const ask: Ask = {
      operation,
      use: 'request',
      ...requestTarget(url, written),
      role: by?.role,
      request: { method, url },
    };
    this.#report(decisionOf(ask, by, refusedBy('policy', 0), error.type));
  }

  /** The policy is above the grants: what it refuses is its denial, and is charged to nobody. */
  #askPolicy(policy: DoorPolicy, request: PolicyRequest, ask: Ask, by: By | undefined): void {
    try {
      policy.permit(request);
    } catch (error) {
      if (error instanceof CaspianError) this.#report(decisionOf(ask, by, refusedBy('policy', 0), error.type));
      throw error;
    }
  }

  /** Permits listening on an interface; port 0 is one that the system picks. */
  permitListen({ operation, host, port, by }: ConnectAsk): Target {
    const target = parseListenTarget(host, port);
    const ask: Ask = { operation, use: 'listen', ...target, role: by?.role };
    this.#decide(ask, by, 'free', (layer) => layer.refuseListen(target.host, port));
    return target;
  }

  /** Permits a look-up of a name, or of the name of an address. */
  permitResolve({ host: written, operation = 'resolve', by }: ResolveAsk): Host {
    const host = parseHost(written);
    const ask: Ask = { operation, use: 'resolve', host, port: null, written, role: by?.role };
    this.#decide(ask, by, 'free', (layer) => layer.refuseResolve(host));
    return host;
  }

  /**
   * The addresses behind a permitted target that may be dialled: those that no deny rule speaks of. What is no strict
   * literal (a zone id, say) is dropped too. Raises AddressNotAllowedError if none is left, and under a policy if any
   * was refused.
   * SECURITY: the only maker of a VettedAddress (test/attacks/grant-vetted-brand.test.ts).
   */
  vet(target: Target, addresses: readonly string[], by?: By): readonly VettedAddress[] {
    this.#assertLasting();
    const vetted: VettedAddress[] = [];
    let denied: Denied | null = null;
    for (const text of addresses) {
      const ip = parseIp(text);
      const refused = ip === null ? unreadable(text) : this.#refuseAddress(target, ip);
      if (ip !== null && refused === null) vetted.push(brandVetted(ip));
      else denied ??= refused;
    }
    const whole = this.#policy === null || denied === null;
    if (vetted.length > 0 && whole) return vetted;
    const verdict = denied ?? unreadable('');
    this.#raise(verdict, { operation: 'connect', use: 'address', ...target, role: by?.role }, by);
  }

  /** May a pooled connection to this address be lent to this capability? */
  mayReuse(target: Target, address: VettedAddress): boolean {
    return this.#lasts() && this.#refuseAddress(target, address) === null;
  }

  #refuseAddress(target: Target, ip: IpAddress): Denied | null {
    const refusal = this.#policy?.refuseAddress(target, ip) ?? null;
    if (refusal !== null) {
      const { reason: detail, hint } = refusal;
      return refusedBy('policy_address', 0, { detail, hint, address: ip.text });
    }
    const verdict = this.grants.decideAddress(target, ip);
    return verdict.kind === 'allowed' ? null : verdict;
  }

  /** True if some layer has `maxBytes`, so that bytes on the wire have to be counted. */
  get countsBytes(): boolean {
    return this.#states.some(({ budget }) => budget.countsBytes);
  }

  /** Takes bytes on the wire, of either direction, from every layer. Raises BudgetExhaustedError once one has none left. */
  countBytes(bytes: number): void {
    if (!Number.isFinite(bytes) || bytes < 0) throw new TypeError('bytes are counted in numbers of 0 and more');
    let enough = true;
    for (const { budget } of this.#states) if (!budget.takeBytes(bytes)) enough = false;
    if (!enough) throw new BudgetExhaustedError('the bytes of this capability are used up');
  }

  /** True if the grants cover connecting there. Touches nothing and counts as nothing. */
  allowed(host: string, port: number): boolean {
    const target = parseTarget(host, port);
    if (this.#policy?.allows(target) === false) return false;
    return this.#lasts() && this.grants.refusal((layer) => layer.refuseConnect(target.host, port)) === null;
  }

  /** The same for listening. */
  listenAllowed(host: string, port: number): boolean {
    const target = parseListenTarget(host, port);
    if (this.#policy !== null) return false;
    return this.#lasts() && this.grants.refusal((layer) => layer.refuseListen(target.host, port)) === null;
  }

  /** The grants as flags: all of them for `user` and for the host, for any other role only the narrowing that it holds. */
  describe(by?: By): GrantsFormat {
    return by === undefined || by.role === FULL_ROLE ? this.grants.format() : this.grants.formatHeld();
  }

  /** Asks every layer: has it ended, do its rules refuse, is anything left? Charges all of them only if none refuses. */
  #decide(ask: Ask, by: By | undefined, price: 'charge' | 'free', refuse: (layer: Layer) => LayerRefusal | null): void {
    // A policy knows of requests alone: whatever would go round it is no part of it.
    if (this.#policy !== null && ask.use !== 'request') this.#raise(refusedBy('policy', 0), ask, by);
    const now = this.#clock.now();
    const denied = this.grants.refusal((layer, at) => {
      const state = this.#states[at];
      const ending = state?.lifetime.ending(now) ?? null;
      if (ending !== null) return { kind: ending, rule: null, detail: null };
      return refuse(layer) ?? (price === 'charge' ? (state?.budget.refuse(now) ?? null) : null);
    });
    if (denied !== null) this.#raise(denied, ask, by);
    if (price === 'charge') for (const { budget } of this.#states) budget.takeRequest(now);
    if (this.#isWatched()) this.#report(decisionOf(ask, by, allowedBy(this.grants.grantingRule(ask)), null));
  }

  #raise(denied: Denied, ask: Ask, by: By | undefined): never {
    const error: CaspianError = denial(this.grants, denied, ask);
    this.#report(decisionOf(ask, by, denied, error.type));
    throw error;
  }

  #isWatched(): boolean {
    for (let at: Capability | null = this; at !== null; at = at.#parent) if (at.#watchers.size > 0) return true;
    return false;
  }

  #report(decision: Decision): void {
    for (let at: Capability | null = this; at !== null; at = at.#parent) {
      tellAll(at.#watchers, decision);
    }
  }

  #lasts(): boolean {
    const now = this.#clock.now();
    return this.#states.every(({ lifetime }) => lifetime.ending(now) === null);
  }

  #assertLasting(): void {
    const now = this.#clock.now();
    for (const { lifetime } of this.#states) {
      const ending = lifetime.ending(now);
      if (ending !== null) throw endingError(ending);
    }
  }
}

function requestTarget(url: URL, written: string | undefined): Target {
  const target = parseUrlTarget(url);
  return written === undefined ? target : { ...target, written };
}

function unreadable(text: string): Denied {
  return refusedBy('address', 0, { address: escapeText(text), detail: 'is no address' });
}
