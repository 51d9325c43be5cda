/**
 * The blocking `net` of a guest: the same SyncNet as in a script's thread, over calls that stop this guest until the
 * host has answered. Powerless: what is asked for is decided by the kernel.
 */

import { Session } from '../../stdlib/session.ts';
import { SyncNet } from '../../stdlib/sync-net.ts';
import type { WireValue } from '../../wire/codec.ts';
import type { OperationName } from '../../wire/operations.ts';
import { callNow } from './link.ts';

export function openNet(): SyncNet {
  return new SyncNet(
    new Session({
      call: (name: OperationName, handle: number, args: readonly WireValue[]) => callNow(name, handle, args),
      link: null,
    }),
  );
}
