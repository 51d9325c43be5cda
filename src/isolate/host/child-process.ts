/**
 * A child process that isolates live in: the one file that starts processes. Trusted; the child is not, once guests have
 * run in it. It is started with as little as it can do with, and ended by a signal that nothing in it can hold off.
 */
import { type ChildProcess as NodeChild, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { IsolateError } from '../../errors/classes.ts';
import { type Frame, FrameReader, FrameWriter, ToChild, ToHost } from '../wire/frames.ts';

/** How long frames are taken before others of this thread have their turn. */
const TURN_MS = 8;
/** How often a child is asked whether it is there, and how often it may be found not to have answered. */
const PING_MS = 2_000;
const MAX_MISSED = 10;
/** What a child may leave unread; beyond it, nothing more of it is heard. */
const MAX_UNREAD_BYTES = 16_777_216;
const MAX_UNREAD_FRAMES = 32_768;
/** What is kept of what a child writes to its standard error. */
const MAX_STDERR = 4_096;
const LAST_WORDS_MS = 1_000;

const CHILD = 'isolate-child.cjs';

export interface ChildOptions {
  /** No code of guests' is compiled: slower, and a smaller target. */
  readonly jitless: boolean;
}

export interface ChildEvents {
  readonly frame: (frame: Frame) => void;
  /** Once: the process has ended, or was ended. */
  readonly exit: (why: string) => void;
}

/** Where the built files are: beside the other bundles, or in dist/ when this runs from src/. */
export function builtFolder(): string {
  for (const place of ['./', '../', '../../../dist/']) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(join(folder, CHILD))) return folder;
  }
  throw new IsolateError('the package is not built', { hint: 'run npm run build' });
}

/** The engine's binary for this system. Found by us, since a child may not look around. */
function enginePath(): string {
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('isolated-vm/package.json'));
    const finder: { path(folder: string): string } = createRequire(join(folder, 'package.json'))('node-gyp-build');
    return finder.path(folder);
  } catch (cause) {
    throw new IsolateError(
      'isolates need the package isolated-vm, which is not installed or has no binary for this system',
      {
        hint: 'npm install isolated-vm@7.0.1, with Node 24 or later',
        cause,
      },
    );
  }
}

function execArguments(library: string, folder: string, { jitless }: ChildOptions): string[] {
  return [
    // isolated-vm and Node's own snapshot exclude each other.
    '--no-node-snapshot',
    // A pattern that backtracks without end is matched by an engine that does not.
    '--enable-experimental-regexp-engine-on-excessive-backtracks',
    '--permission',
    '--allow-addons',
    `--allow-fs-read=${library}`,
    `--allow-fs-read=${join(folder, 'isolate-*')}`,
    '--disable-warning=SecurityWarning',
    '--disable-warning=ExperimentalWarning',
    '--no-deprecation',
    ...(jitless ? ['--jitless'] : []),
  ];
}

export class ChildProcess {
  readonly #events: ChildEvents;
  readonly #child: NodeChild;
  readonly #pipe: Duplex;
  readonly #reader = new FrameReader((chunks) => Buffer.concat(chunks));
  readonly #writer = new FrameWriter();
  #scheduled = false;
  #taking = false;
  /** The question that has not been answered. */
  #asked: number | null = null;
  #missed = 0;
  /** Frames since all had been read, as far as the pipe tells. */
  #unreadFrames = 0;
  #stderr = '';
  #over = false;
  #isGone = false;
  readonly #watch: NodeJS.Timeout;

