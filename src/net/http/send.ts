/**
 * One hop: a connection from the pool or a new one, the request over it, and a second try where the connection had died
 * of old age. Trusted side.
 */
import { ConnectionResetError } from '../../errors/classes.ts';
import type { Capability, PermittedRequest } from '../capability.ts';
import type { By } from '../decision.ts';
import type { TlsPlan } from '../dial/tls-options.ts';
import type { Channel } from './channel.ts';
import { Exchange, type Head } from './exchange.ts';
import type { Operation } from './operation.ts';
import type { LoanAsk, Pool } from './pool.ts';
import type { Dispatch } from './undici.ts';

export interface Hop {
  readonly capability: Capability;
  readonly pool: Pool;
  readonly operation: Operation;
  readonly permitted: PermittedRequest;
  readonly origin: string;
  readonly tls: TlsPlan | null;
  readonly connectTimeout: number | null;
  readonly by: By | undefined;
  readonly dispatch: Dispatch;
  /** Asks the capability for one request more: what is sent twice counts twice. */
  readonly again: () => void;
}

/** Safe methods may be sent twice (RFC 9110 section 9.2.1); a server may have begun to act on any other. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The response to one request. Its body goes on coming after this. */
export async function sendHop(hop: Hop): Promise<{ readonly exchange: Exchange; readonly head: Head }> {
  const { operation, pool, permitted } = hop;
  const ask: LoanAsk = {
    capability: hop.capability,
    target: permitted,
    origin: hop.origin,
    tls: hop.tls,
    deadline: operation.deadline,
    connectTimeout: hop.connectTimeout,
    signal: operation.signal,
    by: hop.by,
  };
  for (;;) {
    operation.check();
    const channel: Channel = pool.borrow(ask) ?? (await pool.open(ask));
    const { reused } = channel;
    const exchange = new Exchange(channel, { ...operation.about, phase: 'read' }, () => operation.unwatch());
    operation.watch(exchange);
    try {
      return { exchange, head: await exchange.start(hop.dispatch) };
    } catch (error) {
      if (!reused || !(error instanceof ConnectionResetError) || !mayTryAgain(exchange, hop)) throw error;
    }
  }
}

/**
 * A server may close an idle connection just as it is used again. What it can't have seen, or may see twice, is sent
 * over another one.
 */
function mayTryAgain(exchange: Exchange, hop: Hop): boolean {
  if (exchange.unsent) return true;
  if (!exchange.unanswered || !SAFE.has(hop.dispatch.method)) return false;
  try {
    hop.again();
    return true;
  } catch {
    // No budget for it: then the reset is what happened.
    return false;
  }
}
