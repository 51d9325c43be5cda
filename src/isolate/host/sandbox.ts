/**
 * V8Sandbox: a pool of child processes and the isolates in them. Trusted side.
 */
import { availableParallelism } from 'node:os';
import { ArgumentError, IsolateError } from '../../errors/classes.ts';
import { settleOptions } from '../../net/options.ts';
import { WireViolation } from '../../wire/violation.ts';
import { CloneWriter } from '../wire/clone/writer.ts';
import { type Frame, ToChild, ToHost, wordAt } from '../wire/frames.ts';
import { ChildProcess } from './child-process.ts';
import type { Connection } from './connection.ts';
import { Isolate } from './isolate.ts';
import type { ModuleReader } from './modules.ts';
import {
  ISOLATE_OPTIONS,
  type IsolateOptions,
  SANDBOX_OPTIONS,
  type SandboxOptions,
  type SettledSandbox,
} from './options.ts';

/** How long a child may take to make an isolate. */
const CREATE_MS = 30_000;

interface Child {
  readonly process: ChildProcess;
  readonly isolates: Map<number, Isolate>;
  /** Those that have anything left to do. */
  readonly active: Set<Isolate>;
  /** Isolates that it has made ahead, all of one memory. */
  readonly spare: { memoryMb: number; count: number };
  /** Told when an isolate is there, or that it will not be. */
  readonly awaited: Map<number, (failed: Error | null) => void>;
}

/**
 * Isolates for the JavaScript of others, spread over a few child processes. Nothing is started before the first
 * isolate is asked for. `shutdown` ends them all; so does `using`.
 */
export class V8Sandbox {
  readonly #settings: SettledSandbox;
  readonly #threads: number;
  readonly #children = new Set<Child>();
  readonly #writer = new CloneWriter();
  #nextId = 0;
  #shutDown = false;

  /** Starts nothing: the first isolate starts the first child process. */
  constructor(options: SandboxOptions = {}) {
    this.#settings = settleOptions(SANDBOX_OPTIONS, options, 'V8Sandbox');
    this.#threads = this.#settings.threads ?? availableParallelism();
  }

  /** Makes an isolate. Raises ArgumentError after `shutdown`, IsolateError if the engine is not there. */
  createIsolate(options: IsolateOptions = {}): Promise<Isolate> {
    return this.open(options, null);
  }

