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
/** Over all capabilities: a script can make many. Those that were used least lately go first. */
export const MAX_SESSIONS = 1024;
/** Bytes. A server can put a chain of certificates and a ticket of tens of thousands of bytes into one. */
export const MAX_SESSION_BYTES = 16_384;

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

const kept = new Map<string, KeptSession>();

/** Numbers for capabilities, so that one that is gone leaves nothing to be mistaken for another's. */
const numbers = new WeakMap<Capability, number>();
let last = 0;

function numberOf(capability: Capability): number {
  const number = numbers.get(capability) ?? ++last;
  numbers.set(capability, number);
  return number;
}

/** The slot of a handshake with this server under this plan. */
export function sessionSlot(capability: Capability, target: Target, plan: TlsPlan, clock: Clock): SessionSlot {
  const key = `${numberOf(capability)} ${plan.key} ${target.host.text} ${target.port}`;
  return {
    take: () => {
      const found = kept.get(key);
      kept.delete(key);
      return found !== undefined && clock.now() - found.verifiedAt <= SESSION_LIFE_MS ? found : null;
    },
    put: (session) => {
      kept.delete(key);
      if (session.session.length > MAX_SESSION_BYTES) return;
      kept.set(key, session);
      const [oldest] = kept.keys();
      if (kept.size > MAX_SESSIONS && oldest !== undefined) kept.delete(oldest);
    },
  };
}
