/**
 * Isolate: a guest as its host holds it. Trusted side; the guest, and the child process that it lives in, are not. What
 * comes from there is read here, once, and nothing in it can end the host.
 */
import { ArgumentError, IsolateEndedError, ScriptSyntaxError, TimeoutError } from '../../errors/classes.ts';
import type { Net } from '../../net/net.ts';
import { checkOptions, seconds } from '../../net/options.ts';
import { WireViolation } from '../../wire/codec.ts';
import { CloneWriter, decodeClone, type TextReader } from '../wire/clone.ts';
import { type Frame, ToChild, ToHost, wordAt, words } from '../wire/frames.ts';
import { MAX_MESSAGE_BYTES, MAX_NAME, MAX_OPEN_REQUESTS } from '../wire/limits.ts';
import { GuestSays, HostSays, messagesOf } from '../wire/messages.ts';
import { encodeData, placeOf, readable, syntaxError } from './faults.ts';
import { type NetAnswer, NetSession } from './net-session.ts';
import { Outbox } from './outbox.ts';
import { WebSockets } from './web-sockets.ts';

/** A method's type, so that a host may say what its own guests send: what comes is plain data, and as hostile as they are. */
export type Handler = { handle(data: unknown): unknown }['handle'];

/** What `onSystem` tells of. `error` and `console` are beside the seed's. */
export type SystemEvent = 'terminated' | 'destroyed' | 'error' | 'console';

export type EndReason =
  | 'cpu_limit_exceeded'
  | 'memory_limit_exceeded'
  | 'time_limit_exceeded'
  | 'host_process_lost'
  | 'destroyed'
  | 'shutdown';

/** A guest's error that nobody caught, or a handler's. */
export interface ErrorReport {
  /** `syntax`: the source can't be read. `uncaught`: the guest threw. `handler`: a handler of the host's did. */
  readonly kind: 'syntax' | 'uncaught' | 'handler';
  readonly error: Error;
  /** Of a syntax error, from 1. */
  readonly line: number | null;
  readonly column: number | null;
}

/** How a guest is reached: its child process, as far as this guest goes. */
export interface Connection {
  send(kind: number, ...payload: readonly Uint8Array[]): void;
  /** The guest is gone, or is to go; the host is done with it. */
  leave(): void;
  /** The child process has to end: it no longer obeys. */
  kill(why: string): void;
  /** Whether the guest has anything left to do may have changed. */
  changed(): void;
}

interface Run {
  readonly source: string;
  readonly file: string;
  readonly settle: { resolve(value: unknown): void; reject(error: unknown): void } | null;
}

/** Warnings of one isolate that nobody listens to; then it is silent. */
const MAX_WARNINGS = 10;
/** How long a guest that is too late may go on until it is ended. */
const GRACE_MS = 100;

const EVALUATE_OPTIONS = Object.freeze({
  timeout: seconds({ default: null, doc: 'Until the value is there; a guest that is still busy then is ended.' }),
});

const nodeText: TextReader = Object.freeze({
  latin1: (bytes: Uint8Array, start: number, end: number) => Buffer.prototype.latin1Slice.call(bytes, start, end),
  utf16: (bytes: Uint8Array, start: number, end: number) => Buffer.prototype.ucs2Slice.call(bytes, start, end),
});

export interface IsolateParts {
  readonly id: number;
  readonly connection: Connection;
  readonly net: Net | null;
  readonly console: 'silent' | 'events' | 'print';
  readonly timeMs: number | null;
  /** The source of a module that the guest imports; null: it can import nothing. */
  readonly modules: ModuleReader | null;
}

/** Finds the module that `specifier` means in `referrer`. Throws an error whose message the guest may read. */
export type ModuleReader = (
  specifier: string,
  referrer: string,
) => Promise<{ readonly name: string; readonly source: string }>;

export class Isolate {
  readonly id: number;
  readonly #connection: Connection;
  readonly #console: IsolateParts['console'];
  readonly #timeMs: number | null;
  readonly #modules: ModuleReader | null;
  readonly #net: NetSession | null;
  readonly #sockets: WebSockets | null;
  readonly #outbox: Outbox;
  // SECURITY: no stack of the host's reaches a guest (test/attacks/isolate-host-stack.test.ts).
  readonly #writer = new CloneWriter('dropped');
  readonly #events = new Map<string, readonly Handler[]>();
  readonly #requests = new Map<string, Handler>();
  readonly #system = new Map<string, readonly Handler[]>();
  readonly #runs = new Map<number, Run>();
  /** Ids of fetches over the network whose answer the guest still wants. */
  readonly #fetching = new Set<number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #nextRun = 1;
  #open = 0;
  #owed = 0;
  #active = false;
  #ended: EndReason | null = null;
  #warnings = 0;
  #forIdle: (() => void)[] = [];

