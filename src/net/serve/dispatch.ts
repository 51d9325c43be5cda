/**
 * Which code serves which operation. Trusted side. A checked call goes from here to the thing behind its handle.
 */
import { type WireValue, WireViolation } from '../../wire/codec.ts';
import { OPERATIONS, type OperationName } from '../../wire/operations.ts';
import type { Call } from './guard.ts';
import { HOST_OPERATIONS } from './host-operations.ts';
import { NET_OPERATIONS } from './net-operations.ts';
import type { LinkSession } from './session.ts';
import { SOCKET_OPERATIONS } from './socket-operations.ts';

/** One operation. The call has been checked against the operations table. */
export type Perform = (session: LinkSession, handle: number, call: Call) => WireValue | Promise<WireValue>;

export type OperationFamily = Readonly<Partial<Record<OperationName, Perform>>>;

const LINK_OPERATIONS: OperationFamily = {
  ping: () => null,
  release: (session, handle) => {
    session.handles.release(handle);
    return null;
  },
};

const performers = new Map<string, Perform>(
  [LINK_OPERATIONS, NET_OPERATIONS, SOCKET_OPERATIONS, HOST_OPERATIONS].flatMap((family) => Object.entries(family)),
);

/** Rows of the operations table that nothing serves; there are none (dispatch.test.ts). */
export function unserved(): string[] {
  return OPERATIONS.map(({ name }) => name).filter((name) => !performers.has(name));
}

export function perform(session: LinkSession, call: Call, handle: number): WireValue | Promise<WireValue> {
  const performer = performers.get(call.operation.name);
  if (performer === undefined) throw new WireViolation('nothing serves this operation');
  return performer(session, handle, call);
}
