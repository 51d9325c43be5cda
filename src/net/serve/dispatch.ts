/**
 * Which code serves which operation. Trusted side. A checked call goes from here to the thing behind its handle. What
 * needs the kernel loads it: a script that never asks for the network has no use for it.
 */
import type { WireValue } from '../../wire/codec.ts';
import { OPERATIONS, type OperationName } from '../../wire/operations.ts';
import { WireViolation } from '../../wire/violation.ts';
import { company } from '../company.ts';
import type { Call } from './guard.ts';
import { HOST_OPERATIONS } from './host-operations.ts';
import type { LinkSession } from './session.ts';

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

const light = byName(LINK_OPERATIONS, HOST_OPERATIONS);
/** The operations of the kernel, once they have been loaded. */
let kernel: ReadonlyMap<string, Perform> | null = null;

function byName(...families: readonly OperationFamily[]): ReadonlyMap<string, Perform> {
  return new Map(families.flatMap((family) => Object.entries(family)));
}

async function loadKernel(): Promise<ReadonlyMap<string, Perform>> {
  const [net, lists, sockets, listeners, udp, streams] = await Promise.all([
    import('./net-operations.ts'),
    import('./fetch-list-operations.ts'),
    import('./socket-operations.ts'),
    import('./listener-operations.ts'),
    import('./udp-operations.ts'),
    import('./stream-operations.ts'),
  ]);
  kernel ??= byName(
    net.NET_OPERATIONS,
    lists.FETCH_LIST_OPERATIONS,
    sockets.SOCKET_OPERATIONS,
    listeners.LISTENER_OPERATIONS,
    udp.UDP_OPERATIONS,
    streams.STREAM_OPERATIONS,
  );
  return kernel;
}

/**
 * Loads what a script's first request would have to wait for. While a thread boots, this one has little to do. What fails
 * here fails again, and is told, when it is needed.
 */
export function prepareKernel(): void {
  loadKernel()
    .then(() => import('../http/pool.ts'))
    .then(({ loadEngine }) => loadEngine())
    .catch(() => {});
}

/** Rows of the operations table that nothing serves: none. */
export async function unserved(): Promise<string[]> {
  const loaded = await loadKernel();
  return OPERATIONS.map(({ name }) => name).filter((name) => !light.has(name) && !loaded.has(name));
}

/** Serves a call. What the operation raises is the script's; a WireViolation is the end of the link. */
export function perform(session: LinkSession, call: Call, handle: number): WireValue | Promise<WireValue> {
  const { name } = call.operation;
  company.note(session.owner);
  const performer = light.get(name) ?? kernel?.get(name);
  if (performer !== undefined) return performer(session, handle, call);
  return loadKernel().then((loaded) => {
    const found = loaded.get(name);
    if (found === undefined) throw new WireViolation('nothing serves this operation');
    return found(session, handle, call);
  });
}
