/**
 * Engine: what an embedding host holds to run scripts. Trusted side. Each run gets a thread and a link of its own; the
 * engine watches its limits from outside, since a script can't be asked to stop.
 */
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import { ArgumentError } from '../errors/classes.ts';
import type { Net } from '../net/net.ts';
import { checkOptions, custom, integer } from '../net/options.ts';
import { prepareKernel } from '../net/serve/dispatch.ts';
import type { HostServices } from '../net/serve/host-services.ts';
import { type Link, serveNet } from '../net/serve/serve-net.ts';
import type { WireValue } from '../wire/codec.ts';
import type { GuestStart, GuestTask } from './guest/protocol.ts';
import { startIdleThread } from './idle-thread.ts';
import { Interaction } from './interaction.ts';
import { type LibrarySource, libraryReader } from './libraries.ts';
import { type Inspection, type Outcome, ScriptThread } from './script-thread.ts';

/** Limits of one run; each is off unless it is given, but for `callDepth`. */
export interface Limits {
  /** Milliseconds of CPU time of the script's thread; time spent blocked in a network call is none. */
  readonly cpuMs?: number;
  /** Milliseconds from the start to the end, waiting included. */
  readonly timeMs?: number;
  /** Megabytes of memory that the script may hold, bytes and text included; 16 or more. */
  readonly memoryMb?: number;
  /** Calls inside each other; default 10,000. */
  readonly callDepth?: number;
  /** Bytes written to stdout and stderr together. */
  readonly outputBytes?: number;
}

/** What an engine is made with. */
export interface EngineOptions {
  /** What `%net` is for the role `user`. Null, the default: there is no `%net`. Stays the host's: `close` leaves it open. */
  readonly net?: Net | null;
  /** A folder with `host/path.casp` files, several folders, or a function from a URL to its source. Default: none. */
  readonly libraries?: LibrarySource;
  /** Where the script prints; default: the streams of this process. */
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** What `%stdin` reads. Default: the process's own where no stream is given at all, else nothing. */
  readonly stdin?: Readable;
  /** What a run may use; none by default: spec/embedding.md, "Limits". */
  readonly limits?: Limits;
  /** Called before a script runs that declares needs in `%engine.config`: hostile data, and what was wrong with it. */
  readonly onConfig?: (config: WireValue, warnings: readonly string[]) => void | Promise<void>;
}

/** What to run. `file` names a script on disk, or, beside `source`, what messages call it. */
export type RunRequest =
  | { readonly file: string; readonly args?: readonly string[] }
  | { readonly source: string; readonly file?: string; readonly args?: readonly string[] };

const BYTES_PER_MB = 1_048_576;

const LIMITS_TABLE = Object.freeze({
  cpuMs: milliseconds('CPU time of the run.'),
  timeMs: milliseconds('The run from start to end.'),
  memoryMb: integer({
    default: undefined,
    min: 16,
    max: 1_048_576,
    unit: 'MB',
    doc: 'Memory that the script may hold.',
  }),
  callDepth: integer({
    default: undefined,
    min: 1,
    max: 100_000,
    doc: 'Calls inside each other; 10,000 if not given.',
  }),
  outputBytes: integer({
    default: undefined,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    doc: 'Output of the run.',
  }),
});

function milliseconds(doc: string) {
  return positive('ms', doc);
}

function positive(unit: string, doc: string) {
  return custom<number, undefined>({
    type: 'number',
    range: 'above 0 and up to 2147483647',
    unit,
    default: undefined,
    doc,
    read: (raw) =>
      typeof raw === 'number' && raw > 0 && raw <= 2_147_483_647
        ? { value: raw }
        : { refused: 'must be a number above 0 and up to 2147483647' },
  });
}

