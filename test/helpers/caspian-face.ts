/**
 * Caspian's surface as an object of JavaScript, so that one contract runs over it too: a script reads calls from its
 * standard input, makes each on the very objects and methods that scripts have, and prints what came of it.
 */
import { PassThrough, Writable } from 'node:stream';
import type { ClassValue } from '../../src/caspian/native.ts';
import { Engine } from '../../src/engine/engine.ts';
import { fromRecord } from '../../src/errors/record.ts';
import type { Net } from '../../src/net/net.ts';
import { standardLibrary } from '../../src/stdlib/classes/net.ts';
import { Asker } from '../../src/stdlib/classes/options.ts';
import { snakeCase } from './spec-parts.ts';

/** The classes whose objects a call may give. */
const CLASSES = [
  'puck.uno/net',
  'puck.uno/socket/tcp',
  'puck.uno/socket/ssl',
  'puck.uno/socket/udp',
  'puck.uno/socket/tcp_listener',
];

const library = standardLibrary(null, new Asker());
const METHODS: ReadonlySet<string> = new Set(
  CLASSES.flatMap((url) => {
    const found: ClassValue | null = library.builtinClass(url);
    return [...(found?.methods.keys() ?? [])];
  }),
);

/** How the script makes a call of one method. */
function caller(name: string): string {
  if (name.endsWith('=')) return `$o.${name.slice(0, -1)} = $a[0]`;
  if (name === 'lines') return '$all = []\n$o.lines(**$k) do($line) $all.push($line) end\n$all';
  return `$o.${name}(*$a, **$k)`;
}

const FIELDS = ['message', 'hint', 'host', 'port', 'operation', 'phase', 'reason'];
const RENAMED = ['retry_after', 'system_code', 'received', 'status'];

const SCRIPT = `
$calls = {}
${[...METHODS].map((name) => `$calls['${name}'] = closure($o, $a, $k)\n${caller(name)}\nend`).join('\n')}
$objects = [%net]
$place = closure($object)
  $at = 0
  while $at < $objects.length and not $objects[$at].object.same?($object)
    $at += 1
  end
  $objects.push($object) if $at == $objects.length
  $at
end
$pack = null
$pack = closure($value)
  if $value.object.isa?('bytes')
    {bytes: $value.text('latin1')}
  elsif $value.object.isa?('array')
    {list: $value.map { |item| $pack.call(item) }}
  elsif $value.object.isa?('hash')
    $copy = {}
    $value.each do($key, $item)
      $copy[$key] = $pack.call($item)
    end
    {hash: $copy}
  elsif [${CLASSES.map((url) => `'${url}'`).join(', ')}].any? { |url| $value.object.isa?(url) }
    {object: $place.call($value)}
  else
    {plain: $value}
  end
end
$unpack = null
$unpack = closure($packed)
  if $packed.has_key?('bytes')
    $packed['bytes'].encode('latin1')
  elsif $packed.has_key?('list')
    $packed['list'].map { |item| $unpack.call(item) }
  elsif $packed.has_key?('hash')
    $copy = {}
    $packed['hash'].each do($key, $item)
      $copy[$key] = $unpack.call($item)
    end
    $copy
  elsif $packed.has_key?('object')
    $objects[$packed['object']]
  else
    $packed['plain']
  end
end
while $line = %stdin.read_line
  $asked = %utils.json.parse($line)
  $given = null
  $error = catch
    $call = $calls[$asked['method']]
    $args = $unpack.call({list: $asked['args']})
    $named = $unpack.call({hash: $asked['named']})
    $given = $pack.call($call.call($objects[$asked['on']], $args, $named))
  end
  if $error
    $shown = {type: $error.class, retryable: $error.retryable?}
    ${FIELDS.map((name) => `$shown['${name}'] = $error.${name}`).join('\n    ')}
    ${RENAMED.map((name) => `$shown['${name.replaceAll(/_(\w)/g, (_all, letter: string) => letter.toUpperCase())}'] = $error.${name}`).join('\n    ')}
    puts %utils.json.generate({error: $shown})
  else
    puts %utils.json.generate({given: $given})
  end
end
`;

