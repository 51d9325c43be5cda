/**
 * A capability: grants, and the state that goes with them (revoked, expired, budgets). Trusted side.
 */
import type { Host } from './address/host.ts';
import type { Target } from './address/target.ts';
import type { VettedAddress } from './address/vetted.ts';
import type { Clock } from './clock.ts';
import type { By, Decision } from './decision.ts';
import type { Grants, NarrowOptions } from './grants/grants.ts';

export interface ConnectAsk {
  readonly operation: string;
  readonly host: string;
  readonly port: number;
  readonly by?: By;
}

export interface RequestAsk {
  /** Upper case as it is sent; `WEBSOCKET` for a `ws:` or `wss:` URL. */
  readonly method: string;
  readonly url: URL;
  readonly operation: string;
  /** The host as the caller wrote it, where the URL's parser changed it. */
  readonly written?: string;
  /** A redirect: the URL that answered with it, and which hop this is (1 for the first). */
  readonly from?: URL;
  readonly hop?: number;
  readonly by?: By;
}

export interface ResolveAsk {
  readonly host: string;
  readonly operation?: string;
  readonly by?: By;
}

/** A permitted request: its target, and the very path to send in place of `url.pathname`. */
export interface PermittedRequest extends Target {
  readonly path: string;
}

export interface CapabilityOptions {
  readonly clock?: Clock;
  readonly onDecision?: (decision: Decision) => void;
}

export interface Capability {
  readonly grants: Grants;
  /** Aborts, with a RevokedError as its reason, when this capability or an ancestor is revoked, closed or expires. */
  readonly signal: AbortSignal;
  narrow(rules: readonly string[], options?: NarrowOptions): Capability;
  revoke(descendant: Capability): void;
  close(): void;
  permitConnect(ask: ConnectAsk): Target;
  permitRequest(ask: RequestAsk): PermittedRequest;
  permitListen(ask: ConnectAsk): Target;
  permitResolve(ask: ResolveAsk): Host;
  vet(target: Target, addresses: readonly string[], by?: By): readonly VettedAddress[];
  mayReuse(target: Target, address: VettedAddress): boolean;
  readonly countsBytes: boolean;
  countBytes(bytes: number): void;
  allowed(host: string, port: number): boolean;
  listenAllowed(host: string, port: number): boolean;
}