  /** @internal For V8Sandbox. */
  constructor({ id, connection, net, console, timeMs, modules }: IsolateParts) {
    this.id = id;
    this.#connection = connection;
    this.#console = console;
    this.#modules = modules;
    this.#net = net === null ? null : new NetSession(net);
    this.#sockets =
      this.#net === null
        ? null
        : new WebSockets(this.#net, { tell: (one, type, data) => this.#tellSocket(one, type, data) });
    this.#outbox = new Outbox((kind, payload) => connection.send(kind, payload));
    this.#timeMs = timeMs;
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
    this.#outbox.say(encodeData(this.#writer, [HostSays.MESSAGE, checkName(event), data]));
    this.#changed();
  }

  /** Calls `handler` with each message of this event that the guest sends. */
  on(event: string, handler: Handler): this {
    this.#events.set(checkName(event), [...(this.#events.get(event) ?? []), checkHandler(handler)]);
    return this;
  }

  /** Answers the guest's requests of this method; what `handler` throws is thrown in the guest. One for each method. */
  onRequest(method: string, handler: Handler): this {
    this.#requests.set(checkName(method), checkHandler(handler));
    return this;
  }

  /** Tells of what happens to the isolate: `terminated`, `destroyed`, `error`, `console`. */
  onSystem(event: SystemEvent, handler: Handler): this {
    if (!['terminated', 'destroyed', 'error', 'console'].includes(event)) {
      throw new ArgumentError('onSystem: the events are terminated, destroyed, error and console');
    }
    this.#system.set(event, [...(this.#system.get(event) ?? []), checkHandler(handler)]);
    return this;
  }

  /** Takes a handler away, of a message, a request or a system event. */
  off(event: string, handler: Handler): this {
    for (const handlers of [this.#events, this.#system]) {
      const known = handlers.get(event) ?? [];
      const at = known.indexOf(handler);
      if (at < 0) continue;
      handlers.set(event, known.toSpliced(at, 1));
      return this;
    }
    if (this.#requests.get(event) === handler) this.#requests.delete(event);
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
    return this.#active || this.#open > 0 || this.#owed > 0 || this.#outbox.busy;
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
    return this.#outbox.busy;
  }

  /** @internal The child process is gone. */
  lose(reason: 'host_process_lost' | 'memory_limit_exceeded'): void {
    this.#end(reason, 'terminated');
  }

  /** @internal Takes a frame of the child's that is about this guest. Throws WireViolation for what makes no sense. */
  hear({ kind, payload }: Frame): void {
    if (this.#ended !== null) return;
    if (kind === ToHost.POST) this.#hearPost(payload);
    else if (kind === ToHost.DELIVERED) {
      this.#active = wordAt(payload, 1) !== 0;
      this.#delivered(wordAt(payload, 0), wordAt(payload, 2));
    } else if (kind === ToHost.CALL) void this.#owe(this.#answerCall(payload));
    else if (kind === ToHost.FAULT) this.#hearFault(listOf(payload));
    else if (kind === ToHost.MODULE) void this.#answerModule(listOf(payload));
    else if (kind === ToHost.ENDED) this.#hearEnd(listOf(payload));
    this.#changed();
  }

  /** @internal Resolves when it has nothing left to do by itself, and is owed nothing. */
  idle(): Promise<void> {
    if (!this.active) return Promise.resolve();
    return new Promise((resolve) => this.#forIdle.push(resolve));
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

  #run(source: string, how: 'script' | 'value' | 'module' | 'check', settle: Run['settle'], file?: string): number {
    const operation = how === 'value' ? 'evaluate' : 'execute';
    this.#checkAlive(operation);
    if (typeof source !== 'string') throw new ArgumentError(`${operation}: the script must be a text`);
    if (source.length > MAX_MESSAGE_BYTES / 2) throw new ArgumentError(`${operation}: the script is too long`);
    const id = this.#nextRun++;
    const name = file ?? `${operation}-${id}`;
    this.#runs.set(id, { source, file: name, settle });
    this.#outbox.run(this.#writer.encode([id, source, name, how]).slice());
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
    const run = this.#runs.get(id);
    if (run === undefined) return;
    this.#runs.delete(id);
    run.settle?.reject(new TimeoutError(`evaluate: no value within ${timeout} s`, { operation: 'evaluate' }));
    // A guest that is only waiting goes on; one that is busy and takes nothing any more is ended.
    this.#outbox.say(this.#writer.encode([HostSays.MESSAGE, '', undefined]));
    this.#after(GRACE_MS, () => {
      if (this.#outbox.busy) this.#terminate('time_limit_exceeded');
    });
  }

  #terminate(reason: EndReason): void {
    if (this.#ended !== null) return;
    this.#connection.send(ToChild.DESTROY, words(1));
    this.#end(reason, 'terminated');
  }

  #destroy(reason: EndReason): void {
    if (this.#ended !== null) return;
    this.#connection.send(ToChild.DESTROY);
    this.#end(reason, 'destroyed');
  }

  #end(reason: EndReason, event: 'terminated' | 'destroyed'): void {
    if (this.#ended !== null) return;
    this.#ended = reason;
    this.#net?.close();
    for (const timer of this.#timers) clearTimeout(timer);
    const error = new IsolateEndedError(`${this} has ended (${reason})`, { reason });
    for (const { settle } of this.#runs.values()) settle?.reject(error);
    this.#runs.clear();
    this.#connection.leave();
    this.#tellSystem(event, { reason });
  }

  #hearEnd([reason, stuck]: readonly unknown[]): void {
    const known = ['cpu_limit_exceeded', 'memory_limit_exceeded', 'time_limit_exceeded', 'host_process_lost'] as const;
    this.#end(known.find((one) => one === reason) ?? 'host_process_lost', 'terminated');
    if (stuck === true) this.#connection.kill(`${this} could not be ended`);
  }

  #delivered(bytes: number, run: number): void {
    this.#outbox.delivered(bytes, run);
    // Of what was fire and forget nothing more is heard, once it has begun.
    if (this.#runs.get(run)?.settle === null) this.#runs.delete(run);
  }

  #hearFault([id, raw]: readonly unknown[]): void {
    const run = typeof id === 'number' ? this.#runs.get(id) : undefined;
    if (raw === null && typeof id === 'number') {
      this.#settle(id, true, undefined);
      return;
    }
    if (!(raw instanceof Error)) throw new WireViolation('an error was to come');
    const error = (run === undefined ? null : syntaxError(raw, run.source, run.file)) ?? readable(raw);
    if (run?.settle !== undefined && run.settle !== null && typeof id === 'number') this.#settle(id, false, error);
    else if (error instanceof ScriptSyntaxError) this.#report('syntax', error);
    else if (error instanceof Error) this.#report('uncaught', error);
  }

  #settle(id: number, well: boolean, value: unknown): void {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    if (well) run?.settle?.resolve(value);
    else run?.settle?.reject(value);
  }

  #hearPost(batch: Uint8Array): void {
    for (const bytes of messagesOf(batch)) {
      if (this.#ended !== null) return;
      const message = decodeClone(bytes, nodeText);
      if (!Array.isArray(message)) throw new WireViolation('a message is a list');
      this.#hearMessage(message);
    }
    this.#connection.send(ToChild.CREDIT, words(batch.length, 1));
  }

  #hearMessage([kind, first, second, third, fourth]: readonly unknown[]): void {
    switch (kind) {
      case GuestSays.MESSAGE:
        this.#hearEvent(String(first), second);
        return;
      case GuestSays.REQUEST:
        return void this.#answerRequest(Number(first), String(second), third);
      case GuestSays.CALL:
        void this.#owe(this.#answerLater(Number(first), second, third, fourth));
        return;
      case GuestSays.FETCH:
        return void this.#owe(this.#answerFetch(Number(first), second));
      case GuestSays.WEB_SOCKET:
        this.#openWebSocket(Number(first), String(second), String(third), fourth);
        return;
      case GuestSays.LOG:
        this.#log(String(first), String(second));
        return;
      case GuestSays.RESULT:
        this.#settle(Number(first), second === true, second === true ? third : readable(third));
        return;
      case GuestSays.FAULT:
        this.#report('uncaught', first instanceof Error ? first : new Error('unknown'));
        return;
      case GuestSays.FORGET:
        // Its answer is not wanted any more; what comes with it is given back.
        this.#fetching.delete(Number(first));
        return;
      default:
        throw new WireViolation('a message of no kind');
    }
  }

  #hearEvent(event: string, data: unknown): void {
    if (this.#sockets?.hear(event, data) === true) return;
    for (const handler of this.#events.get(event) ?? []) this.#callHandler(handler, data);
  }

  /** A handler of the host's: what it throws must not end the host, since a guest chose what it is called with. */
  #callHandler(handler: Handler, data: unknown): void {
    const failed = (thrown: unknown): void => this.#report('handler', toError(thrown));
    try {
      const result = handler(data);
      if (result instanceof Promise) result.catch(failed);
    } catch (thrown) {
      failed(thrown);
    }
  }

  async #answerRequest(id: number, method: string, data: unknown): Promise<void> {
    const handler = this.#requests.get(method);
    if (handler === undefined) {
      return this.#reply(id, false, refusal(`the host answers no request ${JSON.stringify(method.slice(0, 80))}`));
    }
    if (this.#open >= MAX_OPEN_REQUESTS) {
      return this.#reply(id, false, refusal(`more than ${MAX_OPEN_REQUESTS} requests are waiting for the host`));
    }
    this.#open += 1;
    try {
      this.#reply(id, true, await handler(data));
    } catch (thrown) {
      this.#reply(id, false, toError(thrown));
    } finally {
      this.#open -= 1;
      this.#changed();
    }
  }

  #reply(id: number, well: boolean, value: unknown): void {
    if (this.#ended !== null) return;
    let message: Uint8Array;
    try {
      message = encodeData(this.#writer, [HostSays.REPLY, id, well, value]);
    } catch (thrown) {
      const error = toError(thrown);
      this.#report('handler', error);
      message = this.#writer.encode([
        HostSays.REPLY,
        id,
        false,
        new Error(`the host's answer can not cross: ${error.message}`),
      ]);
    }
    this.#outbox.say(message);
  }

