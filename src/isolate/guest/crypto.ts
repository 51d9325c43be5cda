/**
 * `crypto` (Web Cryptography). Powerless: random bytes come from a pool that the process around the guest fills, and
 * `subtle` is done there; a key stays there, and a CryptoKey in here is its number.
 */
import { CRYPTO_METHODS } from '../wire/bridge.ts';
import { askCrypto, randomBytes } from './bridge.ts';
import { DOMException } from './dom-exception.ts';
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
const numbers = new WeakMap<CryptoKey, number>();

export class CryptoKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: object;
  readonly usages: readonly string[];

  constructor(key?: unknown, described?: { readonly [key: string]: unknown }) {
    if (key !== secret || described === undefined) throw new TypeError('Illegal constructor');
    this.type = String(described['type']);
    this.extractable = described['extractable'] === true;
    this.algorithm = Object.freeze(Object(described['algorithm']));
    this.usages = Object.freeze(Array.isArray(described['usages']) ? described['usages'].map(String) : []);
    numbers.set(this, Number(described['key']));
  }

  get [Symbol.toStringTag](): string {
    return 'CryptoKey';
  }
}

/** The marks that stand for keys on the way out and back. */
const KEY = 'caspian:key';

function outward(value: unknown, depth = 0): unknown {
  if (value instanceof CryptoKey) return { [KEY]: numbers.get(value) };
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (Array.isArray(value)) return value.map((item) => outward(item, depth + 1));
  if (typeof value !== 'object' || value === null || depth > 4) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, outward(item, depth + 1)]));
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

async function ask(method: string, args: readonly unknown[]): Promise<unknown> {
  const { id, answer } = expectAnswer();
  askCrypto([id, method, args.map((argument) => outward(argument))]);
  try {
    return inward(await answer);
  } catch (thrown) {
    if (thrown instanceof Error && thrown.name !== 'TypeError') throw new DOMException(thrown.message, thrown.name);
    throw thrown;
  }
}

export class SubtleCrypto {
  constructor(key?: unknown) {
    if (key !== secret) throw new TypeError('Illegal constructor');
  }

  get [Symbol.toStringTag](): string {
    return 'SubtleCrypto';
  }
}

for (const method of CRYPTO_METHODS) {
  const call = { [method]: (...args: unknown[]) => ask(method, args) }[method];
  Object.defineProperty(SubtleCrypto.prototype, method, {
    value: call,
    writable: true,
    configurable: true,
    enumerable: true,
  });
}

export class Crypto {
  readonly subtle: SubtleCrypto = new SubtleCrypto(secret);

  constructor(key?: unknown) {
    if (key !== secret) throw new TypeError('Illegal constructor');
  }

  getRandomValues<T extends ArrayBufferView>(array: T): T {
    return getRandomValues(array);
  }

  randomUUID(): string {
    return randomUUID();
  }

  get [Symbol.toStringTag](): string {
    return 'Crypto';
  }
}

export const crypto = new Crypto(secret);
