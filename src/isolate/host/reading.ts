/** Reads what a child process says. Trusted side; every byte of it is hostile. */
import { WireViolation } from '../../wire/violation.ts';
import { decodeClone } from '../wire/clone/reader.ts';
import type { TextReader } from '../wire/clone/text.ts';

const nodeText: TextReader = Object.freeze({
  latin1: (bytes: Uint8Array, start: number, end: number) => Buffer.prototype.latin1Slice.call(bytes, start, end),
  utf16: (bytes: Uint8Array, start: number, end: number) => Buffer.prototype.ucs2Slice.call(bytes, start, end),
});

/** A message's parts. Throws WireViolation for bytes that are none. */
export function readMessage(bytes: Uint8Array): readonly unknown[] {
  const message = decodeClone(bytes, nodeText);
  if (!Array.isArray(message)) throw new WireViolation('a message is a list');
  return message;
}
