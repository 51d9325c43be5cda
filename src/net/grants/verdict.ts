/**
 * The outcome of a decision, as data: log lines, errors, events and metrics are all made from it. Trusted side, pure.
 */

/** Why something is refused, by name. */
export type DenialKind =
  | 'no_grant'
  | 'port'
  | 'denied'
  | 'denied_port'
  | 'address'
  | 'raw'
  | 'https_only'
  | 'method'
  | 'forbidden_method'
  | 'path'
  | 'no_dns'
  | 'revoked'
  | 'expired'
  | 'requests_spent'
  | 'bytes_spent'
  | 'rate';

export type VerdictKind = 'allowed' | DenialKind;

export interface Verdict {
  readonly kind: VerdictKind;
  /** The layer that decided: 0 for the flags, 1 for the first narrowing … For `allowed`, the flags. */
  readonly layer: number;
  /** The rule that decided, or the closest one, in canonical form; null if there is none. */
  readonly rule: string | null;
  /** `address`: the address that was refused, canonical. */
  readonly address: string | null;
  /** `rate`: seconds until the next request has a chance. */
  readonly retryAfter: number | null;
}
