/**
 * What a failed exchange means: `translate` knows the codes, this file knows what the connection saw. Trusted side.
 * undici has one code for a peer that went away and for one that talks out of turn; only the wire can tell them apart.
 */
import { CaspianError, ConnectionResetError, type ErrorDetails, ProtocolError } from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { targetText } from '../address/target.ts';
import { codeOf, type FailureContext, translate } from '../dial/translate.ts';
import type { WireView } from './channel.ts';
import { STALE } from './stale.ts';
import { Wire } from './wire.ts';

export type { FailureContext };

/** undici's names for "it ended too early", once the peer has sent its end; for something worse, before. */
const CUT_SHORT: ReadonlySet<string | null> = new Set(['UND_ERR_SOCKET', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH']);

/** The failures that are the peer's, in words. */
const PROTOCOL: ReadonlyMap<string | null, string> = new Map([
  ['UND_ERR_SOCKET', 'the peer sent something that does not answer this request'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the body is not as long as its headers say'],
  ['UND_ERR_HEADERS_OVERFLOW', 'the peer sent more header than is accepted'],
  ['ERR_ASSERTION', 'the response makes no sense'],
]);

/** The error of ours for what undici reported. */
export function readFailure(error: Error, wire: WireView, context: FailureContext): CaspianError {
  if (error instanceof CaspianError) return error;
  const code = codeOf(error);
  const parser = isOfParser(error);
  const early = parser || CUT_SHORT.has(code);
  if (code === STALE && wire.errored instanceof CaspianError) return wire.errored;
  if (code === STALE) return cutShort('the connection had been closed', context, error);
  if (wire.failure !== null && (code === Wire.FAILED || early)) return readWire(wire.failure, context);
  if (wire.ended && early) {
    const words = wire.heard ? 'before the response was complete' : 'without an answer';
    return cutShort(`the peer closed the connection ${words}`, context, error);
  }
  if (wire.httpVersion === '2') return readShared(error, wire, context);
  const words = parser ? escapeText(error.message) : PROTOCOL.get(code);
  if (words === undefined) return translate(error, context);
  return new ProtocolError(`${context.operation} ${targetText(context.target)}: ${words}`, about(context, error));
}

/** RFC 9113 section 7: the peer gave this one request up, or the whole connection, without a complaint about it. */
const GIVEN_UP = /code (?:NGHTTP2_)?(?:NO_ERROR|CANCEL|REFUSED_STREAM|INTERNAL_ERROR|ENHANCE_YOUR_CALM|[0278]\b|11\b)/;

/** A failure on a connection of HTTP/2: of one stream, or of all of them. */
function readShared(error: Error, wire: WireView, context: FailureContext): CaspianError {
  const code = codeOf(error) ?? '';
  const broken = code.startsWith('ERR_HTTP2_') && !GIVEN_UP.test(error.message);
  const reported = PROTOCOL.get(code);
  if (broken || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    const words = reported ?? `the peer broke HTTP/2: ${escapeText(error.message)}`;
    return new ProtocolError(`${context.operation} ${targetText(context.target)}: ${words}`, about(context, error));
  }
  if (!code.startsWith('ERR_HTTP2_') && !code.startsWith('UND_ERR_')) return translate(error, context);
  return cutShort(wire.heard ? 'the peer gave up its answer' : 'the peer gave up the request', context, error);
}

/** The parser's own error, which says why in its message; undici means to give it a code, but does not. */
function isOfParser(error: Error): boolean {
  return error.name === 'HTTPParserError';
}

/** What the dialler's side has translated already speaks of `recv`; here it is the whole request that failed. */
function readWire(failure: Error, context: FailureContext): CaspianError {
  if (!(failure instanceof ConnectionResetError)) return translate(failure, context);
  return cutShort('the connection was cut short', context, failure);
}

function cutShort(words: string, context: FailureContext, cause: Error): ConnectionResetError {
  return new ConnectionResetError(
    `${context.operation} ${targetText(context.target)}: ${words}`,
    about(context, cause),
  );
}

function about({ operation, target }: FailureContext, cause: Error): ErrorDetails {
  return { operation, host: target.written, port: target.port, cause };
}
