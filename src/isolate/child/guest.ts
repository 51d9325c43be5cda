/**
 * One guest in its child process: what is on its way to it, what it has asked for, how it ends. The host's words reach
 * it one batch at a time.
 */
import { Bridge, CRYPTO_ANSWER, SHORT_BYTES } from '../wire/bridge.ts';
import { decodeClone } from '../wire/clone/reader.ts';
import { CloneWriter } from '../wire/clone/writer.ts';
import type { Termination } from '../wire/endings.ts';
import { ToHost, words } from '../wire/frames.ts';
import { BatchWriter } from '../wire/messages.ts';
import type { RunHow } from '../wire/runs.ts';
import { Asked } from './asked.ts';
import type { EngineGuest } from './engine.ts';
import type { HostPipe } from './pipe.ts';
import { Posts } from './posts.ts';
import { type Item, Queue } from './queue.ts';
import { usedByOthers, usedHere } from './usage.ts';
import { GuestCrypto, randomBytes } from './web-crypto.ts';

/** How long a disposed isolate may go on before the process has to end. */
const PATIENCE_MS = 250;
/** On a busy machine it may go on as much longer as it takes to use some CPU, up to so many times that. */
const PATIENCE_ROUNDS = 4;
const LEAST_CPU_US = 100_000;

/** What guests of one process share. */
export interface Surroundings {
  readonly pipe: Pick<HostPipe, 'send' | 'sendNow' | 'post'>;
  /** The source of a table or of the parser. */
  readonly table: (name: string) => string;
  /** Whether one more guest may block; the returned function says that it no longer does. */
  readonly block: () => (() => void) | null;
  /** The guest begins to run, or has stopped. */
  readonly running: (guest: Guest) => void;
  readonly ended: (guest: Guest) => void;
}

/** What a guest runs in. */
export type Engine = Pick<
  EngineGuest,
  'deliver' | 'run' | 'evaluate' | 'runModule' | 'check' | 'dispose' | 'cpuNs' | 'isDisposed'
>;

export type EndReason = Termination | 'destroyed';

/** A module's source, or why there is none. */
type FoundModule = { readonly name: string; readonly source: string } | string;

export class Guest {
  readonly id: number;
  readonly memoryMb: number;
  readonly cpuMs: number | null;
  busySince: number | null = null;
  /** Nanoseconds of CPU time that count, and what the engine's clock said when they were counted. */
  #usedNs = 0;
  #seenNs = 0n;
  readonly #around: Surroundings;
  readonly #writer = new CloneWriter();
  readonly #crypto = new GuestCrypto();
  readonly #posts = new Posts();
  readonly #calls = new Asked<Uint8Array>();
  readonly #modules = new Asked<FoundModule>();
  readonly #queue = new Queue();
  #engine: Engine | null = null;
  #pumping = false;
  #modulesStarting = 0;
  #timer: NodeJS.Timeout | null = null;
  #ending: EndReason | null = null;
  #ended = false;

  constructor(id: number, memoryMb: number, cpuMs: number | null, around: Surroundings) {
    this.id = id;
    this.memoryMb = memoryMb;
    this.cpuMs = cpuMs;
    this.#around = around;
  }

