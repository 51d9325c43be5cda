/**
 * As faces.ts, for contracts that are written once for all faces, as the body of an async function: `await` on what is
 * there already changes nothing, and Caspian's methods are called one by one from outside of the script.
 */
import type { Net } from '../../src/net/net.ts';
import { SMALLEST_MAILBOX_BYTES } from '../../src/wire/layout.ts';
import { withCaspianNet } from './caspian-face.ts';
import { inGuest } from './guest.ts';

/** Runs the body of a function of `net` and `data`. */
export type Face = (net: Net, source: string, data: unknown) => Promise<unknown>;

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (net: unknown, data: unknown) => Promise<unknown>;

/** What every contract may use: bytes as text, and how a call ends. */
const PRELUDE = `
  const text = (bytes) => bytes === null ? null : new TextDecoder('latin1').decode(bytes);
  const codeOf = async (run) => { try { await run(); return 'fine'; } catch (error) { return error.code ?? String(error); } };
  const errorOf = async (run) => { try { await run(); return null; } catch (error) { return error; } };
`;

const SMALLEST = { mailboxBytes: SMALLEST_MAILBOX_BYTES, ringBytes: 64 };

const NET: Face = (net, source, data) => new AsyncFunction('net', 'data', PRELUDE + source)(net, data);
const SYNC_NET: Face = (net, source, data) => inGuest(net, PRELUDE + source, { data });
const SMALL_SYNC_NET: Face = (net, source, data) => inGuest(net, PRELUDE + source, { data, ...SMALLEST });
const CASPIAN: Face = (net, source, data) =>
  withCaspianNet(net, (remote) => new AsyncFunction('net', 'data', PRELUDE + source)(remote, data));

/** All of them. In Caspian every member has to be awaited: `await socket.host`. */
export const SOCKET_FACES: readonly (readonly [name: string, face: Face])[] = [
  ['Net', NET],
  ['SyncNet', SYNC_NET],
  ['SyncNet with the smallest buffers', SMALL_SYNC_NET],
  ['Caspian', CASPIAN],
];
