/** Headers (Fetch §5.1), which also read as an object: `headers.get('a')` and `headers['a']`. Powerless. */
import { domString, illegal, iterable } from './interface.ts';

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[^\0\r\n]*$/;

export type HeadersInit = Headers | Iterable<readonly [string, string]> | { readonly [name: string]: string };

function cleanName(name: unknown): string {
  const text = domString(name);
  if (!NAME.test(text)) throw new TypeError(`${JSON.stringify(text.slice(0, 80))} is no name of a header`);
  return text.toLowerCase();
}

function cleanValue(value: unknown): string {
  const text = domString(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (!VALUE.test(text) || /[^\0-\xff]/.test(text)) throw new TypeError('this can not be the value of a header');
  return text;
}

const lists = new WeakMap<object, [string, string][]>();
const frozen = new WeakSet<object>();

function listOf(headers: object): [string, string][] {
  const found = lists.get(headers);
  if (found === undefined) throw illegal();
  return found;
}

function writable(headers: object): [string, string][] {
  const list = listOf(headers);
  if (frozen.has(list)) throw new TypeError('these headers can not be changed');
  return list;
}

/** As those of a response that came from the network. */
export function freezeHeaders(headers: Headers): void {
  frozen.add(listOf(headers));
}

export class Headers {
  declare readonly [Symbol.iterator]: () => IterableIterator<[string, string]>;
  declare readonly keys: () => IterableIterator<string>;

  constructor(init: HeadersInit | undefined = undefined) {
    const list: [string, string][] = [];
    lists.set(this, list);
    // What is asked of it by a name that is no method's is the header of that name.
    const self = new Proxy(this, READ_AS_OBJECT);
    lists.set(self, list);
    if (init !== undefined) fill(list, init);
    // biome-ignore lint/correctness/noConstructorReturn: the object that reads as one is the instance.
    return self;
  }

  append(name: string, value: string): void {
    add(writable(this), name, value);
  }

  delete(name: string): void {
    const list = writable(this);
    const wanted = cleanName(name);
    list.splice(0, list.length, ...list.filter(([known]) => known !== wanted));
  }

  get(name: string): string | null {
    const wanted = cleanName(name);
    const values = listOf(this).filter(([known]) => known === wanted);
    return values.length === 0 ? null : values.map(([, value]) => value).join(', ');
  }

  getSetCookie(): string[] {
    return listOf(this)
      .filter(([name]) => name === 'set-cookie')
      .map(([, value]) => value);
  }

  has(name: string): boolean {
    const wanted = cleanName(name);
    return listOf(this).some(([known]) => known === wanted);
  }

  set(name: string, value: string): void {
    const list = writable(this);
    const [wanted, text] = [cleanName(name), cleanValue(value)];
    const first = list.find(([known]) => known === wanted);
    if (first === undefined) list.push([wanted, text]);
    else {
      first[1] = text;
      list.splice(0, list.length, ...list.filter((pair) => pair === first || pair[0] !== wanted));
    }
  }
}
iterable(Headers, 'Headers', (headers) => {
  const list = listOf(headers);
  const names = [...new Set(list.map(([name]) => name))].sort();
  return names.flatMap((name): [string, string][] => {
    if (name === 'set-cookie') return headers.getSetCookie().map((value) => [name, value]);
    return [[name, headers.get(name) ?? '']];
  });
});

function add(list: [string, string][], name: unknown, value: unknown): void {
  list.push([cleanName(name), cleanValue(value)]);
}

function fill(list: [string, string][], init: HeadersInit): void {
  if (!isObject(init)) throw new TypeError('headers must be an object or a list of pairs');
  const iterate: unknown = Reflect.get(init, Symbol.iterator);
  if (iterate === undefined || iterate === null) {
    for (const name of Reflect.ownKeys(init)) {
      if (Reflect.getOwnPropertyDescriptor(init, name)?.enumerable) {
        add(list, name, Reflect.get(init, name));
      }
    }
    return;
  }
  // What can't be iterated throws TypeError here.
  for (const pair of init as Iterable<unknown>) {
    const [name, value, ...rest] = isObject(pair) ? [...(pair as Iterable<string>)] : [];
    if (name === undefined || value === undefined || rest.length > 0)
      throw new TypeError('a pair has a name and a value');
    add(list, name, value);
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

const READ_AS_OBJECT: ProxyHandler<Headers> = Object.freeze({
  get(target, key, receiver) {
    if (typeof key !== 'string' || key in target) return Reflect.get(target, key, receiver);
    return NAME.test(key) ? (target.get(key) ?? undefined) : undefined;
  },
  ownKeys: (target) => [...new Set([...target.keys(), ...Reflect.ownKeys(target)])],
  getOwnPropertyDescriptor(target, key) {
    const value = typeof key === 'string' && NAME.test(key) ? target.get(key) : null;
    if (value === null) return Reflect.getOwnPropertyDescriptor(target, key);
    return { value, enumerable: true, configurable: true, writable: true };
  },
} satisfies ProxyHandler<Headers>);
