/**
 * One run of a script: its stack of calls, its limits, what it has printed, its chain. Powerless side. Everything that
 * calls a function goes through here or through the fast ways in compile/, which keep the same rules:
 * a function runs as the role of its code, and `%chain` is empty on the other side of a role boundary.
 */
import { CaspianError } from '../../errors/classes.ts';
import { methodNames } from '../builtins/object.ts';
import { classOf, universalMethod } from '../builtins/types.ts';
import type { RunLimits, RuntimeHost } from '../host.ts';
import { bindArguments, bindLoosely } from './arguments.ts';
import { Call, NO_ARGS, NO_NAMED } from './call.ts';
import { type Method, type NativeMethod, ScriptMethod } from './classes.ts';
import { type FunctionCode, newFrame, type Site } from './code.ts';
import { Alarm, CALL_DEPTH, errorState, Failure, fail, INTERRUPTED, Raise } from './errors.ts';
import { builtinErrorClass, exceptionOf, locate, rootErrorClass, stateOf } from './exceptions.ts';
import { Input } from './input.ts';
import { Gauge } from './memory.ts';
import { Output } from './output.ts';
import { display, typeName } from './text.ts';
import { unknownMethod } from './unknown-method.ts';
import { type ClassValue, type Frame, FunctionValue, Instance, type Value } from './values.ts';

/** Calls of script functions inside each other, unless the host says otherwise. */
const DEFAULT_DEPTH = 10_000;
/** Steps between two looks at the clock while a time-out is set, and at memory while that has a limit. */
const TICK = 256;
const MEMORY_TICK = 1024;
const NO_TICK = 2 ** 30;
const BACKTRACE_ENDS = 40;

/** One `%chain['key'] = value`, seen by everything called from there on. */
interface ChainEntry {
  readonly key: string;
  readonly value: Value;
  readonly next: ChainEntry | null;
}

export class Machine {
  readonly host: RuntimeHost;
  readonly output: Output;
  readonly input: Input;
  readonly maxDepth: number;
  /** Depth of calls; `sites[depth]` is where the innermost was made. A catch restores it. */
  depth = 0;
  readonly sites: Site[] = [];
  /** The value that a `return`, `break` or statement leaves for whoever handles its completion. */
  result: Value = null;
  /** How many more loops a `break N` has to leave. */
  levels = 0;
  /** The loop that just ended was left by a `break`. */
  broke = false;
  /** Steps until the next look at the clock. */
  fuel = NO_TICK;
  chain: ChainEntry | null = null;
  /** Classes that scripts have put at a URL. */
  readonly classes = new Map<string, ClassValue>();
  /** Types that were raised without being declared. */
  readonly undeclared = new Map<string, ClassValue>();
  /** Null without a limit of memory. */
  readonly gauge: Gauge | null;
  #deadline: number | null = null;

  constructor(host: RuntimeHost, limits: RunLimits = {}) {
    this.host = host;
    this.input = new Input(host);
    this.maxDepth = limits.callDepth ?? DEFAULT_DEPTH;
    this.gauge = limits.memoryBytes === undefined ? null : new Gauge(host, limits.memoryBytes);
    this.fuel = this.#tick();
    this.output = new Output(host, limits.outputBytes ?? Number.POSITIVE_INFINITY);
  }

  /** Notes one more call; every way into a function does this first, and takes one off `depth` when it returns. */
  enter(site: Site): number {
    const depth = ++this.depth;
    if (depth > this.maxDepth) throw new Alarm(CALL_DEPTH, `more than ${this.maxDepth} calls inside each other`);
    this.sites[depth] = site;
    if (--this.fuel < 0) this.checkTime(site);
    return depth;
  }

  /** Runs a frame whose arguments are bound. */
  runFrame(code: FunctionCode, frame: Frame, site: Site): Value {
    const depth = this.enter(site);
    let result: Value;
    if (code.role === site.role && !code.setsChain) {
      result = code.body(frame);
    } else {
      const chain = this.chain;
      if (code.role !== site.role) this.chain = null;
      try {
        result = code.body(frame);
      } finally {
        this.chain = chain;
      }
    }
    this.depth = depth - 1;
    return result;
  }

  /** `.call` and `&name(…)`: strict about arguments. */
  callFunction(
    target: Value,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    block: FunctionValue | null,
    site: Site,
  ): Value {
    if (!(target instanceof FunctionValue)) throw this.wrap(fail.type(`${typeName(target)} is no function`), site);
    const { code, env, self } = target;
    return this.runCode(code, env, self, code.kind === 'block' ? target : block, args, named, site);
  }