  /** The isolate is ready. What has come for the guest meanwhile goes in. */
  begin(engine: Engine): void {
    this.#engine = engine;
    if (this.#ended) engine.dispose();
    else void this.#pump();
  }

  /** Whether it uses CPU time, or other threads do for it. */
  get isUsing(): boolean {
    return this.isRunning || this.#crypto.busy;
  }

  /**
   * Nanoseconds that it has run, and that WebCrypto has for it, since this was last asked. Throws if the engine has ended
   * it; what has been ended here claims nothing more.
   */
  claimNs(): number {
    if (this.#ending !== null) return 0;
    const total = this.#engine?.cpuNs ?? 0n;
    const ran = Number(total - this.#seenNs);
    this.#seenNs = total;
    return ran + this.#crypto.spentMs() * 1e6;
  }

  /** Counts CPU time, and ends it past its limit. */
  charge(ns: number): void {
    this.#usedNs += ns;
    if (this.cpuMs !== null && this.#usedNs > this.cpuMs * 1e6) this.end('cpu_limit_exceeded');
  }

  get isRunning(): boolean {
    return this.busySince !== null || this.#modulesStarting > 0;
  }

  deliver(batch: Uint8Array): void {
    this.#push({ batch, credit: batch.length });
  }

  run(id: number, source: string, file: string, how: RunHow): void {
    this.#push({ id, run: () => this.#run(id, source, file, how) });
  }

  /** The host has taken this much. */
  credit(bytes: number): void {
    this.#posts.taken(bytes);
  }

  /** The answer to a blocking call. */
  answer(call: number, bytes: Uint8Array): void {
    this.#calls.answer(call, bytes);
  }

  answerModule(id: number, found: FoundModule): void {
    this.#modules.answer(id, found);
  }

  /** Ends the guest wherever it is. */
  end(reason: EndReason): void {
    if (this.#ending !== null || this.#ended) return;
    this.#ending = reason;
    this.#queue.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#engine?.dispose();
    if (!this.isRunning) this.#tellEnd('well');
    // What waits inside of a blocking call comes back to an isolate that is gone.
    this.#calls.answerAll(new Uint8Array(0));
    this.#posts.release();
    this.#modules.answerAll('the guest has ended');
    this.#waitForEnd(PATIENCE_ROUNDS, usedByOthers());
  }

  /** The engine has lost it: the host must end this process. */
  lose(reason: EndReason): void {
    this.#ending ??= reason;
    this.#tellEnd('stuck');
  }

  /** Answers the glue in the isolate. What it passes is a copy, and hostile. */
  answerGuest(what: number, data: unknown): unknown {
    if (this.#ending !== null || this.#ended) return undefined;
    switch (what) {
      case Bridge.POST:
        this.#post(data);
        return undefined;
      case Bridge.POST_AND_WAIT:
        this.#post(data);
        return this.#posts.room();
      case Bridge.CALL:
        return this.#call(data);
      case Bridge.WAKE:
        this.#wakeIn(data);
        return undefined;
      case Bridge.RANDOM:
        return randomBytes(data);
      case Bridge.CRYPTO:
        return void this.#performCrypto(data);
      case Bridge.TABLE:
        return this.#around.table(String(data));
      default:
        return undefined;
    }
  }

  #push(item: Item): void {
    if (this.#ending !== null || this.#ended) return;
    this.#queue.push(item);
    void this.#pump();
  }

  async #pump(): Promise<void> {
    if (this.#pumping || this.#engine === null) return;
    this.#pumping = true;
    for (let item = this.#queue.next(); item !== undefined && this.#ending === null; item = this.#queue.next()) {
      await this.#handIn(this.#engine, item);
    }
    this.#pumping = false;
    if (this.#ending !== null) this.#tellEnd('well');
  }

  async #handIn(engine: Engine, item: Item): Promise<void> {
    this.busySince = performance.now();
    this.#around.running(this);
    const id = typeof item === 'object' && 'run' in item ? item.id : 0;
    try {
      if (item === 'timers') await engine.deliver(undefined);
      else if ('run' in item) await item.run();
      else await engine.deliver(item.batch);
    } catch (thrown) {
      this.#failed(engine, id, thrown);
    }
    this.busySince = null;
    this.#around.running(this);
    if (this.#ending !== null) return;
    this.#tellDelivered(typeof item === 'object' && 'batch' in item ? item.credit : 0, id);
  }

  #tellDelivered(credit: number, run: number): void {
    // A module may end while a timer of its own is being served.
    const active = this.isRunning || this.#queue.length > 0 || this.#timer !== null || this.#crypto.busy;
    this.#around.pipe.send(ToHost.DELIVERED, this.id, words(credit, active ? 1 : 0, run));
  }

  /** A guest that has had no CPU to end on gets more time. */
  #waitForEnd(rounds: number, usedUs: number): void {
    setTimeout(() => {
      const had = usedByOthers() - usedUs;
      if (rounds > 1 && had < LEAST_CPU_US) this.#waitForEnd(rounds - 1, usedUs);
      // Its end may have come already: that is heard before the immediates.
      else setImmediate(() => this.#tellEnd('stuck'));
    }, PATIENCE_MS);
  }

  #tellEnd(how: 'well' | 'stuck'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#say(ToHost.ENDED, [this.#ending ?? 'destroyed', how === 'stuck']);
    this.#around.ended(this);
  }

  #say(kind: number, message: readonly unknown[]): void {
    this.#around.pipe.send(kind, this.id, this.#writer.encode(message).slice());
  }

  #failed(engine: Engine, id: number, thrown: unknown): void {
    if (engine.isDisposed) {
      this.end(/memory limit/.test(String(thrown)) ? 'memory_limit_exceeded' : 'destroyed');
      return;
    }
    const error = thrown instanceof Error ? thrown : stackless(`thrown: ${String(thrown).slice(0, 1_024)}`);
    try {
      this.#say(ToHost.FAULT, [id, error]);
    } catch {
      this.#say(ToHost.FAULT, [id, stackless('what was thrown can not be told')]);
    }
  }

  async #run(id: number, source: string, file: string, how: RunHow): Promise<void> {
    const engine = this.#engine;
    if (engine === null) return;
    if (how === 'script') await engine.run(0, source, file);
    else if (how === 'value') await engine.evaluate(id, source, file, this.#around.table('parser'));
    else if (how === 'module') void this.#runModule(engine, id, source, file);
    else await this.#check(engine, id, source, file);
  }

  async #check(engine: Engine, id: number, source: string, file: string): Promise<void> {
    await engine.check(source, file);
    this.#say(ToHost.FAULT, [id, null]);
  }

  /** What a module imports comes from the host, and meanwhile the guest takes other things. */
  async #runModule(engine: Engine, id: number, source: string, file: string): Promise<void> {
    this.#modulesStarting += 1;
    this.#around.running(this);
    try {
      await engine.runModule(id, source, file, (specifier, referrer) => this.#loadModule(specifier, referrer));
    } catch (thrown) {
      this.#failed(engine, id, thrown);
    }
    this.#modulesStarting -= 1;
    this.#around.running(this);
    if (this.#ending !== null) this.#tellEnd('well');
    else this.#tellDelivered(0, 0);
  }

  async #loadModule(specifier: string, referrer: string): Promise<{ name: string; source: string }> {
    const { id, answer } = this.#modules.ask();
    this.#say(ToHost.MODULE, [id, specifier, referrer]);
    const found = await answer;
    if (typeof found === 'string') throw stackless(found);
    return found;
  }

  #post(data: unknown): void {
    const batch = bytesOf(data);
    if (batch === null || batch.length === 0) return;
    this.#around.pipe.post(this.id, batch);
    this.#posts.sent(batch.length);
  }

  async #call(data: unknown): Promise<Uint8Array | string> {
    const request = bytesOf(data);
    if (request === null) throw new TypeError('a call is made of bytes');
    const release = this.#around.block();
    if (release === null) throw new Error('too many isolates are blocked in calls at once: use what can be awaited');
    const { id, answer } = this.#calls.ask();
    try {
      this.#around.pipe.sendNow(ToHost.CALL, this.id, words(id), request);
      const bytes = await answer;
      return bytes.length > SHORT_BYTES ? bytes : Buffer.prototype.latin1Slice.call(bytes);
    } finally {
      release();
    }
  }

