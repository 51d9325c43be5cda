/**
 * How long a Map or a Set of these keys would take to make. Crosses, pure. The engine finds numbers and bigints by hashes
 * without a seed, of a bigint by its lowest 64 bits alone: whoever sends keys may choose them so that all fall into one
 * bucket, and 100,000 of them take a minute. SECURITY: so their collisions are counted before they are put in
 * (test/attacks/isolate-slow-values.test.ts). Texts have a seed, and objects a hash by chance.
 */

/** Fewer keys than this are not looked at: whatever they are, they take no time. */
export const FEW_KEYS = 32;
/** Most steps along a bucket over all Maps and Sets of a message: a few milliseconds. By chance there is one for each key. */
export const MAX_COLLISIONS = 2_000_000;

const LOW_64 = 0xffff_ffff_ffff_ffffn;
const float = new DataView(new ArrayBuffer(8));

/** Steps that it takes to find each key among those before it. */
export function collisionsOf(keys: Iterable<unknown>, count: number): number {
  if (count <= FEW_KEYS) return 0;
  const buckets = new Int32Array(2 ** Math.floor(Math.log2(count)));
  let steps = 0;
  for (const key of keys) {
    const hash = typeof key === 'number' ? hashOfNumber(key) : typeof key === 'bigint' ? hashOfBigInt(key) : null;
    if (hash === null) continue;
    const bucket = hash & (buckets.length - 1);
    const before = buckets[bucket] ?? 0;
    steps += before;
    buckets[bucket] = before + 1;
  }
  return steps;
}

/** V8's ComputeUnseededHash for what fits into 32 bits, ComputeLongHash for all other numbers. */
function hashOfNumber(key: number): number {
  if ((key | 0) !== key) {
    float.setFloat64(0, key);
    return longHash(float.getInt32(0), float.getInt32(4));
  }
  let hash = ~key + (key << 15);
  hash ^= hash >>> 12;
  hash = (hash + (hash << 2)) | 0;
  hash ^= hash >>> 4;
  hash = Math.imul(hash, 2_057);
  return hash ^ (hash >>> 16);
}

function hashOfBigInt(key: bigint): number {
  const low = (key < 0n ? -key : key) & LOW_64;
  return longHash(Number(low >> 32n), Number(low & 0xffff_ffffn));
}

/** Of 64 bits in two halves. */
function longHash(highHalf: number, lowHalf: number): number {
  let [high, low] = [highHalf | 0, lowHalf | 0];
  [high, low] = sum(~high, ~low, (high << 18) | (low >>> 14), low << 18);
  [high, low] = [high ^ (high >>> 31), low ^ ((high << 1) | (low >>> 31))];
  // Times 21: itself, four times itself, and sixteen times itself.
  const [byFive, byFiveLow] = sum(high, low, (high << 2) | (low >>> 30), low << 2);
  [high, low] = sum(byFive, byFiveLow, (high << 4) | (low >>> 28), low << 4);
  [high, low] = [high ^ (high >>> 11), low ^ ((high << 21) | (low >>> 11))];
  [high, low] = sum(high, low, (high << 6) | (low >>> 26), low << 6);
  return low ^ ((high << 10) | (low >>> 22));
}

function sum(high: number, low: number, otherHigh: number, otherLow: number): [number, number] {
  const lowest = (low + otherLow) | 0;
  const carry = lowest >>> 0 < low >>> 0 ? 1 : 0;
  return [(high + otherHigh + carry) | 0, lowest];
}
