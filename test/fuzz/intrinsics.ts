/** Everything that a thread's programs share: globals, and all that can be reached from them. A script may change none. */

interface Entry {
  readonly path: string;
  readonly holder: object;
  readonly prototype: object | null;
  readonly frozen: boolean;
  readonly properties: readonly (readonly [PropertyKey, PropertyDescriptor])[];
}

/** Node makes these when they are first asked for: asking for them would change them. */
const LAZY: ReadonlySet<PropertyKey> = new Set(['process', 'global', 'globalThis', 'self']);

export class Intrinsics {
  readonly #entries: Entry[] = [];
  readonly #seen = new Set<object>();

  constructor() {
    this.#walk(globalThis, 'globalThis');
    const hidden = [
      function* () {},
      async () => {},
      async function* () {},
      new Map().entries(),
      [].values(),
      ''.matchAll(/x/g),
    ];
    for (const [at, value] of hidden.entries()) this.#walk(Object.getPrototypeOf(value), `intrinsic ${at}`);
  }

  /** The first thing that is not as it was, in words; null if all is. */
  changed(): string | null {
    for (const { path, holder, prototype, frozen, properties } of this.#entries) {
      if (Object.getPrototypeOf(holder) !== prototype) return `the prototype of ${path}`;
      if (Object.isFrozen(holder) !== frozen) return `whether ${path} is frozen`;
      const keys = Reflect.ownKeys(holder);
      if (keys.length !== properties.length) return `the properties of ${path}`;
      for (const [key, before] of properties) {
        const now = Object.getOwnPropertyDescriptor(holder, key);
        if (now === undefined || !same(now, before)) return `${path}.${String(key)}`;
      }
    }
    return null;
  }

  #walk(value: unknown, path: string): void {
    if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return;
    if (this.#seen.has(value) || ArrayBuffer.isView(value) || value instanceof SharedArrayBuffer) return;
    this.#seen.add(value);
    const keys = Reflect.ownKeys(value).filter((key) => !(value === globalThis && LAZY.has(key)));
    const read = keys.flatMap((key) => {
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      return descriptor === undefined ? [] : [[key, descriptor] as const];
    });
    const all = Reflect.ownKeys(value).map((key) => read.find(([known]) => known === key) ?? ([key, ANY] as const));
    const prototype: object | null = Object.getPrototypeOf(value);
    this.#entries.push({ path, holder: value, prototype, frozen: Object.isFrozen(value), properties: all });
    for (const [key, descriptor] of read) {
      for (const part of [descriptor.value, descriptor.get, descriptor.set]) this.#walk(part, `${path}.${String(key)}`);
    }
    if (prototype !== null) this.#walk(prototype, `${path}.__proto__`);
  }
}

const ANY: PropertyDescriptor = {};

function same(now: PropertyDescriptor, before: PropertyDescriptor): boolean {
  if (before === ANY) return true;
  return (
    Object.is(now.value, before.value) &&
    now.get === before.get &&
    now.set === before.set &&
    now.writable === before.writable
  );
}