  /** Binds the arguments strictly, then runs. `third` is for the frame: the block given, or for a block's frame itself. */
  runCode(
    code: FunctionCode,
    env: Frame | undefined,
    self: Value,
    third: FunctionValue | null,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    site: Site,
  ): Value {
    const frame = newFrame(code.frameSize, env, self, third);
    if (code.arity === args.length && named.size === 0) {
      for (let at = 0; at < args.length; at++) frame[at + 3] = args[at];
    } else {
      bindArguments(this, code, frame, args, named, site);
    }
    return this.runFrame(code, frame, site);
  }

  /** Runs a block with one value, as an iteration does. */
  yieldOne(block: FunctionValue | null, first: Value, site: Site): Value {
    const fn = block ?? this.#noBlock(site);
    const code = fn.code;
    const frame = newFrame(code.frameSize, fn.env, fn.self, code.kind === 'block' ? fn : null);
    if (code.arity === 1) frame[3] = first;
    else bindLoosely(this, code, frame, [first], site);
    return this.runFrame(code, frame, site);
  }

  yieldTwo(block: FunctionValue | null, first: Value, second: Value, site: Site): Value {
    const fn = block ?? this.#noBlock(site);
    const code = fn.code;
    const frame = newFrame(code.frameSize, fn.env, fn.self, code.kind === 'block' ? fn : null);
    if (code.arity === 2) {
      frame[3] = first;
      frame[4] = second;
    } else {
      bindLoosely(this, code, frame, [first, second], site);
    }
    return this.runFrame(code, frame, site);
  }

  /** A block of one value for many turns: what does not change from one to the next is looked at once. */
  blockOfOne(block: FunctionValue, site: Site): (first: Value) => Value {
    const { code, env, self } = block;
    if (code.fastArity !== 1 || code.role !== site.role) return (first) => this.yieldOne(block, first, site);
    const third = code.isBlock ? block : null;
    return (first) => {
      const frame = newFrame(code.frameSize, env, self, third);
      frame[3] = first;
      const depth = this.enter(site);
      const result = code.body(frame);
      this.depth = depth - 1;
      return result;
    };
  }

  /** A block of two values for many turns: what does not change from one to the next is looked at once. */
  blockOfTwo(block: FunctionValue, site: Site): (first: Value, second: Value) => Value {
    const { code, env, self } = block;
    if (code.fastArity !== 2 || code.role !== site.role)
      return (first, second) => this.yieldTwo(block, first, second, site);
    const third = code.isBlock ? block : null;
    return (first, second) => {
      const frame = newFrame(code.frameSize, env, self, third);
      frame[3] = first;
      frame[4] = second;
      const depth = this.enter(site);
      const result = code.body(frame);
      this.depth = depth - 1;
      return result;
    };
  }

  yieldMany(block: FunctionValue | null, args: readonly Value[], site: Site): Value {
    const fn = block ?? this.#noBlock(site);
    const frame = newFrame(fn.code.frameSize, fn.env, fn.self, fn.code.kind === 'block' ? fn : null);
    bindLoosely(this, fn.code, frame, args, site);
    return this.runFrame(fn.code, frame, site);
  }

