/**
 * A host for scripts that only compute: it keeps what they print and has nothing else.
 */
import type { RuntimeHost } from '../../../src/caspian/host.ts';

export function computingHost(): { readonly host: RuntimeHost; printed(): string } {
  const pieces: Uint8Array[] = [];
  const host: RuntimeHost = {
    write: (_stream, bytes) => {
      pieces.push(bytes.slice());
    },
    readStdin: () => null,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep: () => {},
    randomBytes: (count) => new Uint8Array(count),
    digest: () => new Uint8Array(),
    hmac: () => new Uint8Array(),
    parseUrl: () => null,
    regexEngine: () => {
      throw new Error('this host has no regexes');
    },
    usedMemory: () => 0,
    collectGarbage: () => {},
    warn: () => {},
    net: () => null,
    loadLibrary: () => null,
    builtinClass: () => null,
    argv: [],
  };
  return { host, printed: () => Buffer.concat(pieces).toString() };
}
