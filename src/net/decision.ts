/**
 * The record of one decision, for whoever watches: logs, `--net-report`, metrics. Trusted side; plain data that JSON can carry.
 */
import type { By } from '../wire/records.ts';
import type { Ask } from './grants/denial.ts';
import type { Verdict, VerdictKind } from './grants/verdict.ts';

export type { By };

/** Whether something was let through, by which rule, and who asked. */
export interface Decision {
  /** `host` for the embedding host's own code. */
  readonly role: string;
  /** Where in the script; null for the host. */
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
  /** A redirect: the origin that answered with it. */
  readonly from: string | null;
  /** The address that decided: a denied one behind a name, else null. */
  readonly address: string | null;
  /** `allowed`, or the kind of the denial: spec/launcher.md, "--net-report". */
  readonly verdict: VerdictKind;
  /** The rule that decided, in canonical form. */
  readonly rule: string | null;
  /** 0 for the flags, 1 for the first narrowing … */
  readonly layer: number;
  /** The type URL of the error raised; null if allowed. */
  readonly error: string | null;
}

/** The record of a verdict; `error` is the type of what was raised. */
export function decisionOf(ask: Ask, by: By | undefined, verdict: Verdict, error: string | null): Decision {
  return {
    role: by?.role ?? 'host',
    file: by?.file ?? null,
    line: by?.line ?? null,
    operation: ask.operation,
    host: ask.host.text,
    port: ask.port,
    written: ask.written === ask.host.text ? null : ask.written,
    method: ask.request?.method ?? null,
    from: ask.from?.origin ?? null,
    address: verdict.address,
    verdict: verdict.kind,
    rule: verdict.rule,
    layer: verdict.layer,
    error,
  };
}