  /** @internal As `createIsolate`, for a launcher: `modules` finds what the guest imports. */
  async open(options: IsolateOptions, modules: ModuleReader | null): Promise<Isolate> {
    const { net, console, ...own } = settleOptions(ISOLATE_OPTIONS, options, 'createIsolate');
    if (this.#shutDown) throw new ArgumentError('createIsolate: the sandbox has been shut down');
    const { cpuMs = this.#settings.cpuMs, memoryMb = this.#settings.memoryMb, timeMs = this.#settings.timeMs } = own;
    const id = this.#nextId++;
    const child = this.#childFor();
    const isolate = new Isolate({ id, net, console, memoryMb, timeMs, modules, connection: this.#connect(child, id) });
    child.isolates.set(id, isolate);
    child.process.send(
      ToChild.CREATE,
      id,
      this.#writer.encode([memoryMb, cpuMs, net !== null, console !== 'silent']).slice(),
    );
    if (!takeSpare(child, memoryMb)) await this.#created(child, isolate);
    isolate.begin();
    return isolate;
  }

  async #created(child: Child, isolate: Isolate): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<Error | null>();
    child.awaited.set(isolate.id, resolve);
    child.process.ref();
    const late = setTimeout(() => resolve(new IsolateError('the isolate did not start in time')), CREATE_MS);
    const failed = await promise;
    clearTimeout(late);
    child.awaited.delete(isolate.id);
    keepAlive(child);
    if (failed === null) return;
    isolate.destroy();
    throw failed;
  }

  /** How many child processes the isolates are spread over, at most; in strict mode: how many there are. */
  threadCount(): number {
    return this.#settings.strict ? this.#living.length : this.#threads;
  }

  /** Isolates that have not ended. */
  isolateCount(): number {
    let count = 0;
    for (const child of this.#children) count += child.isolates.size;
    return count;
  }

  /** Ends all isolates and their processes at once. Again does nothing. */
  shutdown(): void {
    this.#shutDown = true;
    for (const child of [...this.#children]) {
      for (const isolate of [...child.isolates.values()]) isolate.shutDown();
      child.process.kill('the sandbox is shut down');
    }
  }

  [Symbol.dispose](): void {
    this.shutdown();
  }

  get #living(): Child[] {
    return [...this.#children].filter((child) => !child.process.over);
  }

  /** The child with the fewest isolates; a new one while there are fewer than may be and none is empty. */
  #childFor(): Child {
    const { strict } = this.#settings;
    const living = this.#living;
    const least = living.sort((one, other) => one.isolates.size - other.isolates.size)[0];
    if (least !== undefined && !strict && (least.isolates.size === 0 || living.length >= this.#threads)) return least;
    return this.#startChild();
  }

  #startChild(): Child {
    const child: Child = {
      isolates: new Map(),
      active: new Set(),
      spare: { memoryMb: 0, count: 0 },
      awaited: new Map(),
      process: new ChildProcess(
        { jitless: this.#settings.jitless },
        { frame: (frame) => this.#hear(child, frame), exit: (why) => this.#lost(child, why) },
      ),
    };
    this.#children.add(child);
    return child;
  }

  #connect(child: Child, id: number): Connection {
    return {
      send: (kind: number, ...payload: readonly Uint8Array[]) => child.process.send(kind, id, ...payload),
      leave: () => {
        const isolate = child.isolates.get(id);
        child.isolates.delete(id);
        if (isolate !== undefined) child.active.delete(isolate);
        keepAlive(child);
        if (this.#settings.strict && child.isolates.size === 0) child.process.kill('its isolate has ended');
      },
      kill: (why: string) => child.process.kill(why),
      changed: () => {
        const isolate = child.isolates.get(id);
        if (isolate === undefined || child.active.has(isolate) === isolate.active) return;
        if (isolate.active) child.active.add(isolate);
        else child.active.delete(isolate);
        keepAlive(child);
      },
    };
  }

  /** SECURITY: a child speaks for its own guests and for no other's (test/attacks/isolate-hostile-child.test.ts). */
  #hear(child: Child, frame: Frame): void {
    if (frame.kind === ToHost.READY) return;
    const isolate = child.isolates.get(frame.guest);
    if (frame.kind === ToHost.SPARE) addSpare(child, wordAt(frame.payload, 0));
    else if (frame.kind === ToHost.CREATED) child.awaited.get(frame.guest)?.(null);
    else if (isolate !== undefined) isolate.hear(frame);
    else if (frame.guest >= this.#nextId) throw new WireViolation('a guest that there never was');
    else if (frame.kind === ToHost.ENDED && frame.payload.at(-1) === STUCK)
      child.process.kill('an isolate could not be ended');
  }

  #lost(child: Child, why: string): void {
    this.#children.delete(child);
    const { lastWords } = child.process;
    const failed = new IsolateError(`the process for the isolate: ${why}`, {
      ...(lastWords === '' ? {} : { cause: new Error(lastWords) }),
    });
    for (const settle of child.awaited.values()) settle(failed);
    const isolates = [...child.isolates.values()];
    const busy = isolates.filter((isolate) => isolate.busy);
    const outOfMemory = /out of memory|invalid (table |array |string )?(size|length)/i.test(lastWords);
    // Who alone was running when memory ran out is who used it up.
    for (const isolate of isolates) {
      isolate.lose(outOfMemory && busy.length === 1 && isolate.busy ? 'memory_limit_exceeded' : 'host_process_lost');
    }
  }
}

/** What the host keeps of them is two numbers, whatever a child says. */
function addSpare({ spare }: Child, memoryMb: number): void {
  spare.count = spare.memoryMb === memoryMb ? spare.count + 1 : 1;
  spare.memoryMb = memoryMb;
}

/** Whether an isolate is there already: a guest's is its own as soon as the child has been told whose it is. */
function takeSpare({ spare }: Child, memoryMb: number): boolean {
  if (spare.count === 0 || spare.memoryMb !== memoryMb) return false;
  spare.count -= 1;
  return true;
}

/** The host's process stays as long as one of its guests has anything left to do. */
function keepAlive(child: Child): void {
  if (child.awaited.size > 0 || child.active.size > 0) child.process.ref();
  else child.process.unref();
}

/** How `true` ends a message: the last part of ENDED says that the process must end. */
const STUCK = 3;
