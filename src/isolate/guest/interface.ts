/**
 * What Web IDL (§3.7) asks of an interface, for classes that are written plainly: attributes are accessors of the
 * prototype, members are enumerable, a call with too few arguments throws. Powerless.
 */

interface Interface {
  readonly prototype: object;
  [Symbol.hasInstance](value: unknown): boolean;
}

interface Values {
  [name: string]: unknown;
}

const values = new WeakMap<object, Values>();

/** Sets what the attributes of an object say. */
export function hold(object: object, more: { readonly [name: string]: unknown }): void {
  values.set(object, Object.assign(values.get(object) ?? Object.create(null), more));
}

/** What they say. Throws TypeError for an object that has no such attribute. */
export function held(object: object, name: string): unknown {
  const found = values.get(object);
  if (found === undefined || !(name in found)) throw illegal();
  return found[name];
}

export function illegal(): TypeError {
  return new TypeError('Illegal invocation');
}

/** Gives a class attributes that say what `hold` was told last. */
export function attributes(Class: Interface, ...names: readonly string[]): void {
  for (const name of names) {
    Object.defineProperty(Class.prototype, name, {
      get(this: object) {
        // Two classes may have an attribute of one name.
        if (!(this instanceof Class)) throw illegal();
        return held(this, name);
      },
      configurable: true,
    });
  }
}

/** Gives a class constants: on it, and on what is made of it. */
export function constants(Class: Interface, numbers: { readonly [name: string]: number }): void {
  for (const place of [Class, Class.prototype]) {
    for (const [name, value] of Object.entries(numbers))
      Object.defineProperty(place, name, { value, enumerable: true });
  }
}

/** Web IDL §3.2.9: as `String`, but that a symbol is no text. */
export function domString(value: unknown): string {
  return `${value}`;
}

/** Options that nobody gave. Nothing set on Object.prototype is taken for one of them. */
export const NONE: { readonly [name: string]: never } = Object.freeze(Object.create(null));

/** Web IDL §3.2.17: nothing stands for an empty dictionary; what is no object can't be one. */
export function dictionary<T extends object>(value: T | null | undefined): T | { readonly [name: string]: undefined } {
  if (value === undefined || value === null) return NONE;
  if (typeof value !== 'object' && typeof value !== 'function') throw new TypeError('the options must be an object');
  return value;
}

const ITERATOR = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));

/** What an iterator over pairs gives of each. */
const GIVES: Readonly<Record<string, (pair: readonly [string, unknown]) => unknown>> = {
  entries: ([key, value]) => [key, value],
  keys: ([key]) => key,
  values: ([, value]) => value,
};

/**
 * Makes a class iterable over pairs (§3.7.10): entries, keys, values, forEach. `pairsOf` is asked at each step, so that
 * what is added meanwhile is met; it throws for what is no object of the class.
 */
export function iterable<T extends object>(
  Class: { readonly prototype: T },
  name: string,
  pairsOf: (object: T) => readonly (readonly [string, unknown])[],
): void {
  const states = new WeakMap<
    object,
    { readonly object: T; readonly give: (pair: readonly [string, unknown]) => unknown; at: number }
  >();
  const prototype: object = Object.create(ITERATOR, {
    [Symbol.toStringTag]: { value: `${name} Iterator`, configurable: true },
  });
  Object.assign(prototype, {
    next(this: object) {
      const state = states.get(this);
      if (state === undefined) throw illegal();
      const pair = pairsOf(state.object)[state.at++];
      return { value: pair && state.give(pair), done: pair === undefined };
    },
  });
  const members: { [name: string]: unknown } = {
    forEach(this: T, callback: (value: unknown, key: string, object: T) => void, self: unknown = undefined): void {
      pairsOf(this);
      if (typeof callback !== 'function') throw new TypeError('the callback must be a function');
      for (let at = 0, pair = pairsOf(this)[at]; pair !== undefined; pair = pairsOf(this)[++at]) {
        Reflect.apply(callback, self, [pair[1], pair[0], this]);
      }
    },
  };
  for (const [kind, give] of Object.entries(GIVES)) {
    const { [kind]: iterate } = {
      [kind](this: T): object {
        pairsOf(this);
        const iterator: object = Object.create(prototype);
        states.set(iterator, { object: this, give, at: 0 });
        return iterator;
      },
    };
    members[kind] = iterate;
  }
  for (const [key, value] of [...Object.entries(members), [Symbol.iterator, members['entries']] as const]) {
    Object.defineProperty(Class.prototype, key, { value, writable: true, configurable: true });
  }
}

/** The function as Web IDL has an operation: called with fewer arguments than it has parameters it throws TypeError. */
function operation(name: string, run: (...args: never[]) => unknown): unknown {
  const { length } = run;
  // Methods are no constructors; a function is one, and gets a method in its place.
  if (promisers.has(run) || (length === 0 && !('prototype' in run))) return run;
  // A method of an object, since such a function is no constructor.
  const { call } = {
    call(this: unknown, ...args: unknown[]): unknown {
      if (args.length < length) throw new TypeError(`${name} takes ${length} arguments: ${args.length} are given`);
      return Reflect.apply(run, this, args);
    },
  };
  Object.defineProperty(call, 'length', { value: length, configurable: true });
  return call;
}

/** Operations that give a promise reject where others throw, and so look at their arguments themselves. */
const promisers = new WeakSet<object>();

/** Gives a class such an operation, which takes so many arguments at least. */
export function promising(Class: Interface, name: string, value: unknown, least: number): void {
  if (typeof value !== 'function') return;
  Object.defineProperty(value, 'length', { value: least, configurable: true });
  promisers.add(value);
  Object.defineProperty(Class.prototype, name, { value, writable: true, configurable: true });
}

function nameIt(value: unknown, name: string): void {
  if (typeof value === 'function') Object.defineProperty(value, 'name', { value: name, configurable: true });
}

/** A global function by its name. */
export function exposeFunction(run: (...args: never[]) => unknown, name: string): unknown {
  const call = operation(name, run);
  nameIt(call, name);
  return call;
}

const prototypes = new WeakSet<object>();

/** Whether it was made by an interface that has been exposed, or stands for one's prototype. */
export function isPlatformObject(object: object): boolean {
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at)) if (prototypes.has(at)) return true;
  return false;
}

/** The build makes names short: this is what the web calls it, also in `Object.prototype.toString`. */
export function exposeName(Class: Interface, name: string): void {
  nameIt(Class, name);
  prototypes.add(Class.prototype);
  if (Object.hasOwn(Class.prototype, Symbol.toStringTag)) return;
  Object.defineProperty(Class.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** A class of ours as an interface. */
export function exposeInterface(Class: Interface, name: string): void {
  exposeName(Class, name);
  for (const [place, kept] of [
    [Class, ['length', 'name']],
    [Class.prototype, ['constructor']],
  ] as const) {
    for (const [key, own] of Object.entries(Object.getOwnPropertyDescriptors(place))) {
      if (kept.some((one) => one === key) || own.configurable !== true) continue;
      if (typeof own.value === 'function') own.value = operation(`${name}.${key}`, own.value);
      nameIt(own.value, key);
      nameIt(own.get, `get ${key}`);
      nameIt(own.set, `set ${key}`);
      Object.defineProperty(place, key, { ...own, enumerable: true });
    }
  }
}
