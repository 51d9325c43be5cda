/**
 * Isolate: a guest as its host holds it. Trusted side; the guest, and the child process that it lives in, are not. What
 * comes from there is read here, once, and nothing in it can end the host.
 */
import { ArgumentError, IsolateEndedError, ScriptSyntaxError, TimeoutError } from '../../errors/classes.ts';
import type { Net } from '../../net/net.ts';
import { checkOptions, seconds } from '../../net/options.ts';
import { WireViolation } from '../../wire/violation.ts';
import { TERMINATIONS, type Termination } from '../wire/endings.ts';
import { type Frame, ToChild, ToHost, wordAt, words } from '../wire/frames.ts';
import { MAX_MESSAGE_BYTES } from '../wire/limits.ts';
import { GuestSays, messagesOf } from '../wire/messages.ts';
import type { RunHow } from '../wire/runs.ts';
import type { Connection } from './connection.ts';
import { readable, toError } from './faults.ts';
import { GuestNetwork } from './guest-network.ts';
import { checkName, type Handler, Handlers, type SystemEvent } from './handlers.ts';
import { answerImport, type ModuleReader } from './modules.ts';
import { readMessage } from './reading.ts';
import { type ConsoleUse, Reports } from './reports.ts';
import { Requests } from './requests.ts';
import { type Run, Runs } from './runs.ts';
import { Sender } from './sender.ts';

/** `protocol_violation`: it said what the code around a guest never says, because the guest has broken that code. */
export type EndReason = Termination | 'protocol_violation' | 'destroyed' | 'shutdown';

/** How long a guest that is too late may go on until it is ended. */
const GRACE_MS = 100;

const EVALUATE_OPTIONS = Object.freeze({
  timeout: seconds({ default: null, doc: 'Until the value is there; a guest that is still busy then is ended.' }),
});

export interface IsolateParts {
  readonly id: number;
  readonly connection: Connection;
  readonly net: Net | null;
  readonly console: ConsoleUse;
  readonly memoryMb: number;
  readonly timeMs: number | null;
  /** The source of a module that the guest imports; null: it can import nothing. */
  readonly modules: ModuleReader | null;
}

/**
 * A guest in a V8 isolate of its own, of `sandbox.createIsolate`. It is there until `destroy`, which `using` calls,
 * or until a limit of CPU time, memory or time ends it.
 */
export class Isolate {
  /** Unique within its sandbox, from 0. */
  readonly id: number;
  readonly #connection: Connection;
  readonly #timeMs: number | null;
  readonly #modules: ModuleReader | null;
  readonly #handlers = new Handlers();
  readonly #runs = new Runs();
  readonly #reports: Reports;
  readonly #sender: Sender;
  readonly #requests: Requests;
  readonly #network: GuestNetwork;
  readonly #timers = new Set<NodeJS.Timeout>();
  #owed = 0;
  #active = false;
  #ended: EndReason | null = null;
  #forIdle: (() => void)[] = [];

  /** @internal For V8Sandbox. */
  constructor({ id, connection, net, console, memoryMb, timeMs, modules }: IsolateParts) {
    this.id = id;
    this.#connection = connection;
    this.#timeMs = timeMs;
    this.#modules = modules;
    const handlers = this.#handlers;
    this.#reports = new Reports(String(this), handlers, console);
    const overflow = (): void => this.#terminate('memory_limit_exceeded');
    const sender = new Sender({ connection, reports: this.#reports, memoryMb, overflow });
    const requests = new Requests(handlers, sender, () => this.#changed());
    this.#sender = sender;
    this.#requests = requests;
    const violated = (thrown: unknown): void => this.#violate(thrown);
    this.#network = new GuestNetwork({ net, connection, handlers, requests, sender, violated });
  }

  /** Whether it has ended, for whatever reason. */
  get destroyed(): boolean {
    return this.#ended !== null;
  }

  /**
   * Runs a source: fire and forget. It may use `await`; what it declares is its own. What goes wrong is told by
   * `onSystem('error')`. Raises IsolateEndedError once the isolate has ended.
   */
  execute(script: string): void {
    this.#run(script, 'script', null);
  }

  /**
   * Runs a source and gives what its last statement comes to, or what it returns. Rejects with what it throws, with
   * ScriptSyntaxError, IsolateEndedError, NotCloneableError, or TimeoutError.
   */
  async evaluate(script: string, options?: { readonly timeout?: number | null }): Promise<unknown> {
    const { timeout = null } = checkOptions(EVALUATE_OPTIONS, options, 'evaluate');
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const id = this.#run(script, 'value', { resolve, reject });
    if (timeout === null) return await promise;
    const timer = this.#after(timeout * 1_000, () => this.#tooLate(id, timeout)).ref();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#timers.delete(timer);
    }
  }

  /** @internal Runs a module to the end of its top level. `file`: its name, from which it imports. */
  runModule(source: string, file: string): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#run(source, 'module', { resolve, reject }, file);
    return promise;
  }

  /** @internal Looks for syntax errors in a module; runs nothing. */
  checkModule(source: string, file: string): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#run(source, 'check', { resolve, reject }, file);
    return promise;
  }

