/**
 * `crypto` (Web Cryptography). Powerless: random bytes come from a pool that the process around the guest fills, and
 * `subtle` is done there; a key stays there, and a CryptoKey in here is its number.
 */
import { CRYPTO_METHODS } from '../wire/bridge.ts';
import { MAX_CRYPTO } from '../wire/limits.ts';
import { askCrypto, randomBytes } from './bridge.ts';
import { DOMException } from './dom-exception.ts';
import { attributes, held, hold, illegal, promising } from './interface.ts';
import { expectAnswer } from './network.ts';

const POOL_BYTES = 4_096;
const MAX_RANDOM = 65_536;

let pool = new Uint8Array(0);

function take(count: number): Uint8Array {
  if (pool.length < count) pool = new Uint8Array(randomBytes(Math.max(POOL_BYTES, count)));
  const taken = pool.slice(0, count);
  // What has been given out is not kept.
  pool = pool.subarray(count);
  return taken;
}

const INTEGER_VIEWS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
] as const;

function getRandomValues<T extends ArrayBufferView>(array: T): T {
  if (!INTEGER_VIEWS.some((View) => array instanceof View)) {
    throw new DOMException('getRandomValues takes a typed array of integers', 'TypeMismatchError');
  }
  // Of a buffer that was moved away, too.
  if (array.byteLength === 0) return array;
  if (array.byteLength > MAX_RANDOM) throw new DOMException(`more than ${MAX_RANDOM} bytes`, 'QuotaExceededError');
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(take(array.byteLength));
  return array;
}

function randomUUID(): string {
  const bytes = take(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const secret = Symbol('only SubtleCrypto makes a key');
const DESCRIPTION = ['type', 'extractable', 'algorithm', 'usages'] as const;
const numbers = new WeakMap<CryptoKey, number>();

export class CryptoKey {
  constructor(...[key, described]: readonly unknown[]) {
    if (key !== secret) throw illegal();
    const { type, extractable, algorithm, usages, key: number } = Object(described);
    hold(this, { type: String(type), extractable: extractable === true, algorithm, usages });
    numbers.set(this, Number(number));
  }
}
attributes(CryptoKey, ...DESCRIPTION);

/** A key that is another object, for structuredClone. */
export function cloneKey(key: CryptoKey): CryptoKey {
  const described = Object.fromEntries(DESCRIPTION.map((name) => [name, held(key, name)]));
  return new CryptoKey(secret, { ...described, key: numbers.get(key) });
}

/** What the dictionaries of the standard have: those of algorithms, and JsonWebKey's. Inherited members count too. */
const MEMBERS = (
  'name hash iv additionalData tagLength label salt saltLength iterations info length counter namedCurve public ' +
  'modulusLength publicExponent context kty use key_ops alg ext crv x y d n e p q dp dq qi oth k r t'
).split(' ');

/** The marks that stand for keys on the way out and back. */
const KEY = 'caspian:key';

function outward(value: unknown, depth = 0): unknown {
  if (value instanceof CryptoKey) return { [KEY]: numbers.get(value) };
  if (value instanceof ArrayBuffer) return value.detached ? new Uint8Array(0) : new Uint8Array(value.slice(0));
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === 0) return new Uint8Array(0);
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  if (Array.isArray(value)) return value.map((item) => outward(item, depth + 1));
  if (typeof value !== 'object' || value === null || depth > 4) return value;
  const said = MEMBERS.map((name): [string, unknown] => [name, Reflect.get(value, name)]);
  return Object.fromEntries(
    said.filter(([, item]) => item !== undefined).map(([name, item]) => [name, outward(item, depth + 1)]),
  );
}

function inward(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.slice().buffer;
  if (typeof value !== 'object' || value === null || value instanceof ArrayBuffer) return value;
  const marked: unknown = Reflect.get(value, KEY);
  if (typeof marked === 'object' && marked !== null) return new CryptoKey(secret, { ...marked });
  if (Object.hasOwn(value, 'privateKey') && Object.hasOwn(value, 'publicKey')) {
    return { publicKey: inward(Reflect.get(value, 'publicKey')), privateKey: inward(Reflect.get(value, 'privateKey')) };
  }
  return value;
}

/** Operations that the process outside has been asked for; the others wait here. */
let busy = 0;
const turns: (() => void)[] = [];

async function ask(method: string, args: readonly unknown[]): Promise<unknown> {
  // What is given is taken now: a guest may change its bytes while it waits for its turn.
  const given = args.map((argument) => outward(argument));
  if (busy < MAX_CRYPTO) busy += 1;
  else {
    const { promise, resolve } = Promise.withResolvers<void>();
    turns.push(resolve);
    await promise;
  }
  try {
    const { id, answer } = expectAnswer();
    askCrypto([id, method, given]);
    return inward(await answer);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name !== 'TypeError') throw new DOMException(thrown.message, thrown.name);
    throw thrown;
  } finally {
    const next = turns.shift();
    if (next === undefined) busy -= 1;
    else next();
  }
}

/** How many arguments each method takes at least. */
const LEAST: Readonly<Record<(typeof CRYPTO_METHODS)[number], number>> = {
  encrypt: 3,
  decrypt: 3,
  sign: 3,
  verify: 4,
  digest: 2,
  generateKey: 3,
  deriveKey: 5,
  deriveBits: 2,
  importKey: 5,
  exportKey: 2,
  wrapKey: 4,
  unwrapKey: 7,
};

export class SubtleCrypto {
  constructor(...[key]: readonly unknown[]) {
    if (key !== secret) throw illegal();
  }
}

for (const method of CRYPTO_METHODS) {
  const least = LEAST[method];
  const { [method]: call } = {
    // Its own check of its arguments: a promise that is rejected, where others throw.
    async [method](this: unknown, ...args: unknown[]): Promise<unknown> {
      if (!(this instanceof SubtleCrypto)) throw illegal();
      if (args.length < least) throw new TypeError(`${method} takes ${least} arguments: ${args.length} are given`);
      return await ask(method, args);
    },
  };
  promising(SubtleCrypto, method, call, least);
}

export class Crypto {
  constructor(...[key]: readonly unknown[]) {
    if (key !== secret) throw illegal();
    hold(this, { subtle: new SubtleCrypto(secret) });
  }

  getRandomValues<T extends ArrayBufferView>(array: T): T {
    held(this, 'subtle');
    return getRandomValues(array);
  }

  randomUUID(): string {
    held(this, 'subtle');
    return randomUUID();
  }
}
attributes(Crypto, 'subtle');

export const crypto = new Crypto(secret);