  /** A handler of the host's wins over the network. */
  async #answerFetch(id: number, request: unknown): Promise<void> {
    if (this.#requests.has('fetch')) return this.#answerRequest(id, 'fetch', request);
    if (this.#net === null) return this.#reply(id, false, new TypeError('fetch failed: this isolate has no network'));
    const read = (key: string): unknown =>
      typeof request === 'object' && request !== null && Object.hasOwn(request, key) ? Reflect.get(request, key) : null;
    const body = read('body');
    const headers = read('headers');
    const isStream = typeof headers === 'object' && headers !== null && Reflect.get(headers, 'accept') === EVENT_STREAM;
    this.#fetching.add(id);
    const answer = await this.#netCall(
      this.#net.callNamed(
        'net.fetch',
        0,
        String(read('url')),
        {
          method: String(read('method')),
          followRedirects: read('redirect') === 'follow',
          headers: typeof headers === 'object' && headers !== null ? textRecord(headers) : {},
          ...(typeof body === 'string' || body instanceof Uint8Array ? { body } : {}),
          // An event stream has no end that could be late.
          ...(isStream ? { timeout: null } : {}),
        },
        BY_GUEST,
      ),
    );
    if (answer === null) return;
    if (this.#fetching.delete(id)) this.#answer(id, answer);
    else await this.#net.releaseBody(answer);
  }