  #noBlock(site: Site): never {
    throw this.wrap(fail.argument('no block was given'), site);
  }

  /** The method that a value answers a name with; raises if it has none. */
  methodOf(target: Value, name: string, site: Site): Method {
    const method = (target instanceof Instance ? target.cls : classOf(target)).find(name) ?? universalMethod(name);
    if (method === undefined || (name === 'init' && method instanceof ScriptMethod)) {
      throw this.wrap(
        unknownMethod(target, name, site, () => methodNames(target)),
        site,
      );
    }
    return method;
  }

  invoke(target: Value, name: string, args: readonly Value[], site: Site): Value {
    return this.invokeMethod(this.methodOf(target, name, site), target, args, NO_NAMED, null, site);
  }

  invokeMethod(
    method: Method,
    self: Value,
    args: readonly Value[],
    named: ReadonlyMap<string, Value>,
    block: FunctionValue | null,
    site: Site,
  ): Value {
    if (method instanceof ScriptMethod) return this.runCode(method.code, undefined, self, block, args, named, site);
    return this.callNative(method, self, args, new Call(this, site, named, block));
  }

  callNative(method: NativeMethod, self: Value, args: readonly Value[], call: Call): Value {
    try {
      if (method.blocking) this.#beforeWait();
      return method.body(self, method.bind(args, call), call);
    } catch (thrown) {
      throw this.wrap(thrown, call.by);
    }
  }

  #beforeWait(): void {
    this.output.flush();
    this.gauge?.look();
  }

  /** A failure as a Raise that is placed at a site; a signal or an alarm as it is. */
  wrap(thrown: unknown, site: Site): unknown {
    if (thrown instanceof Failure) {
      const state = errorState(thrown.message);
      state.hint = thrown.hint;
      locate(state, site, this.backtrace(site));
      return new Raise(new Instance(builtinErrorClass(thrown.type) ?? rootErrorClass(), state));
    }
    if (thrown instanceof CaspianError) {
      const exception = exceptionOf(thrown, site);
      stateOf(exception).backtrace = this.backtrace(site);
      return new Raise(exception);
    }
    return thrown;
  }

  /** Script lines from the innermost out; of a very deep stack, both ends. */
  backtrace(site: Site): string[] {
    const lines: string[] = [];
    const last = this.depth;
    for (let depth = last; depth >= 0; depth--) {
      if (last - depth === BACKTRACE_ENDS && depth > BACKTRACE_ENDS) {
        lines.push(`… ${depth - BACKTRACE_ENDS + 1} more …`);
        depth = BACKTRACE_ENDS;
        continue;
      }
      const at = depth === last ? site : this.sites[depth + 1];
      const within = depth === 0 ? '' : (this.sites[depth]?.callee ?? '');
      if (at !== undefined && at.file !== null) {
        lines.push(`${at.file}:${at.line ?? 0}${within === '' ? '' : ` in ${within}`}`);
      }
    }
    return lines;
  }

  /** Text for printing and interpolation: the one place where showing an object calls its own `to_string`. */
  display(value: Value, site: Site): string {
    if (value === null || typeof value !== 'object') return display(value);
    const method = value instanceof Instance ? value.cls.find('to_string') : undefined;
    if (!(value instanceof Instance) || method === undefined) {
      try {
        return display(value);
      } catch (thrown) {
        throw this.wrap(thrown, site);
      }
    }
    const text = this.invokeMethod(method, value, NO_ARGS, NO_NAMED, null, site);
    if (typeof text !== 'string') throw this.wrap(fail.type(`to_string of ${value.cls.name} gave no string`), site);
    return text;
  }

  /** Milliseconds until the nearest time-out, or null. */
  timeLeft(): number | null {
    return this.#deadline === null ? null : Math.max(0, this.#deadline - this.host.monotonic());
  }

  #tick(): number {
    if (this.#deadline !== null) return TICK;
    return this.gauge === null && this.host.interrupted === undefined ? NO_TICK : MEMORY_TICK;
  }

  /** Looks at the clock and at memory; raises if a time-out has struck. */
  checkTime(site: Site): void {
    this.fuel = this.#tick();
    this.gauge?.look();
    if (this.host.interrupted?.()) throw new Alarm(INTERRUPTED, 'stopped by Ctrl-C');
    if (this.timeLeft() === 0) throw this.wrap(fail.timeout('the time set by %utils.timeout is over'), site);
  }

  /** Runs `body` with at most `ms` milliseconds, less if a time-out around it has less left. */
  withDeadline(ms: number, body: () => Value): Value {
    const outer = this.#deadline;
    const mine = this.host.monotonic() + ms;
    this.#deadline = outer === null ? mine : Math.min(outer, mine);
    this.fuel = TICK;
    try {
      return body();
    } finally {
      this.#deadline = outer;
      this.fuel = TICK;
    }
  }

  /** Works out a default of another role's, which must not see the chain of whoever calls. */
  asRole(role: string, site: Site, body: () => Value): Value {
    if (role === site.role) return body();
    const { chain } = this;
    this.chain = null;
    try {
      return body();
    } finally {
      this.chain = chain;
    }
  }

  /**
   * The class that a script has put at a URL, as a role sees it; null for none.
   * SECURITY: what the user defines is the user's to hand over (test/attacks/role-user-class-by-url).
   */
  classAt(url: string, role: string): ClassValue | null {
    const cls = this.classes.get(url) ?? null;
    return cls !== null && cls.role === 'user' && role !== 'user' ? null : cls;
  }

  chainGet(key: string): Value {
    for (let entry = this.chain; entry !== null; entry = entry.next) if (entry.key === key) return entry.value;
    return null;
  }

  chainSet(key: string, value: Value): void {
    this.chain = { key, value, next: this.chain };
  }
}
