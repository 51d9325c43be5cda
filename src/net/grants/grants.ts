/**
 * What may be reached: an immutable chain of layers, the flags at the root and one layer for each narrowing.
 * Trusted side, pure. Every layer must allow; the one nearest the root that refuses decides the error.
 */
import type { Host } from '../address/host.ts';
import type { IpAddress } from '../address/ip.ts';
import type { Target } from '../address/target.ts';
import type { Verdict } from './verdict.ts';

/** Rules as flags give them. `true` is the bare flag; each string may hold several rules, separated by commas. */
export type RuleInput = true | string | readonly string[];

export interface GrantsInput {
  readonly allowNet?: RuleInput | false;
  readonly denyNet?: RuleInput | false;
  readonly allowListen?: RuleInput | false;
  /** `resolve` of any name, granted or not. */
  readonly allowDns?: boolean;
  /** No `resolve` at all; wins over allowDns. */
  readonly noDns?: boolean;
}

/** Each an upper bound; both spellings are taken, one of them at a time. */
export interface NarrowOptions {
  readonly listen?: readonly string[];
  readonly deny?: readonly string[];
  readonly methods?: readonly string[];
  readonly paths?: readonly string[];
  readonly httpsOnly?: boolean;
  readonly https_only?: boolean;
  readonly maxRequests?: number;
  readonly max_requests?: number;
  /** Both directions together. */
  readonly maxBytes?: number;
  readonly max_bytes?: number;
  /** Seconds from the narrowing on. */
  readonly expires?: number;
  /** `'60/min'`. */
  readonly rate?: string;
  readonly raw?: boolean;
}

export interface RequestTarget {
  readonly method: string;
  readonly url: URL;
}

/** A request's verdict; `path` is the very path to send. */
export interface RequestVerdict extends Verdict {
  readonly path: string;
}

/** Effective grants as flags, and what was narrowed beside rules. */
export interface GrantsFormat extends GrantsInput {
  readonly methods?: readonly string[];
}

export interface Grants {
  narrow(rules: readonly string[], options?: NarrowOptions): Grants;
  checkConnect(host: string, port: number): void;
  checkListen(host: string, port: number): void;
  checkAddress(ip: string, port?: number): void;
  decideConnect(target: Target): Verdict;
  decideRaw(target: Target): Verdict;
  decideListen(target: Target): Verdict;
  decideResolve(host: Host): Verdict;
  decideAddress(target: Target, ip: IpAddress): Verdict;
  decideRequest(target: Target, request: RequestTarget): RequestVerdict;
  format(): GrantsFormat;
  readonly anyConnect: boolean;
  readonly anyListen: boolean;
  readonly bindsAddresses: boolean;
  readonly addressPolicy: string;
  /** Some layer limits methods: method-override headers are dropped. */
  readonly limitsMethods: boolean;
}
