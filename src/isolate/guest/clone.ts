/** structuredClone (HTML §2.7) within one guest. Powerless. */
import { Blob, copyBlob } from './blob.ts';
import { CryptoKey, cloneKey } from './crypto.ts';
import { DOMException } from './dom-exception.ts';
import { dictionary, isPlatformObject, NONE } from './interface.ts';

/** Errors that keep their class; all others become Error. */
const ERRORS: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** What has slots that nobody can copy. */
const UNCLONABLE =
  /^\[object (Promise|Weak(Map|Set|Ref)|Symbol|(Async)?Generator(Function)?|(Map|Set|Array|String) Iterator)\]$/;

function refuse(what: string): never {
  throw new DOMException(`${what} can not be cloned`, 'DataCloneError');
}

const classOf = (value: object): string => Object.prototype.toString.call(value);

class Cloner {
  /** What has been cloned or moved → what it has become. */
  readonly #done: Map<object, object>;

  constructor(moved: Iterable<readonly [object, object]>) {
    this.#done = new Map(moved);
  }

  clone(value: unknown): unknown {
    if (typeof value === 'symbol' || typeof value === 'function') refuse(`a ${typeof value}`);
    if (typeof value !== 'object' || value === null) return value;
    return this.#done.get(value) ?? this.#object(value);
  }

  #keep<T extends object>(value: object, copy: T): T {
    this.#done.set(value, copy);
    return copy;
  }

  #object(value: object): object {
    if (Array.isArray(value)) {
      const copy: unknown[] = [];
      copy.length = value.length;
      return this.#members(value, this.#keep(value, copy));
    }
    if (value instanceof ArrayBuffer) return this.#keep(value, this.#buffer(value));
    if (ArrayBuffer.isView(value)) return this.#keep(value, this.#view(value));
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#set(value);
    if (value instanceof Date) return this.#keep(value, new Date(Date.prototype.getTime.call(value)));
    if (value instanceof RegExp) return this.#keep(value, new RegExp(value.source, value.flags));
    if (isBoxed(value)) return this.#keep(value, Object(value.valueOf()));
    if (value instanceof Blob) return this.#keep(value, copyBlob(value));
    if (value instanceof CryptoKey) return this.#keep(value, cloneKey(value));
    if (value instanceof DOMException) return this.#domException(value);
    if (value instanceof Error) return this.#error(value);
    if (isPlatformObject(value)) refuse(`a ${value.constructor.name}`);
    if (UNCLONABLE.test(classOf(value))) refuse(`a ${classOf(value).slice(8, -1)}`);
    return this.#members(value, this.#keep(value, {}));
  }

  #members(value: object, copy: object): object {
    for (const key of Object.keys(value)) {
      // A getter before may have taken it away.
      if (!Object.hasOwn(value, key)) continue;
      const item = this.clone(Reflect.get(value, key));
      Object.defineProperty(copy, key, { value: item, writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }

  #buffer(value: ArrayBuffer): ArrayBuffer {
    if (value.detached) refuse('a detached ArrayBuffer');
    if (!value.resizable) return value.slice(0);
    const copy = new ArrayBuffer(value.byteLength, { maxByteLength: value.maxByteLength });
    new Uint8Array(copy).set(new Uint8Array(value));
    return copy;
  }

  #view(value: ArrayBufferView): ArrayBufferView {
    const buffer: unknown = this.clone(value.buffer);
    if (!(buffer instanceof ArrayBuffer)) return refuse('a view of this');
    return viewOf(value, buffer);
  }

  #map(value: Map<unknown, unknown>): object {
    const copy = this.#keep(value, new Map<unknown, unknown>());
    for (const [key, item] of [...value]) copy.set(this.clone(key), this.clone(item));
    return copy;
  }

  #set(value: Set<unknown>): object {
    const copy = this.#keep(value, new Set<unknown>());
    for (const item of [...value]) copy.add(this.clone(item));
    return copy;
  }

  #domException(value: DOMException): object {
    const copy = this.#keep(value, new DOMException(value.message, value.name));
    Object.defineProperty(copy, 'stack', { value: value.stack, writable: true, configurable: true });
    return copy;
  }

  #error(value: Error): object {
    const Class = ERRORS[String(value.name)] ?? Error;
    const copy = this.#keep(value, new Class());
    for (const key of ['message', 'stack', 'cause']) {
      const own = Object.getOwnPropertyDescriptor(value, key);
      if (own === undefined) Reflect.deleteProperty(copy, key);
      else {
        const said: unknown = Reflect.get(value, key);
        const item = key === 'cause' ? this.clone(said) : String(said);
        Object.defineProperty(copy, key, { value: item, writable: true, configurable: true });
      }
    }
    return copy;
  }
}

function isBoxed(value: object): boolean {
  return value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt;
}

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array);
const { get: nameOfView } = Object.getOwnPropertyDescriptor(TYPED_ARRAY.prototype, Symbol.toStringTag) ?? {};

/** Class → the constructor that was there before any code of the guest's. */
const VIEWS: ReadonlyMap<unknown, unknown> = new Map(
  Object.getOwnPropertyNames(globalThis)
    .map((name): [string, unknown] => [name, Reflect.get(globalThis, name)])
    .filter(([, value]) => typeof value === 'function' && Object.getPrototypeOf(value) === TYPED_ARRAY),
);

/** By its slot: a guest may have given it another prototype. */
function viewOf(value: ArrayBufferView, buffer: ArrayBuffer): ArrayBufferView {
  if (value instanceof DataView) return new DataView(buffer, value.byteOffset, value.byteLength);
  const Class = VIEWS.get(nameOfView?.call(value));
  const made: unknown =
    typeof Class === 'function' && 'length' in value
      ? Reflect.construct(Class, [buffer, value.byteOffset, value.length])
      : null;
  return ArrayBuffer.isView(made) ? made : refuse('this kind of typed array');
}

/** An object that can be moved: what it becomes, and how that comes to be it. */
export interface Mover {
  readonly successor: object;
  readonly move: () => void;
}

/** Kinds of objects that can be moved, beside buffers: ports.ts adds its own. */
let moverOf: (object: object) => Mover | null = () => null;

export function setMoverOf(given: (object: object) => Mover | null): void {
  moverOf = given;
}

/** A copy, and what the objects that were moved have become. All or nothing. */
export function cloneMoving(
  value: unknown,
  transfer: Iterable<object>,
): { readonly copy: unknown; readonly moved: readonly object[] } {
  const list = [...transfer];
  if (new Set(list).size < list.length) refuse('what is to be moved twice');
  const buffers = list.filter((item) => item instanceof ArrayBuffer);
  const movers = new Map<object, Mover>();
  for (const item of list) {
    if (!(item instanceof ArrayBuffer)) movers.set(item, moverOf(item) ?? refuse('what can not be moved'));
  }
  const copy = new Cloner([...movers].map(([item, { successor }]) => [item, successor])).clone(value);
  if (buffers.some((buffer) => buffer.detached)) refuse('a detached ArrayBuffer');
  for (const buffer of buffers) buffer.transfer();
  for (const { move } of movers.values()) move();
  return { copy, moved: [...movers.values()].map(({ successor }) => successor) };
}

export function structuredClone(value: unknown, options: { readonly transfer?: Iterable<object> } = NONE): unknown {
  return cloneMoving(value, dictionary(options).transfer ?? []).copy;
}