  /** Sends a message. Raises NotCloneableError for data that can't cross, IsolateEndedError once it has ended. */
  send(event: string, data?: unknown): void {
    this.#checkAlive('send');
    this.#sender.message(checkName(event), data);
    this.#changed();
  }

  /** Calls `handler` with each message of this event that the guest sends. */
  on(event: string, handler: Handler): this {
    this.#handlers.on(event, handler);
    return this;
  }

  /** Answers the guest's requests of this method; what `handler` throws is thrown in the guest. One for each method. */
  onRequest(method: string, handler: Handler): this {
    this.#handlers.onRequest(method, handler);
    return this;
  }

  /** Tells of what happens to the isolate: `terminated`, `destroyed`, `error`, `console`. */
  onSystem(event: SystemEvent, handler: Handler): this {
    this.#handlers.onSystem(event, handler);
    return this;
  }

  /** Takes a handler away, of a message, a request or a system event. */
  off(event: string, handler: Handler): this {
    this.#handlers.off(event, handler);
    return this;
  }

  /** Ends the isolate and all that it holds. Again does nothing. */
  destroy(): void {
    this.#destroy('destroyed');
  }

  toString(): string {
    return `Isolate #${this.id}`;
  }

  [Symbol.dispose](): void {
    this.destroy();
  }

  /** @internal Whether it has anything left to do by itself, or is owed an answer. */
  get active(): boolean {
    if (this.#ended !== null) return false;
    return this.#active || this.#requests.open > 0 || this.#owed > 0 || this.#sender.busy;
  }

  /** @internal The isolate is there: its time begins. */
  begin(): void {
    if (this.#timeMs !== null) this.#after(this.#timeMs, () => this.#terminate('time_limit_exceeded'));
  }

  /** @internal As `destroy`, with another reason. */
  shutDown(): void {
    this.#destroy('shutdown');
  }

  /** @internal Whether anything is on its way to it, or being done by it. */
  get busy(): boolean {
    return this.#sender.busy;
  }

  /** @internal The child process is gone. */
  lose(reason: 'host_process_lost' | 'memory_limit_exceeded'): void {
    this.#end(reason, 'terminated');
  }

  /** @internal Resolves when it has nothing left to do by itself, and is owed nothing. */
  idle(): Promise<void> {
    if (!this.active) return Promise.resolve();
    return new Promise((resolve) => this.#forIdle.push(resolve));
  }

  /**
   * @internal Takes a frame of the child's that is about this guest. Throws WireViolation for what no child says. What no
   * guest says ends this guest alone: its code can make the glue around it say anything. SECURITY: others of its process
   * go on (test/attacks/isolate-broken-glue.test.ts).
   */
  hear({ kind, payload }: Frame): void {
    if (this.#ended !== null) return;
    if (kind === ToHost.POST) this.#hearGuest(payload);
    else if (kind === ToHost.DELIVERED) {
      this.#active = wordAt(payload, 1) !== 0;
      this.#sender.delivered(wordAt(payload, 0), wordAt(payload, 2));
      this.#runs.begun(wordAt(payload, 2));
    } else if (kind === ToHost.CALL) void this.#owe(this.#network.callNow(payload));
    else if (kind === ToHost.FAULT) this.#hearFault(readMessage(payload));
    else if (kind === ToHost.MODULE) void this.#owe(this.#answerImport(readMessage(payload)));
    else if (kind === ToHost.ENDED) this.#hearEnd(readMessage(payload));
    this.#changed();
  }

  #hearGuest(batch: Uint8Array): void {
    try {
      this.#hearPost(batch);
    } catch (thrown) {
      this.#violate(thrown);
    }
  }

  #violate(thrown: unknown): void {
    this.#terminate('protocol_violation', toError(thrown).message);
  }

  #hearPost(batch: Uint8Array): void {
    for (const bytes of messagesOf(batch)) {
      if (this.#ended !== null) return;
      this.#hearMessage(readMessage(bytes));
    }
    this.#connection.send(ToChild.CREDIT, words(batch.length));
  }

  #hearMessage([kind, first, second, third, fourth]: readonly unknown[]): void {
    switch (kind) {
      case GuestSays.MESSAGE:
        this.#hearEvent(String(first), second);
        return;
      case GuestSays.REQUEST:
        return void this.#requests.answer(Number(first), String(second), third);
      case GuestSays.CALL:
        return void this.#owe(this.#network.callLater(Number(first), second, third, fourth));
      case GuestSays.FETCH:
        return void this.#owe(this.#network.fetch(Number(first), second, third));
      case GuestSays.WEB_SOCKET:
        this.#openWebSocket(Number(first), String(second), String(third), fourth);
        return;
      case GuestSays.LOG:
        this.#reports.log(String(first), String(second));
        return;
      case GuestSays.RESULT:
        if (second === true) this.#runs.resolve(Number(first), third);
        else this.#runs.reject(Number(first), readable(third));
        return;
      case GuestSays.FAULT:
        this.#reports.error('uncaught', first instanceof Error ? first : new Error('unknown'));
        return;
      case GuestSays.FORGET:
        this.#network.forget(Number(first));
        return;
      default:
        throw new WireViolation('a message of no kind');
    }
  }

  #hearEvent(event: string, data: unknown): void {
    if (this.#network.hearSocket(event, data)) return;
    for (const handler of this.#handlers.event(event)) this.#reports.call(handler, data);
  }

  /** The seed's protocol by hand where the host listens for it. */
  #openWebSocket(id: number, connection: string, url: string, protocols: unknown): void {
    const byHand = this.#handlers.event('ws.open').length > 0;
    if (!byHand && !this.#network.hasSockets(id)) return;
    this.#sender.reply(id, true, null);
    if (byHand) this.#hearEvent('ws.open', { conn_id: connection, url });
    else void this.#owe(this.#network.connect(connection, url, protocols));
  }

  #hearFault([id, raw]: readonly unknown[]): void {
    const run = typeof id === 'number' ? id : null;
    if (raw === null && run !== null) {
      this.#runs.resolve(run, undefined);
      return;
    }
    if (!(raw instanceof Error)) throw new WireViolation('an error was to come');
    const error = this.#runs.fail(run, this.#network.recall(raw));
    if (error !== null) this.#reports.error(error instanceof ScriptSyntaxError ? 'syntax' : 'uncaught', error);
  }

  #hearEnd([reason, stuck]: readonly unknown[]): void {
    this.#end(TERMINATIONS.find((one) => one === reason) ?? 'host_process_lost', 'terminated');
    if (stuck === true) this.#connection.kill(`${this} could not be ended`);
  }

