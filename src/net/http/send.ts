/**
 * One hop: a connection from the pool or a new one, the request over it, and a second try where the connection had died
 * of old age. Trusted side.
 */
import { ConnectionResetError } from '../../errors/classes.ts';
import type { Channel } from './channel.ts';
import { Exchange, type Head } from './exchange.ts';
import type { Operation } from './operation.ts';
import type { Pool } from './pool.ts';
import type { Dispatch } from './undici.ts';

/** Safe methods may be sent twice (RFC 9110 section 9.2.1); a server may have begun to act on any other. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Answered {
  readonly exchange: Exchange;
  readonly head: Head;
}

/**
 * The response to one request. Its body goes on coming after this. `again` asks the capability for one request more:
 * what is sent twice counts twice.
 */
export async function sendHop(
  operation: Operation,
  pool: Pool,
  request: Dispatch,
  again: () => void,
): Promise<Answered> {
  for (;;) {
    const channel = pool.borrow(operation) ?? (await pool.open(operation));
    checkStill(operation, channel);
    const { reused } = channel;
    const exchange = new Exchange(channel, operation);
    operation.watch(exchange);
    try {
      return { exchange, head: await exchange.start(request) };
    } catch (error) {
      const aged = reused && error instanceof ConnectionResetError;
      if (!aged || !mayTryAgain(exchange, request.method, again)) throw error;
    }
  }
}

/** Raises what has ended the operation meanwhile; the connection goes back as it came. */
function checkStill(operation: Operation, channel: Channel): void {
  try {
    operation.check();
  } catch (error) {
    channel.release();
    throw error;
  }
}

/**
 * A server may close an idle connection just as it is used again. What it can't have seen, or may see twice, is sent
 * over another one.
 */
function mayTryAgain(exchange: Exchange, method: string, again: () => void): boolean {
  if (exchange.unsent) return true;
  if (!exchange.unanswered || !SAFE.has(method)) return false;
  try {
    again();
    return true;
  } catch {
    // No budget for it: then the reset is what happened.
    return false;
  }
}
