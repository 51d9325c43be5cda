/**
 * The engine behind the isolates: isolated-vm, and all that is known of it in one file, so that it can be changed. Runs
 * in a child process; trusted as far as that process is. Never its synchronous calls: a busy isolate would stop us.
 */
import type ivm from 'isolated-vm';
import { Has } from '../wire/bridge.ts';

/** What a guest's glue calls. `data` is a private copy; what is returned is copied into the guest. */
export type Answer = (what: number, data: unknown) => unknown;

export interface GuestSettings {
  readonly net: boolean;
  readonly console: boolean;
}

/** Below this isolated-vm refuses; above, a heap is never so large. */
const LEAST_MEMORY_MB = 8;
const NO_LIMIT_MB = 1_048_576;

/** Before the source on its first line, so that positions in it stay right but for this many columns. */
const HEAD = '(async () => {';
const TAIL = '\n})';
/** What guest/parser.ts puts before a source that is one expression. */
const RETURN = ';return (';

type Library = typeof ivm;

export class Engine {
  readonly #library: Library;
  readonly #snapshot: ivm.ExternalCopy<ArrayBuffer>;

  constructor(library: Library, prelude: string) {
    this.#library = library;
    this.#snapshot = library.Isolate.createSnapshot([{ code: prelude, filename: 'caspian:prelude' }]);
  }

  /** An isolate with the prelude in it, that no guest has been put into yet. */
  async prepare(memoryMb: number, answer: Answer, onLost: (message: string) => void): Promise<Prepared> {
    const library = this.#library;
    const isolate = new library.Isolate({
      memoryLimit: memoryMb === 0 ? NO_LIMIT_MB : Math.max(LEAST_MEMORY_MB, memoryMb),
      snapshot: this.#snapshot,
      onCatastrophicError: onLost,
    });
    const context = await isolate.createContext();
    const enter = await context.evalClosure('return __caspian_start($0)', [bareReference(library, answer)], {
      result: { reference: true },
      filename: 'caspian:start',
    });
    return { library, isolate, context, enter };
  }
}

type EnterGuest = ivm.Reference<(...args: unknown[]) => void>;

export interface Prepared {
  readonly library: Library;
  readonly isolate: ivm.Isolate;
  readonly context: ivm.Context;
  readonly enter: EnterGuest;
}

export type ModuleSource = (
  specifier: string,
  referrer: string,
) => Promise<{ readonly name: string; readonly source: string }>;

/** One guest's isolate. */
export class EngineGuest {
  readonly #library: Library;
  readonly #isolate: ivm.Isolate;
  readonly #context: ivm.Context;
  readonly #enter: EnterGuest;
  #withValue: Promise<ivm.Reference<(source: string) => string>> | null = null;

  private constructor({ library, isolate, context, enter }: Prepared) {
    this.#library = library;
    this.#isolate = isolate;
    this.#context = context;
    this.#enter = enter;
  }

  /** Puts a guest into an isolate. What is handed to it from now on reaches it after that. */
  static start(prepared: Prepared, { net, console }: GuestSettings): EngineGuest {
    const has = (net ? Has.NET : 0) | (console ? Has.CONSOLE : 0);
    // Nobody waits for its end: what enters an isolate is taken in order.
    prepared.enter.applyIgnored(undefined, [undefined, has]);
    return new EngineGuest(prepared);
  }

  /** Hands the guest a batch; undefined: its timers are due. Rejects with what nobody in there caught. */
  async deliver(batch: Uint8Array | undefined): Promise<void> {
    await this.#enter.apply(undefined, [batch === undefined ? undefined : this.#copyInto(batch)]);
  }