  /** Until the work is done, and its answer on its way, the guest is owed something. */
  async #owe(work: Promise<void>): Promise<void> {
    this.#owed += 1;
    await work;
    this.#owed -= 1;
    this.#changed();
  }

  async #netCall(pending: Promise<NetAnswer>): Promise<NetAnswer | null> {
    try {
      return await pending;
    } catch (thrown) {
      // What no honest glue asks for: the child is not to be trusted with anything any more.
      this.#connection.kill(`${this}: ${thrown instanceof Error ? thrown.message : 'a call that makes no sense'}`);
      return null;
    }
  }

  #answer(id: number, { well, bytes }: NetAnswer): void {
    if (this.#ended === null) this.#outbox.say(this.#writer.encode([HostSays.ANSWER, id, well, bytes]));
  }

  /** A call that the guest awaits. */
  async #answerLater(id: number, operation: unknown, handle: unknown, args: unknown): Promise<void> {
    if (typeof operation !== 'number' || typeof handle !== 'number' || !(args instanceof Uint8Array)) {
      this.#connection.kill(`${this}: a call that makes no sense`);
      return;
    }
    if (this.#net === null) {
      this.#reply(id, false, new Error('this isolate has no network'));
      return;
    }
    const answer = await this.#netCall(this.#net.call(operation, handle, args));
    if (answer !== null) this.#answer(id, answer);
  }

  /** A blocking call: u32 call, u32 operation, u32 handle, arguments. */
  async #answerCall(payload: Uint8Array): Promise<void> {
    const call = wordAt(payload, 0);
    const answer =
      this.#net === null
        ? null
        : await this.#netCall(this.#net.call(wordAt(payload, 1), wordAt(payload, 2), payload.subarray(12)));
    if (this.#ended !== null) return;
    const status = new Uint8Array([answer?.well === true ? 0 : 1]);
    this.#connection.send(ToChild.ANSWER, words(call), status, answer?.bytes ?? new Uint8Array(0));
  }

  /** The seed's protocol by hand where the host listens for it. */
  #openWebSocket(id: number, connection: string, url: string, protocols: unknown): void {
    const byHand = (this.#events.get('ws.open') ?? []).length > 0;
    if (!byHand && this.#sockets === null) {
      this.#reply(id, false, new Error('this isolate has no network for WebSockets'));
      return;
    }
    this.#reply(id, true, null);
    if (byHand) this.#hearEvent('ws.open', { conn_id: connection, url });
    else void this.#owe(this.#connect(connection, url, Array.isArray(protocols) ? protocols.map(String) : []));
  }

  async #connect(connection: string, url: string, protocols: readonly string[]): Promise<void> {
    try {
      await this.#sockets?.connect(connection, url, protocols);
    } catch (thrown) {
      this.#connection.kill(`${this}: ${thrown instanceof Error ? thrown.message : 'a socket that makes no sense'}`);
    }
  }

  async #tellSocket(connection: string, type: string, data?: unknown): Promise<void> {
    if (this.#ended !== null) return;
    const event = { conn_id: connection, event_type: type, data };
    this.#outbox.say(encodeData(this.#writer, [HostSays.MESSAGE, '__ws_event', event]));
    await this.#outbox.room();
  }

  async #answerModule([id, specifier, referrer]: readonly unknown[]): Promise<void> {
    let answer: readonly unknown[];
    try {
      if (this.#modules === null) throw new Error('this isolate can import nothing');
      const { name, source } = await this.#modules(String(specifier), String(referrer));
      answer = [id, name, source, null];
    } catch (thrown) {
      answer = [id, null, null, toError(thrown).message];
    }
    if (this.#ended === null) this.#connection.send(ToChild.MODULE, this.#writer.encode(answer).slice());
  }

  #log(level: string, text: string): void {
    if (this.#console === 'events') this.#tellSystem('console', { level, text });
    else if (this.#console === 'print') {
      const stream = ['error', 'warn', 'trace'].includes(level) ? process.stderr : process.stdout;
      stream.write(`${text}\n`);
    }
  }

  #report(kind: ErrorReport['kind'], error: Error): void {
    const place = error instanceof ScriptSyntaxError ? placeOf(error) : null;
    const shown = kind === 'uncaught' ? readable(error) : error;
    const report = { kind, error: shown, line: place?.line ?? null, column: place?.column ?? null };
    if ((this.#system.get('error') ?? []).length > 0) {
      this.#tellSystem('error', report);
      return;
    }
    this.#warnings += 1;
    if (this.#warnings > MAX_WARNINGS) return;
    process.emitWarning(
      `${this}: ${kind}: ${error.message}${this.#warnings === MAX_WARNINGS ? ' (no more are shown)' : ''}`,
      {
        type: 'IsolateWarning',
        detail: "isolate.onSystem('error', ...) hears of these",
      },
    );
  }

  #tellSystem(event: SystemEvent, data: object): void {
    // Not from inside of the call that ended it.
    queueMicrotask(() => {
      for (const handler of this.#system.get(event) ?? []) {
        try {
          handler(data);
        } catch (thrown) {
          // A handler of system events is the host's own and called with the host's own data: its mistake is the host's.
          queueMicrotask(() => {
            throw thrown;
          });
        }
      }
    });
  }
}

const EVENT_STREAM = 'text/event-stream';
const BY_GUEST = Object.freeze(['user', null, null]);

function listOf(payload: Uint8Array): readonly unknown[] {
  const message = decodeClone(payload, nodeText);
  if (!Array.isArray(message)) throw new WireViolation('a message is a list');
  return message;
}

function textRecord(value: object): { readonly [key: string]: string } {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}

/**
 * An error for the guest, without the stack that is not told anyhow. SECURITY: to make one takes longer than to ask for
 * it, and a guest that asks without end would hold the host up (test/attacks/isolate-hostile-shared.test.ts).
 */
function refusal(message: string): Error {
  return Object.create(Error.prototype, { message: { value: message } });
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

function checkName(name: string): string {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME) return name;
  throw new ArgumentError(`the name must be a text of 1 to ${MAX_NAME} characters`);
}

function checkHandler(handler: Handler): Handler {
  if (typeof handler === 'function') return handler;
  throw new ArgumentError('the handler must be a function');
}