type Packed = { readonly [kind: string]: unknown };

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** One script that makes the calls, one after another. */
class Session {
  readonly stdin = new PassThrough();
  readonly #waiting: Waiting[] = [];
  readonly #objects: object[] = [];
  readonly #places = new WeakMap<object, number>();
  #unread = '';

  readonly stdout = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.#unread += chunk.toString();
      const lines = this.#unread.split('\n');
      this.#unread = lines.pop() ?? '';
      for (const line of lines) this.#answer(line);
      done();
    },
  });

  /** The script is over: calls that wait are never answered. */
  end(why: unknown): void {
    for (const { reject } of this.#waiting.splice(0)) reject(why);
  }

  call(on: number, method: string, args: readonly unknown[]): Promise<unknown> {
    const last = args.at(-1);
    const named = isOptions(last) ? last : {};
    const positional = isOptions(last) ? args.slice(0, -1) : args;
    const asked = { on, method, args: positional.map((each) => this.#pack(each)), named: this.#options(named) };
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.stdin.write(`${JSON.stringify(asked)}\n`);
    });
  }

  /** The object at a place, one and the same each time. */
  object(place: number): object {
    const known = this.#objects[place];
    if (known !== undefined) return known;
    const made = this.#remote(place);
    this.#objects[place] = made;
    this.#places.set(made, place);
    return made;
  }

  /** A member is a method when it is called, a property when it is awaited. */
  #remote(place: number): object {
    return new Proxy(Object.create(null), {
      get: (_target, name) => {
        if (typeof name === 'symbol' || name === 'then') return undefined;
        const method = [snakeCase(name), `${snakeCase(name)}?`].find((each) => METHODS.has(each));
        if (method === undefined) return undefined;
        const call = (...args: unknown[]): Promise<unknown> => this.call(place, method, args);
        return Object.assign(call, {
          // biome-ignore lint/suspicious/noThenProperty: `await socket.host` is how the contract reads a property
          then: (...then: Parameters<Promise<unknown>['then']>) => call().then(...then),
        });
      },
      set: (_target, name, value) => {
        this.call(place, `${snakeCase(String(name))}=`, [value]).catch(() => {});
        return true;
      },
    });
  }

  #answer(line: string): void {
    const { given, error } = JSON.parse(line);
    const waiting = this.#waiting.shift();
    if (error === undefined) waiting?.resolve(this.#unpack(given));
    else waiting?.reject(fromRecord({ retryAfter: null, ...error }));
  }

  #options(options: object): Packed {
    return Object.fromEntries(
      Object.entries(options)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]) => [snakeCase(key), this.#pack(value)]),
    );
  }

  #pack(value: unknown): Packed {
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') };
    if (Array.isArray(value)) return { list: value.map((each) => this.#pack(each)) };
    if (typeof value !== 'object' || value === null) return { plain: value ?? null };
    const place = this.#places.get(value);
    return place === undefined ? { hash: this.#options(value) } : { object: place };
  }

  #unpack(packed: Packed): unknown {
    const { bytes, list, hash, object, plain } = packed;
    if (typeof bytes === 'string') return new Uint8Array(Buffer.from(bytes, 'latin1'));
    if (Array.isArray(list)) return list.map((each) => this.#unpack(each));
    if (typeof object === 'number') return this.object(object);
    if (typeof hash !== 'object' || hash === null) return plain;
    return Object.fromEntries(Object.entries(hash).map(([key, value]) => [key, this.#unpack(value)]));
  }
}

function isOptions(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Runs `use` with an object that stands for a script's `%net`, and ends the script. */
export async function withCaspianNet(net: Net, use: (net: object) => Promise<unknown>): Promise<unknown> {
  const session = new Session();
  await using engine = new Engine({ net, stdin: session.stdin, stdout: session.stdout, stderr: session.stdout });
  const ran = engine.run({ source: SCRIPT, file: 'face.casp' });
  const over = ran.then((outcome) => {
    const why = outcome.ok ? 'the script has ended' : outcome.stderr;
    session.end(new Error(why));
    return why;
  });
  try {
    return await use(session.object(0));
  } finally {
    session.stdin.end();
    await over;
  }
}