  /** Compiles a source as the body of a function and starts it; what it comes to the guest says itself. */
  async run(id: number, source: string, file: string): Promise<void> {
    const script = await this.#isolate.compileScript(`${HEAD}${source}${TAIL}`, {
      filename: file,
      columnOffset: -HEAD.length - (source.startsWith(RETURN) ? RETURN.length : 0),
    });
    const body = await script.run(this.#context, { reference: true });
    script.release();
    await this.#enter.apply(undefined, [undefined, id, body.derefInto({ release: true })]);
  }

  /** As `run`, and the last statement is what it comes to. `parser`: the source of guest/parser.ts. */
  async evaluate(id: number, source: string, file: string, parser: string): Promise<void> {
    // What is wrong with the source is told by the engine, in its words and with its positions.
    const script = await this.#isolate.compileScript(`${HEAD}${source}${TAIL}`, {
      filename: file,
      columnOffset: -HEAD.length,
    });
    script.release();
    this.#withValue ??= this.#loadParser(parser);
    const returning = await (await this.#withValue).apply(undefined, [source]);
    await this.run(id, String(returning), file);
  }

  async #loadParser(parser: string): Promise<ivm.Reference<(source: string) => string>> {
    const context = await this.#isolate.createContext();
    await context.eval(parser, { filename: 'caspian:parser' });
    return await context.eval('globalThis.__caspian_with_value', { reference: true });
  }

  /** Compiles a module and what it imports, and starts it. */
  async runModule(id: number, source: string, file: string, load: ModuleSource): Promise<void> {
    const names = new Map<ivm.Module, string>();
    const loaded = new Map<string, ivm.Module>();
    const compile = async (name: string, text: string): Promise<ivm.Module> => {
      const known = loaded.get(name);
      if (known !== undefined) return known;
      const module = await this.#isolate.compileModule(text, { filename: name });
      const raced = loaded.get(name);
      if (raced !== undefined) return raced;
      loaded.set(name, module);
      names.set(module, name);
      return module;
    };
    const main = await compile(file, source);
    // The engine does not tell when a module that awaits is done; one that imports it is run then.
    const name = `caspian:done-${id}`;
    const entry = await this.#isolate.compileModule(
      `import ${JSON.stringify(file)}; globalThis[${JSON.stringify(name)}]();`,
      {
        filename: name,
      },
    );
    await entry.instantiate(this.#context, async (specifier, referrer) => {
      if (referrer === entry) return main;
      const found = await load(specifier, names.get(referrer) ?? file);
      return await compile(found.name, found.source);
    });
    const body = await this.#context.eval(whenCalled(name), { reference: true });
    await this.#enter.apply(undefined, [undefined, id, body.derefInto({ release: true })]);
    await entry.evaluate();
  }

  /** Compiles a module and does no more. */
  async check(source: string, file: string): Promise<void> {
    (await this.#isolate.compileModule(source, { filename: file })).release();
  }

  /** Nanoseconds that it has run, waiting not included. Throws for an isolate that is gone. */
  get cpuNs(): bigint {
    return this.#isolate.cpuTime;
  }

  get isDisposed(): boolean {
    return this.#isolate.isDisposed;
  }

  /** Ends it wherever it is. Twice is once. */
  dispose(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  #copyInto(bytes: Uint8Array): ivm.Copy<ArrayBuffer> {
    return copyInto(this.#library, bytes);
  }
}

/** Source of a function whose promise is kept when the global of this name is called; that is then gone. */
function whenCalled(name: string): string {
  const key = JSON.stringify(name);
  return `(() => {
    const { promise, resolve } = Promise.withResolvers();
    const called = () => { delete globalThis[${key}]; resolve(); };
    Object.defineProperty(globalThis, ${key}, { value: called, configurable: true });
    return () => promise;
  })()`;
}

/** Bytes on their way into an isolate, copied once. */
export function copyInto(library: Library, bytes: Uint8Array): ivm.Copy<ArrayBuffer> {
  const whole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
  const buffer = whole ? bytes.buffer : new Uint8Array(bytes).buffer;
  return new library.ExternalCopy(buffer, { transferOut: true }).copyInto({ release: true, transferIn: true });
}

/** SECURITY: nothing hangs on the function that a guest's glue holds (test/attacks/isolate-escapes.test.ts). */
function bareReference(library: Library, answer: Answer): ivm.Reference<Answer> {
  const bare = (what: unknown, data: unknown): unknown => {
    const value = answer(typeof what === 'number' ? what : -1, data);
    if (!(value instanceof Promise)) return value instanceof Uint8Array ? copyInto(library, value) : value;
    return value.then((later) => (later instanceof Uint8Array ? copyInto(library, later) : later));
  };
  Object.setPrototypeOf(bare, null);
  for (const key of Reflect.ownKeys(bare)) Reflect.deleteProperty(bare, key);
  return new library.Reference(Object.freeze(bare));
}