  #wakeIn(data: unknown): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (typeof data === 'number' && data >= 0) {
      this.#timer = setTimeout(() => {
        this.#timer = null;
        this.#push('timers');
      }, data);
    }
    // While it runs, the host is told when it has stopped.
    if (!this.isRunning) this.#tellDelivered(0, 0);
  }

  async #performCrypto(data: unknown): Promise<void> {
    const before = usedHere();
    const [id, method, args] = cryptoRequest(data);
    const result = this.#crypto.perform(method, args);
    this.charge((usedHere() - before) * 1_000);
    this.#around.running(this);
    const batch = new BatchWriter();
    try {
      batch.add(this.#writer.encode([CRYPTO_ANSWER, id, true, await result]));
    } catch (thrown) {
      batch.add(this.#writer.encode([CRYPTO_ANSWER, id, false, thrown]));
    }
    this.#push({ batch: batch.take(), credit: 0 });
  }
}

/** SECURITY: a guest that has broken its glue asks for nothing, and ends nobody else (test/attacks/isolate-broken-glue.test.ts). */
function cryptoRequest(data: unknown): readonly unknown[] {
  try {
    const request = data instanceof ArrayBuffer ? decodeClone(new Uint8Array(data)) : null;
    return Array.isArray(request) ? request : [];
  } catch {
    return [];
  }
}

function bytesOf(data: unknown): Uint8Array | null {
  if (typeof data === 'string') return Buffer.from(data, 'latin1');
  return data instanceof ArrayBuffer ? new Uint8Array(data) : null;
}

/** What the guest may read: nothing of this process. */
function stackless(message: string): Error {
  const error = new Error(message);
  error.stack = `Error: ${message}`;
  return error;
}
