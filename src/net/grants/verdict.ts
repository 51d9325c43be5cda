/**
 * The outcome of a decision, as data: log lines, errors, events and metrics are all made from it. Trusted side, pure.
 */

/** Why something is refused, by name. */
export type DenialKind =
  /** No rule covers the host. */
  | 'no_grant'
  /** A rule covers the host, none the port. */
  | 'port'
  | 'denied'
  /** By a deny rule that names ports. */
  | 'denied_port'
  /** The address behind a granted name is denied. */
  | 'address'
  /** A socket or a look-up, where only HTTP is allowed. */
  | 'raw'
  | 'https_only'
  | 'method'
  /** A method that nobody may send. */
  | 'forbidden_method'
  | 'path'
  | 'no_dns'
  | 'revoked'
  | 'expired'
  | 'requests_spent'
  | 'bytes_spent'
  | 'rate'
  /** The host program's policy over all requests: an egress. It words its errors itself. */
  | 'policy'
  /** The address behind a permitted name is refused by that policy, for the reason in `detail`. */
  | 'policy_address';

export type VerdictKind = 'allowed' | DenialKind;

interface Deciding {
  /** The layer that decided: 0 for the flags, 1 for the first narrowing … For `allowed`, the flags. */
  readonly layer: number;
  /** The rule that decided, or the closest one, in canonical form; null if there is none. */
  readonly rule: string | null;
  /** `address`: the address that was refused, canonical. */
  readonly address: string | null;
  /** In words, what the kind and the rule do not say: why a path is refused. */
  readonly detail: string | null;
  /** `policy_address`: what would help, in one line. */
  readonly hint: string | null;
  /** `rate`: seconds until the next request has a chance. */
  readonly retryAfter: number | null;
}

export interface Allowed extends Deciding {
  readonly kind: 'allowed';
}

export interface Denied extends Deciding {
  readonly kind: DenialKind;
}

export type Verdict = Allowed | Denied;

/** A verdict that allows; `rule` is the one of the flags that grants it. */
export function allowedBy(rule: string | null): Allowed {
  return { kind: 'allowed', layer: 0, rule, address: null, detail: null, hint: null, retryAfter: null };
}

/** A verdict that refuses. */
export function refusedBy(kind: DenialKind, layer: number, more: Partial<Omit<Deciding, 'layer'>> = {}): Denied {
  return { kind, layer, rule: null, address: null, detail: null, hint: null, retryAfter: null, ...more };
}