  async #answerImport(asked: readonly unknown[]): Promise<void> {
    this.#sender.module(await answerImport(this.#modules, asked));
  }

  /**
   * Until the work is done, and its answer on its way, the guest is owed something. SECURITY: what no honest glue asks
   * for ends the guest, and not the host, which no promise may be left to do (test/attacks/isolate-hostile-child.test.ts).
   */
  async #owe(work: Promise<void>): Promise<void> {
    this.#owed += 1;
    try {
      await work;
    } catch (thrown) {
      this.#violate(thrown);
    }
    this.#owed -= 1;
    this.#changed();
  }

  #changed(): void {
    this.#connection.changed();
    if (this.#forIdle.length === 0 || this.active) return;
    const waited = this.#forIdle;
    this.#forIdle = [];
    for (const go of waited) go();
  }

  #checkAlive(operation: string): void {
    if (this.#ended === null) return;
    throw new IsolateEndedError(`${operation}: ${this} has ended (${this.#ended})`, { operation, reason: this.#ended });
  }

  #run(source: string, how: RunHow, settle: Run['settle'], file?: string): number {
    const operation = how === 'value' ? 'evaluate' : 'execute';
    this.#checkAlive(operation);
    if (typeof source !== 'string') throw new ArgumentError(`${operation}: the script must be a text`);
    if (source.length > MAX_MESSAGE_BYTES / 2) throw new ArgumentError(`${operation}: the script is too long`);
    const name = file ?? `${operation}-${this.#runs.next}`;
    const id = this.#runs.add({ source, file: name, settle });
    this.#sender.run(id, source, name, how);
    this.#changed();
    return id;
  }

  #after(ms: number, act: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
    return timer;
  }

  #tooLate(id: number, timeout: number): void {
    const late = new TimeoutError(`evaluate: no value within ${timeout} s`, { operation: 'evaluate' });
    if (!this.#runs.abandon(id, late)) return;
    // A guest that is only waiting goes on; one that is busy and takes nothing any more is ended.
    this.#sender.message('', undefined);
    this.#after(GRACE_MS, () => {
      if (this.#sender.busy) this.#terminate('time_limit_exceeded');
    });
  }

  #terminate(reason: EndReason, detail?: string): void {
    if (this.#ended !== null) return;
    this.#connection.send(ToChild.DESTROY, words(1));
    this.#end(reason, 'terminated', detail);
  }

  #destroy(reason: EndReason): void {
    if (this.#ended !== null) return;
    this.#connection.send(ToChild.DESTROY);
    this.#end(reason, 'destroyed');
  }

  #end(reason: EndReason, event: 'terminated' | 'destroyed', detail?: string): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.#sender.close();
    this.#network.close();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#runs.rejectAll(new IsolateEndedError(`${this} has ended (${reason})`, { reason }));
    this.#connection.leave();
    this.#reports.system(event, { reason, ...(detail === undefined ? {} : { detail }) });
  }
}
