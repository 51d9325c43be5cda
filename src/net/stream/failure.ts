/**
 * What a failure of a WebSocket means. Trusted side. It goes by the codes of ws, of Node and of what the connection
 * saw; the words of ws are fixed texts.
 */
import {
  type CaspianError,
  ConnectionResetError,
  HttpStatusError,
  ProtocolError,
  TooLargeError,
} from '../../errors/classes.ts';
import { escapeText } from '../address/escape.ts';
import { targetText } from '../address/target.ts';
import { codeOf, type FailureContext, translate } from '../dial/translate.ts';

/** A message, or a frame, that is longer than what was asked for. */
const TOO_LARGE: ReadonlySet<string | null> = new Set([
  'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH',
  'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH',
]);

/** Something was to be written, and the connection had ended. */
const GONE: ReadonlySet<string | null> = new Set(['ERR_STREAM_WRITE_AFTER_END', 'ERR_STREAM_DESTROYED']);

/** `seen`: what the connection itself failed with, if it did. */
export function readFailure(error: Error, seen: CaspianError | null, context: FailureContext): CaspianError {
  const code = codeOf(error);
  const about = details(context, error);
  const place = `${context.operation} ${targetText(context.target)}`;
  if (TOO_LARGE.has(code)) {
    const hint = 'a larger maxMessage takes it';
    return new TooLargeError(`${place}: the peer sends a message that is longer than was asked for`, {
      ...about,
      hint,
    });
  }
  if (code === null || code.startsWith('WS_ERR_')) {
    return new ProtocolError(`${place}: ${escapeText(error.message)}`, about);
  }
  if (code.startsWith('Z_')) return new ProtocolError(`${place}: the message is no sound deflate`, about);
  return seen === null && !GONE.has(code) ? translate(error, context) : endOf(seen, context);
}

/** The connection ended without a Close. `seen`: how it failed itself, if it did. */
export function endOf(seen: CaspianError | null, context: FailureContext): CaspianError {
  if (seen !== null && !GONE.has(seen.systemCode)) return seen;
  return new ConnectionResetError(
    `${context.operation} ${targetText(context.target)}: the peer closed the connection without saying so`,
    details(context, seen ?? undefined),
  );
}

/** The server answers with this status in place of a WebSocket. */
export function refusal(status: number, context: FailureContext): CaspianError {
  const place = `${context.operation} ${targetText(context.target)}`;
  if (status < 200) {
    return new ProtocolError(`${place}: its ${status} does not upgrade the connection`, details(context));
  }
  const hint = status < 400 && status >= 300 ? 'a WebSocket follows no redirect: ask for where it leads' : null;
  return new HttpStatusError(`${place}: the server answers with ${status}`, { ...details(context), status, hint });
}

function details({ operation, target }: FailureContext, cause?: Error) {
  return { operation, host: target.written, port: target.port, cause };
}
