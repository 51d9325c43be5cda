/**
 * The globals of a guest that are not the web's, for guests that are written in TypeScript:
 * `"compilerOptions": { "lib": ["es2024", "webworker"], "types": ["caspian-net/isolate"] }`.
 */
import type { SyncNet } from 'caspian-net/guest';

interface RequestOptions {
  /** Seconds; not given, or null: as long as it takes. */
  readonly timeout?: number | null;
}

interface Network {
  /** Sends a message to the host. Throws DataCloneError for data that can't cross. */
  send(event: string, data?: unknown): void;
  /** Asks the host, and gives its answer; rejects with what its handler threw. */
  request<T = unknown>(method: string, data?: unknown, options?: RequestOptions | null): Promise<T>;
  /** Hears the host's messages. */
  on<T = unknown>(event: string, handler: (data: T) => unknown): void;
  off<T = unknown>(event: string, handler: (data: T) => unknown): void;
}

declare global {
  const NETWORK: Network;
  /** The network that the host gave, where every call blocks; null if it gave none. */
  const net: SyncNet | null;
  /** The arguments of a script that `caspian` runs; not there in other guests. */
  const argv: readonly string[];
}
