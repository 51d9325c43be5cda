/**
 * The operations that the engine answers: libraries, output, input, configuration. Trusted side.
 */
import { ArgumentError } from '../../errors/classes.ts';
import type { OperationFamily } from './dispatch.ts';

/** Most bytes of standard input that one call brings over. */
const MAX_INPUT = 1_048_576;

export const HOST_OPERATIONS: OperationFamily = {
  'host.library': (session, _handle, call) => session.host.library(call.text(0)),
  'host.write': async (session, _handle, call) => {
    const stream = call.text(0);
    if (stream !== 'stdout' && stream !== 'stderr') throw new ArgumentError('the stream must be stdout or stderr');
    await session.host.write(stream, call.bytes(1));
    return null;
  },
  'host.read': (session, _handle, call) =>
    session.host.read(Math.min(MAX_INPUT, Math.max(1, call.integer(0))), session.signal),
  'host.config': async (session, _handle, call) => {
    await session.host.config(call.value(0), call.texts(1));
    return null;
  },
};