/**
 * Runs scripts, each in a thread and with a link of its own, under one net and one set of limits. Several runs may be
 * under way at once. `close` ends those that are, and leaves the net open.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #limits: Limits;
  readonly #threads = new Set<ScriptThread>();
  readonly #library: (url: string) => Promise<string | null>;
  #idle: Worker | null;
  #closed = false;

  /** `idle`: a thread that has been started ahead for the first run, for launchers that are in a hurry. */
  constructor(options: EngineOptions = {}, idle: Worker | null = null) {
    this.#options = options;
    this.#idle = idle;
    this.#limits = checkOptions(LIMITS_TABLE, options.limits, 'limits');
    this.#library = libraryReader(options.libraries);
    for (const stream of [options.stdout, options.stderr]) if (stream !== undefined) outliveFailure(stream);
  }

  /**
   * Runs a script to its end. Never throws for the script's sake: what it raised, a syntax error and an alarm are
   * outcomes. Throws ArgumentError if the file can't be read or the engine is closed.
   */
  async run(request: RunRequest): Promise<Outcome> {
    const ended = await this.#start('run', request);
    if ('config' in ended) throw new TypeError('the thread inspected the script and did not run it');
    return ended;
  }

  /** Reads a script and says what its `%engine.config` asks for; runs nothing. Throws as `run` does. */
  async inspect(request: RunRequest): Promise<Inspection> {
    const ended = await this.#start('inspect', request);
    if ('value' in ended) throw new TypeError('the thread ran the script and was to inspect it');
    return ended;
  }

  /**
   * Begins a session: inputs that are run one after the other in one thread, under this engine's grants and limits, until
   * the engine is closed.
   */
  interact(options: { readonly file?: string; readonly args?: readonly string[] } = {}): Interaction {
    if (this.#closed) throw new ArgumentError('the engine is closed');
    const interrupt = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const { file = 'session', args = [] } = options;
    const { thread, link } = this.#begin('interact', { source: '', file, args }, interrupt);
    void thread.gone.then(() => link.close());
    return new Interaction(thread, interrupt);
  }

  async #start(task: GuestTask, request: RunRequest): Promise<Outcome | Inspection> {
    const { source, file } = await readScript(request);
    if (this.#closed) throw new ArgumentError('the engine is closed');
    const { thread, link } = this.#begin(task, { source, file, args: request.args ?? [] }, null);
    try {
      return await thread.outcome;
    } finally {
      link.close();
    }
  }

  #begin(
    task: GuestTask,
    script: { readonly source: string; readonly file: string; readonly args: readonly string[] },
    interrupt: SharedArrayBuffer | null,
  ): { readonly thread: ScriptThread; readonly link: Link } {
    const { net = null, stdout, stderr, stdin } = this.#options;
    const { callDepth, outputBytes, memoryMb } = this.#limits;
    const link = serveNet(task === 'inspect' ? null : net, { host: this.#services() });
    const start: GuestStart = {
      task,
      source: script.source,
      file: script.file,
      args: [...script.args],
      link: link.guest,
      hasNet: net !== null,
      output: stdout === undefined && stderr === undefined && stdin === undefined ? 'inherit' : 'link',
      announcesConfig: this.#options.onConfig !== undefined,
      interrupt,
      callDepth: callDepth ?? null,
      outputBytes: outputBytes ?? null,
      memoryBytes: memoryMb === undefined ? null : memoryMb * BYTES_PER_MB,
    };
    const thread = new ScriptThread(this.#takeThread(), start, link, this.#limits);
    if (start.hasNet && task !== 'inspect') setImmediate(prepareKernel);
    this.#threads.add(thread);
    void thread.gone.then(() => this.#threads.delete(thread));
    return { thread, link };
  }

  /** The thread that was handed in for the first run, or a new one. */
  #takeThread(): Worker {
    const idle = this.#idle;
    this.#idle = null;
    return idle ?? startIdleThread({ memoryMb: this.#limits.memoryMb });
  }

  /** Ends every run that is under way and refuses new ones. Resolves when all threads are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#idle?.terminate(), ...[...this.#threads].map((thread) => thread.stop())]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** The process's own input, where no stream was given at all. It keeps no process alive that has nothing else to do. */
  #ownInput(): Readable | null {
    const { stdout, stderr } = this.#options;
    if (stdout !== undefined || stderr !== undefined) return null;
    if ('unref' in process.stdin) process.stdin.unref();
    return process.stdin;
  }

  #services(): HostServices {
    const { stdout = process.stdout, stderr = process.stderr, stdin, onConfig } = this.#options;
    return {
      library: this.#library,
      write: (stream, bytes) => writeTo(stream === 'stdout' ? stdout : stderr, bytes),
      read: (max, signal) => readFrom(stdin ?? this.#ownInput(), max, signal),
      config: async (config, warnings) => onConfig?.(config, warnings),
    };
  }
}

async function readScript(request: RunRequest): Promise<{ source: string; file: string }> {
  if ('source' in request) return { source: request.source, file: request.file ?? 'script.casp' };
  try {
    const { readFile } = await import('node:fs/promises');
    return { source: await readFile(request.file, 'utf8'), file: request.file };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';
    throw new ArgumentError(`${basename(request.file)} can not be read (${code})`, { cause: thrown });
  }
}

const outlived = new WeakSet<Writable>();

/**
 * SECURITY: a stream that fails because of what a script writes must not be an uncaught exception, which would end the
 * host (test/attacks/engine-failing-stdout.test.ts). Listeners of the host hear of it as before.
 */
function outliveFailure(stream: Writable): void {
  if (outlived.has(stream)) return;
  outlived.add(stream);
  stream.on('error', () => {});
}

/** Resolves when the stream has taken the bytes; a stream that has failed takes everything and keeps nothing. */
function writeTo(stream: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableEnded || stream.destroyed) resolve();
    else stream.write(bytes, () => resolve());
  });
}

/** The next bytes; null at the end, or once nobody is left to read them, who then takes none away from others. */
async function readFrom(stream: Readable | null, max: number, signal: AbortSignal): Promise<Uint8Array | null> {
  if (stream === null) return null;
  for (;;) {
    if (signal.aborted) return null;
    const chunk: unknown = stream.read(Math.min(max, stream.readableLength)) ?? stream.read();
    if (chunk instanceof Uint8Array) return takeChunk(stream, chunk, max);
    if (typeof chunk === 'string') return takeChunk(stream, Buffer.from(chunk), max);
    if (stream.readableEnded || stream.destroyed) return null;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        for (const event of READ_EVENTS) stream.off(event, done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      for (const event of READ_EVENTS) stream.on(event, done);
      signal.addEventListener('abort', done);
    });
  }
}

const READ_EVENTS = ['readable', 'end', 'close', 'error'] as const;

/** At most `max` bytes of a chunk; the rest goes back. */
function takeChunk(stream: Readable, chunk: Uint8Array, max: number): Uint8Array {
  if (chunk.length <= max) return chunk;
  stream.unshift(chunk.subarray(max));
  return chunk.subarray(0, max);
}
