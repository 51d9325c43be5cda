/** structuredClone (HTML §2.7.3) by the form in which messages cross. Powerless. */
import { decodeClone } from '../wire/clone/reader.ts';
import { CloneFault, CloneWriter } from '../wire/clone/writer.ts';
import { DOMException } from './dom-exception.ts';

export function structuredClone(value: unknown, options?: { readonly transfer?: readonly object[] }): unknown {
  const transfer = [...(options?.transfer ?? [])];
  const buffers = transfer.filter((item): item is ArrayBuffer => item instanceof ArrayBuffer);
  for (const buffer of buffers) {
    if (buffer.detached) throw new DOMException('an ArrayBuffer has been transferred already', 'DataCloneError');
  }
  let copy: unknown;
  try {
    copy = decodeClone(new CloneWriter().encode(value).slice());
  } catch (thrown) {
    throw thrown instanceof CloneFault ? new DOMException(thrown.message, 'DataCloneError') : thrown;
  }
  for (const buffer of buffers) buffer.transfer();
  return copy;
}
