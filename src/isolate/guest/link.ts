/**
 * Calls to the network: the operations of wire/operations.ts, blocking or not, over the same session of the host's.
 * Powerless. A handle means nothing but to that session.
 */

import { ArgumentError, SocketError } from '../../errors/classes.ts';
import { fromRecord } from '../../errors/record.ts';
import { decode, Encoder, type WireValue } from '../../wire/codec.ts';
import { type OperationName, operationNamed } from '../../wire/operations.ts';
import { WireViolation } from '../../wire/violation.ts';
import { MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import { GuestSays } from '../wire/messages.ts';
import { callOut } from './bridge.ts';
import { askHost, NetAnswer } from './network.ts';

const encoder = new Encoder(MAX_MESSAGE_BYTES);

function encode(args: readonly WireValue[]): Uint8Array<ArrayBuffer> {
  encoder.reset();
  try {
    for (const argument of args) encoder.write(argument);
  } catch (thrown) {
    throw thrown instanceof WireViolation ? new ArgumentError(thrown.message) : thrown;
  }
  return encoder.bytes.slice();
}

/** The value of an answer. */
export function decodeAnswer(answer: NetAnswer): WireValue {
  return answer.bytes.length === 0 ? null : decode(answer.bytes);
}

export function recordOf(value: WireValue): { readonly [key: string]: WireValue | undefined } {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new SocketError("the kernel's answer can not be read");
  }
  return value as { readonly [key: string]: WireValue | undefined };
}

/** A call that the guest awaits. Rejects with the error of the operation. */
export async function callLater(name: OperationName, handle: number, args: readonly WireValue[]): Promise<WireValue> {
  const { number } = operationNamed(name);
  try {
    const answer = await askHost(GuestSays.CALL, [number, handle, encode(args)]);
    return answer instanceof NetAnswer ? decodeAnswer(answer) : null;
  } catch (thrown) {
    throw thrown instanceof NetAnswer ? fromRecord(decodeAnswer(thrown)) : thrown;
  }
}

/** A call that blocks the guest until it is answered. Throws the error of the operation. */
export function callNow(name: OperationName, handle: number, args: readonly WireValue[]): WireValue {
  const encoded = encode(args);
  const request = new Uint8Array(8 + encoded.length);
  const view = new DataView(request.buffer);
  view.setUint32(0, operationNamed(name).number, true);
  view.setUint32(4, handle, true);
  request.set(encoded, 8);
  const reply = callOut(request);
  const value = reply.length <= 1 ? null : decode(reply.subarray(1));
  if (reply[0] !== 0) throw fromRecord(value);
  return value;
}
