/** Headers (Fetch §5.1), which also read as an object: `headers.get('a')` and `headers['a']`. Powerless. */

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[^\0\r\n]*$/;

export type HeadersInit = Headers | Iterable<readonly [string, string]> | { readonly [name: string]: string };

function cleanName(name: unknown): string {
  const text = String(name);
  if (!NAME.test(text)) throw new TypeError(`${JSON.stringify(text.slice(0, 80))} is no name of a header`);
  return text.toLowerCase();
}

function cleanValue(value: unknown): string {
  const text = String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, '');
  if (!VALUE.test(text) || /[^\0-\xff]/.test(text)) throw new TypeError('this can not be the value of a header');
  return text;
}

const lists = new WeakMap<object, [string, string][]>();

function listOf(headers: object): [string, string][] {
  const found = lists.get(headers);
  if (found === undefined) throw new TypeError('Illegal invocation');
  return found;
}

export class Headers {
  constructor(init?: HeadersInit | null) {
    const list: [string, string][] = [];
    lists.set(this, list);
    // What is asked of it by a name that is no method's is the header of that name.
    const self = new Proxy(this, READ_AS_OBJECT);
    lists.set(self, list);
    if (init !== undefined && init !== null) fill(self, init);
    // biome-ignore lint/correctness/noConstructorReturn: the object that reads as one is the instance.
    return self;
  }

  append(name: string, value: string): void {
    listOf(this).push([cleanName(name), cleanValue(value)]);
  }

  delete(name: string): void {
    const list = listOf(this);
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
    const list = listOf(this);
    const [wanted, text] = [cleanName(name), cleanValue(value)];
    const first = list.find(([known]) => known === wanted);
    if (first === undefined) list.push([wanted, text]);
    else {
      first[1] = text;
      list.splice(0, list.length, ...list.filter((pair) => pair === first || pair[0] !== wanted));
    }
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void {
    for (const [name, value] of this) callback.call(self, value, name, this);
  }

  *entries(): Generator<[string, string]> {
    const list = listOf(this);
    for (const name of [...new Set(list.map(([known]) => known))].sort()) {
      if (name === 'set-cookie') for (const value of this.getSetCookie()) yield [name, value];
      else yield [name, this.get(name) ?? ''];
    }
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }

  get [Symbol.toStringTag](): string {
    return 'Headers';
  }
}

function fill(headers: Headers, init: HeadersInit): void {
  if (typeof init !== 'object') throw new TypeError('headers must be an object or a list of pairs');
  if (!(Symbol.iterator in init) || typeof init[Symbol.iterator] !== 'function') {
    for (const name of Object.keys(init)) headers.append(name, String(Reflect.get(init, name)));
    return;
  }
  for (const pair of init) {
    const [name, value, ...rest] = [...pair];
    if (name === undefined || value === undefined || rest.length > 0)
      throw new TypeError('a pair has a name and a value');
    headers.append(name, value);
  }
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
