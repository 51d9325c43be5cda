/**
 * The record of one decision, for whoever watches: logs, `--net-report`, metrics. Trusted side; plain data that JSON can carry.
 */
import type { VerdictKind } from './grants/verdict.ts';

/** Who asked. A claim of the script's side: good for reports, never for a decision that widens anything. */
export interface By {
  readonly role: string;
  readonly file: string | null;
  readonly line: number | null;
}

export interface Decision {
  readonly role: string;
  readonly file: string | null;
  readonly line: number | null;
  /** `connect`, `fetch`, `listen`, `resolve` … */
  readonly operation: string;
  /** Canonical; IPv6 without brackets. */
  readonly host: string;
  /** Null where the question has no port (`resolve`). */
  readonly port: number | null;
  /** The host as it was written, where that differs from `host`. Hostile text. */
  readonly written: string | null;
  /** HTTP only. */
  readonly method: string | null;
  /** The address that decided: a denied one behind a name, else null. */
  readonly address: string | null;
  readonly verdict: VerdictKind;
  /** The rule that decided, in canonical form. */
  readonly rule: string | null;
  /** 0 for the flags, 1 for the first narrowing … */
  readonly layer: number;
  /** The type URL of the error raised; null if allowed. */
  readonly error: string | null;
}
