/**
 * TLS sessions that may be taken up again (RFC 8446 section 2.2): the second connection to a server spares the certificates.
 * Trusted side. A session stands for a verification that has been made, so it is kept for the very capability that made
 * it, and used for the same host, port, checks, keys and offers alone: what is narrowed or lent never rides on another's.
 */
import type { X509Certificate } from 'node:crypto';
import type { Target } from '../address/target.ts';
import type { Capability } from '../capability.ts';
import type { Clock } from '../clock.ts';
import type { TlsPlan } from './tls-options.ts';

/** A verification is not believed for longer. */
export const SESSION_LIFE_MS = 3_600_000;
export const MAX_SESSIONS = 64;

/** What a later handshake needs to spare the certificates. */
export interface KeptSession {
  readonly session: Buffer;
  /** What the peer showed when the session began. Node has none to tell of one that is taken up. */
  readonly certificate: X509Certificate | null;
  /** On the clock. A session that follows from one that was taken up is as old as that one. */
  readonly verifiedAt: number;
}

/** Where the session of one handshake comes from and goes to. */
export interface SessionSlot {
  /** The session to offer. It is gone then, so that one that does harm is offered once. */
  take(): KeptSession | null;
  put(session: KeptSession): void;
}

const byCapability = new WeakMap<Capability, Map<string, KeptSession>>();

/** The slot of a handshake with this server under this plan. */
export function sessionSlot(capability: Capability, target: Target, plan: TlsPlan, clock: Clock): SessionSlot {
  const kept = byCapability.get(capability) ?? new Map<string, KeptSession>();
  byCapability.set(capability, kept);
  const key = `${plan.key} ${target.host.text} ${target.port}`;
  return {
    take: () => {
      const found = kept.get(key);
      kept.delete(key);
      return found !== undefined && clock.now() - found.verifiedAt <= SESSION_LIFE_MS ? found : null;
    },
    put: (session) => {
      kept.delete(key);
      kept.set(key, session);
      const [oldest] = kept.keys();
      if (kept.size > MAX_SESSIONS && oldest !== undefined) kept.delete(oldest);
    },
  };
}
