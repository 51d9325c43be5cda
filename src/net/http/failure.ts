/**
 * What a failed exchange means: `translate` knows the codes, this file knows what the connection saw. Trusted side.
 * undici has one code for a peer that went away and for one that talks out of turn; only the wire can tell them apart.
 */
import { CaspianError, ConnectionResetError, ProtocolError } from '../../errors/classes.ts';
import { targetText } from '../address/target.ts';
import { codeOf, type FailureContext, translate } from '../dial/translate.ts';
import { STALE } from './stale.ts';
import { Wire } from './wire.ts';

export type { FailureContext };

/** Codes that mean "it ended too early" once the peer has sent its end, and something worse before. */
const CUT_SHORT: ReadonlySet<string | null> = new Set([
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'HPE_INVALID_EOF_STATE',
]);

/** The failures that are the peer's, in words; the parser's own codes go by their prefix. */
const PROTOCOL: ReadonlyMap<string | null, string> = new Map([
  ['UND_ERR_SOCKET', 'the peer sent something that does not answer this request'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the body is not as long as its headers say'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the peer sent more header than is accepted'],
  ['ERR_ASSERTION', 'the response makes no sense'],
]);

/** The error of ours for what undici reported. */
export function readFailure(error: Error, wire: Wire, context: FailureContext): CaspianError {
  if (error instanceof CaspianError) return error;
  const code = codeOf(error);
  if (code === STALE) return cutShort('the connection had been closed', context, error);
  if (wire.failure !== null && (code === Wire.FAILED || CUT_SHORT.has(code))) return readWire(wire.failure, context);
  if (wire.ended && CUT_SHORT.has(code)) {
    const words = wire.heard ? 'before the response was complete' : 'without an answer';
    return cutShort(`the peer closed the connection ${words}`, context, error);
  }
  const words = PROTOCOL.get(code) ?? (code?.startsWith('HPE_') ? `the response is no sound HTTP/1.1 (${code})` : null);
  if (words === null) return translate(error, context);
  const { operation, target } = context;
  return new ProtocolError(`${operation} ${targetText(target)}: ${words}`, {
    operation,
    host: target.written,
    port: target.port,
    cause: error,
  });
}

/** What the dialler's side has translated already speaks of `recv`; here it is the whole request that failed. */
function readWire(failure: Error, context: FailureContext): CaspianError {
  if (!(failure instanceof ConnectionResetError)) return translate(failure, context);
  return cutShort('the connection was cut short', context, failure);
}

function cutShort(words: string, { operation, target }: FailureContext, cause: Error): ConnectionResetError {
  return new ConnectionResetError(`${operation} ${targetText(target)}: ${words}`, {
    operation,
    host: target.written,
    port: target.port,
    cause,
  });
}
