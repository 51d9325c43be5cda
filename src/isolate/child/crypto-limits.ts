/**
 * How much of WebCrypto one call may be. Of a child process, pure. What is asked for is a guest's: it may be a call that
 * no thread ends in hours, and that nothing can stop.
 */

/** Most bits of a key or of what is derived. */
const MAX_BITS = 65_536;
/** Most rounds of PBKDF2, over all blocks of what is derived. */
const MAX_ROUNDS = 4_000_000;
/** Of the smallest hash, so that no hash takes more rounds than are counted. */
const BLOCK_BITS = 160;
/** What a key without a stated length takes. */
const USUAL_BITS = 512;

/** What a call asks too much of; null if it does not. SECURITY: test/attacks/isolate-crypto-length.test.ts. */
export function excessOf(method: string, args: readonly unknown[]): string | null {
  for (const argument of args) {
    if (Number(field(argument, 'length') ?? 0) > MAX_BITS) return `a length of more than ${MAX_BITS} bits`;
  }
  if (method !== 'deriveBits' && method !== 'deriveKey') return null;
  const [algorithm, , wanted] = args;
  const bits = Number(typeof wanted === 'number' ? wanted : (field(wanted, 'length') ?? USUAL_BITS));
  if (bits > MAX_BITS) return `a length of more than ${MAX_BITS} bits`;
  const rounds = Number(field(algorithm, 'iterations') ?? 0) * Math.ceil(bits / BLOCK_BITS);
  return rounds > MAX_ROUNDS ? `more than ${MAX_ROUNDS} rounds over all that is derived` : null;
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value)
    ? Reflect.get(value, key)
    : undefined;
}