  /** Throws IsolateError if the engine is not there. */
  constructor(options: ChildOptions, events: ChildEvents) {
    this.#events = events;
    const folder = builtFolder();
    const library = enginePath();
    this.#child = spawn(
      process.execPath,
      [...execArguments(library, folder, options), join(folder, CHILD), library, folder],
      // SECURITY: nothing of the host's environment reaches it, NODE_OPTIONS least of all (test/attacks/isolate-environment.test.ts).
      { env: {}, cwd: folder, stdio: ['ignore', 'ignore', 'pipe', 'pipe'], windowsHide: true },
    );
    const pipe = this.#child.stdio[3];
    if (!(pipe instanceof Duplex)) throw new IsolateError('the child process has no pipe');
    this.#pipe = pipe;
    pipe.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk);
      this.#take();
    });
    pipe.on('error', () => this.kill('the pipe to it broke'));
    pipe.on('close', () => this.kill('it closed its pipe'));
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('latin1')).slice(-MAX_STDERR);
    });
    this.#child.on('error', (error) => this.kill(`it could not be started: ${error.message}`));
    this.#child.on('exit', (code, signal) => this.kill(`it ended (${signal ?? code})`));
    this.#watch = setInterval(() => this.#check(), PING_MS).unref();
    this.unref();
  }

  /** What the process last wrote to its standard error: for reports to the host, never for a guest. */
  get lastWords(): string {
    return this.#stderr.trim();
  }

  /** Whether it has ended, or is about to. */
  get over(): boolean {
    return this.#over;
  }

  send(kind: number, guest: number, ...payload: readonly Uint8Array[]): void {
    if (this.#over) return;
    if (!this.#scheduled && this.#pipe.writableLength === 0) this.#unreadFrames = 0;
    this.#unreadFrames += 1;
    this.#writer.add(kind, guest, ...payload);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  /** This process stays while the child has something to do. */
  ref(): void {
    this.#child.ref();
    if ('ref' in this.#pipe && typeof this.#pipe.ref === 'function') this.#pipe.ref();
  }

  unref(): void {
    const { stderr } = this.#child;
    for (const one of [this.#child, this.#pipe, stderr]) {
      if (one !== null && 'unref' in one && typeof one.unref === 'function') one.unref();
    }
  }

  /** Ends the process at once. Idempotent. */
  kill(why: string): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#watch);
    this.#child.kill('SIGKILL');
    this.#pipe.destroy();
    // What it wrote last says why it died. It is read to its end, which comes soon.
    const told = setTimeout(() => this.#gone(why), LAST_WORDS_MS);
    this.#child.once('close', () => {
      clearTimeout(told);
      this.#gone(why);
    });
  }

  #gone(why: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#child.stderr?.destroy();
    this.#events.exit(why);
  }

  #flush(): void {
    if (this.#over) return;
    this.#pipe.cork();
    for (const part of this.#writer.take()) this.#pipe.write(part);
    this.#pipe.uncork();
  }

  /**
   * Hands frames on, as long as it is our turn. SECURITY: guests that say much can't keep others of this thread waiting
   * (test/attacks/isolate-hostile-*).
   */
  #take(): void {
    if (this.#taking) return;
    const until = performance.now() + TURN_MS;
    try {
      for (let frame = this.#reader.next(); frame !== null && !this.#over; frame = this.#reader.next()) {
        if (frame.kind === ToHost.PONG) this.#hearPong(frame.guest);
        else this.#events.frame(frame);
        if (performance.now() > until || this.#isBehind) {
          this.#takeLater();
          return;
        }
      }
    } catch (thrown) {
      this.kill(`it said what makes no sense: ${thrown instanceof Error ? thrown.message : 'unknown'}`);
    }
  }

  #takeLater(): void {
    this.#taking = true;
    this.#pipe.pause();
    const takeOn = (): void => {
      this.#taking = false;
      if (!this.#pipe.writableNeedDrain) this.#unreadFrames = 0;
      if (this.#over) return;
      this.#pipe.resume();
      this.#take();
    };
    // SECURITY: a child that asks and does not read the answers is not heard (test/attacks/isolate-hostile-child.test.ts).
    if (this.#isBehind) this.#pipe.once('drain', takeOn);
    else setImmediate(takeOn);
  }

  /** Whether the child leaves too much unread; then the pipe says when it has read it. */
  get #isBehind(): boolean {
    if (!this.#pipe.writableNeedDrain) return false;
    return this.#pipe.writableLength > MAX_UNREAD_BYTES || this.#unreadFrames > MAX_UNREAD_FRAMES;
  }

  /** The number of a question comes back only from a child that reads: what it says by itself proves nothing. */
  #hearPong(number: number): void {
    if (number === this.#asked) this.#asked = null;
  }

  #check(): void {
    if (this.#asked === null) {
      this.#missed = 0;
      this.#asked = randomInt(2 ** 32);
      this.send(ToChild.PING, this.#asked);
    } else if (++this.#missed >= MAX_MISSED) this.kill('it does not answer');
  }
}
