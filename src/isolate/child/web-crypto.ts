/**
 * WebCrypto for the guests of a child process. Keys stay here, in a table of each guest's; what crosses is their numbers
 * and what may be known of them. What is asked for is a guest's and hostile.
 */
import { getRandomValues, subtle } from 'node:crypto';
import { CRYPTO_METHODS } from '../wire/bridge.ts';
import { MAX_CRYPTO } from '../wire/limits.ts';
import { excessOf } from './crypto-limits.ts';
import { Turns } from './turns.ts';

/** Most keys of one guest; a guest that needs more is refused. */
const MAX_KEYS = 1_024;
/** Of a guest's operations that are under way so many are done at once: others' need a thread too. */
const MAX_AT_ONCE = 2;
/** Most bytes of one operation's data. */
const MAX_DATA = 16_777_216;
/** Most rounds of PBKDF2, so that one call can't hold a thread for minutes. */
const MAX_ITERATIONS = 1_000_000;
/** Longest key of RSA that is made: longer ones take a thread some ten seconds, and nothing can stop that. */
const MAX_MODULUS = 4_096;

const KEY = 'caspian:key';

const METHODS: ReadonlySet<string> = new Set(CRYPTO_METHODS);

export function randomBytes(count: unknown): Uint8Array {
  const size = typeof count === 'number' && count >= 0 && count <= 65_536 ? count : 0;
  return getRandomValues(new Uint8Array(size));
}

type Key = Awaited<ReturnType<typeof subtle.importKey>>;

export class GuestCrypto {
  readonly #keys = new Map<number, Key>();
  readonly #turns = new Turns(MAX_AT_ONCE);
  #next = 1;
  #pending = 0;

  get busy(): boolean {
    return this.#pending > 0;
  }

  /** Milliseconds of operations since this was last asked. */
  spentMs(): number {
    return this.#turns.spentMs();
  }

  /** Does what is asked for. Rejects with an error whose name and message may be told. */
  async perform(method: unknown, args: unknown): Promise<unknown> {
    if (typeof method !== 'string' || !METHODS.has(method) || !Array.isArray(args))
      throw new TypeError('no such method');
    if (this.#pending >= MAX_CRYPTO) throw named('QuotaExceededError', `more than ${MAX_CRYPTO} operations at once`);
    const excess = excessOf(method, args);
    if (excess !== null) throw named('QuotaExceededError', excess);
    this.#pending += 1;
    try {
      const call: unknown = Reflect.get(subtle, method);
      if (typeof call !== 'function') throw named('NotSupportedError', `${method} is not supported`);
      const inward = args.map((argument) => this.#inward(argument, 0));
      return this.#outward(await this.#turns.take(async () => await Reflect.apply(call, subtle, inward)));
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error('the operation failed');
      throw named(error.name, error.message);
    } finally {
      this.#pending -= 1;
    }
  }

  /** Plain values, with keys in place of their numbers. */
  #inward(value: unknown, depth: number): unknown {
    if (value instanceof Uint8Array) {
      if (value.length > MAX_DATA) throw named('QuotaExceededError', `more than ${MAX_DATA} bytes`);
      return value;
    }
    if (Array.isArray(value)) return value.map(String);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > 4) throw new TypeError('the algorithm is nested too deeply');
    const number: unknown = Object.hasOwn(value, KEY) ? Reflect.get(value, KEY) : undefined;
    if (typeof number === 'number') return this.#key(number);
    const copy: { [key: string]: unknown } = Object.create(null);
    for (const [name, item] of Object.entries(value)) copy[name] = bounded(name, this.#inward(item, depth + 1));
    return copy;
  }

  #key(number: number): Key {
    const key = this.#keys.get(number);
    if (key === undefined) throw new TypeError('there is no such key');
    return key;
  }

  #outward(result: unknown): unknown {
    if (result instanceof ArrayBuffer) return new Uint8Array(result);
    if (typeof result !== 'object' || result === null) return result;
    if (isKey(result)) return this.#keep(result);
    if (!('publicKey' in result && 'privateKey' in result)) return result;
    return { publicKey: this.#outward(result.publicKey), privateKey: this.#outward(result.privateKey) };
  }

  #keep(key: Key): object {
    if (this.#keys.size >= MAX_KEYS) throw named('QuotaExceededError', `more than ${MAX_KEYS} keys`);
    const number = this.#next++;
    this.#keys.set(number, key);
    const { type, extractable, algorithm, usages } = key;
    return { [KEY]: { key: number, type, extractable, algorithm: plain(algorithm), usages: [...usages] } };
  }
}

function isKey(value: object): value is Key {
  return 'algorithm' in value && 'usages' in value && 'extractable' in value;
}

function plain(algorithm: object): object {
  return Object.fromEntries(
    Object.entries(algorithm).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null && !(value instanceof Uint8Array) ? plain(value) : value,
    ]),
  );
}

function bounded(name: string, value: unknown): unknown {
  if (name === 'iterations' && Number(value) > MAX_ITERATIONS) {
    throw named('QuotaExceededError', `more than ${MAX_ITERATIONS} iterations`);
  }
  if (name === 'modulusLength' && Number(value) > MAX_MODULUS) {
    throw named('QuotaExceededError', `a modulus of more than ${MAX_MODULUS} bits`);
  }
  return value;
}

function named(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  error.stack = '';
  return error;
}
