/**
 * A script that is written while it runs: each input is compiled into the same file scope and run in the same frame.
 * Powerless side. What is asked of it beside that, names to complete, runs no code of the script's.
 */
import { methodNames } from './builtins/object.ts';
import { functionBody } from './compile/bodies.ts';
import { Compiler } from './compile/compiler.ts';
import { declareGlobals } from './compile/file.ts';
import { finishOf, guardReturns } from './compile/functions.ts';
import { SYSTEM_NAMES, systemValue } from './compile/system.ts';
import type { RunLimits, RuntimeHost } from './host.ts';
import type { Program } from './parser/ast.ts';
import { newFrame, Site } from './runtime/code.ts';
import { Exit } from './runtime/errors.ts';
import { compileLibraries, failureOf } from './runtime/execute.ts';
import { Machine } from './runtime/machine.ts';
import { useGauge } from './runtime/memory.ts';
import type { Failed } from './runtime/outcome.ts';
import { inspect } from './runtime/text.ts';
import type { Frame, Value } from './runtime/values.ts';

/** How one input ended. */
export type Answer =
  /** `shown`: its value as one would write it, or null for null. */
  | { readonly kind: 'value'; readonly shown: string | null }
  | { readonly kind: 'exit'; readonly code: number }
  | ({ readonly kind: 'failed' } & Failed);

/** What is being written, cut in two: what stays, and the names that may stand in place of the rest. */
export interface Completion {
  readonly names: readonly string[];
  /** The part of the text that they replace. */
  readonly from: string;
}

/** Names that one question gives. */
const MAX_NAMES = 500;
/** The variable that holds the last value: `$_`. */
const LAST = '_';

export class Interactive {
  readonly #vm: Machine;
  readonly #compiler: Compiler;
  readonly #frame: Frame;

  constructor(host: RuntimeHost, limits: RunLimits, file: string) {
    this.#vm = new Machine(host, limits);
    this.#compiler = new Compiler(this.#vm, compileLibraries(this.#vm), 'user', file);
    // What one input leaves unset the next one may read.
    this.#compiler.late = true;
    this.#compiler.scope.declare(LAST, { definite: false });
    this.#frame = newFrame(this.#compiler.scope.fn.entry.size, undefined, null, null);
  }

  run(program: Program): Answer {
    const vm = this.#vm;
    vm.depth = 0;
    vm.chain = null;
    const before = useGauge(vm.gauge);
    try {
      const value = this.#evaluate(program);
      const last = this.#compiler.scope.find(LAST);
      if (last !== null && value !== null) this.#frame[last.slot] = value;
      return { kind: 'value', shown: value === null ? null : inspect(value) };
    } catch (thrown) {
      if (thrown instanceof Exit) return { kind: 'exit', code: thrown.code };
      return { kind: 'failed', ...failureOf(vm, thrown) };
    } finally {
      vm.output.flush();
      useGauge(before);
    }
  }

  #evaluate(program: Program): Value {
    const c = this.#compiler;
    declareGlobals(c, program.body);
    const code = c.code(program.file, 'function', 1);
    const body = functionBody(c, program.body, finishOf(c, true));
    code.body = guardReturns(c, c.scope.fn, body);
    code.frameSize = c.scope.fn.entry.size;
    return this.#vm.runFrame(code, this.#frame, new Site('user', null, null, ''));
  }

  /** What may stand at the end of a text that is being written. */
  complete(text: string): Completion {
    const [, receiver, method] = /((?:[$%]\w+)(?:\.[a-z_]+)*|'[^']*'|\d+|\]|\})\.([a-z_]*[?!]?)$/.exec(text) ?? [];
    if (receiver !== undefined && method !== undefined) return this.#methods(receiver, method);
    const [, variable] = /\$([\p{L}_][\p{L}\p{N}_]*|)$/u.exec(text) ?? [];
    if (variable !== undefined) return matching(this.#variables(), variable, '$');
    const [, system] = /%(\w*)$/.exec(text) ?? [];
    if (system !== undefined) return matching(SYSTEM_NAMES, system, '%');
    const [, called] = /&(\w*)$/.exec(text) ?? [];
    if (called !== undefined) return matching(this.#compiler.globalSlots.keys(), called, '&');
    return { names: [], from: '' };
  }

  /** The methods of what a variable, a system method or a literal holds; nothing is called to find out. */
  #methods(receiver: string, start: string): Completion {
    const value = this.#valueOf(receiver);
    return value === undefined ? { names: [], from: '' } : matching(methodNames(value), start, '');
  }

  #valueOf(receiver: string): Value | undefined {
    const first = receiver.charAt(0);
    if (first === '$') return this.#variable(receiver.slice(1));
    if (first === "'") return '';
    if (first === ']') return [];
    if (first === '}') return new Map();
    if (/^\d+$/.test(receiver)) return 0;
    const name = SYSTEM_NAMES.find((known) => `%${known}` === receiver);
    if (name === undefined || name === 'call' || name === 'vibecode') return undefined;
    return systemValue(this.#compiler, { type: 'system', name, line: 1 })(this.#frame);
  }

  #variable(name: string): Value | undefined {
    const info = this.#compiler.scope.find(name);
    if (info !== null) return this.#frame[info.slot] as Value | undefined;
    const slot = this.#compiler.globalSlots.get(name);
    return slot === undefined ? undefined : this.#compiler.globals[slot];
  }

  #variables(): string[] {
    const set = [...this.#compiler.scope.variables.values()].filter((info) => this.#frame[info.slot] !== undefined);
    return [...set.map(({ name }) => name), ...this.#compiler.globalSlots.keys()];
  }
}

function matching(names: Iterable<string>, start: string, mark: string): Completion {
  const found = [...names].filter((name) => name.startsWith(start) && /^[\p{L}_]/u.test(name));
  return {
    names: found
      .sort()
      .slice(0, MAX_NAMES)
      .map((name) => mark + name),
    from: mark + start,
  };
}
