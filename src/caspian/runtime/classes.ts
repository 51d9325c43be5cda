/**
 * Methods: a script's, or native ones. Powerless side. A native method is given the caller's site, so that a decision
 * can be reported with the role and line that asked for it.
 */

import { knownArguments } from './arguments.ts';
import type { Call } from './call.ts';
import type { FunctionCode } from './code.ts';
import { fail } from './errors.ts';
import type { ClassValue, Value } from './values.ts';

export type Method = ScriptMethod | NativeMethod;

export class ScriptMethod {
  readonly code: FunctionCode;
  /** The class that it was written in: `super` starts above it. */
  readonly owner: ClassValue;

  constructor(code: FunctionCode, owner: ClassValue) {
    this.code = code;
    this.owner = owner;
  }
}

export type NativeBody = (self: Value, args: readonly Value[], call: Call) => Value;

/** What a native method takes. */
export interface NativeShape {
  /** Positional arguments in order: `'host'`, `'port?'` (may be left out), `'*rest'` (any number, last). */
  readonly params?: readonly string[];
  /** Keywords that are no positional argument; `'any'` takes every keyword. A positional one may be given by its name too. */
  readonly named?: readonly string[] | 'any';
  /** Whether a block may or must be given; default: none. */
  readonly block?: 'optional' | 'required';
  /** It may wait: what the script has printed is flushed first. */
  readonly blocking?: boolean;
}

export class NativeMethod {
  readonly name: string;
  readonly body: NativeBody;
  readonly params: readonly string[];
  readonly min: number;
  readonly max: number;
  readonly named: ReadonlySet<string> | 'any' | null;
  readonly block: 'optional' | 'required' | 'none';
  readonly blocking: boolean;
  /** A call with the right number of arguments, no keywords and no block needs no binding. */
  readonly simple: boolean;

  constructor(name: string, shape: NativeShape, body: NativeBody) {
    this.name = name;
    this.body = body;
    const params = shape.params ?? [];
    this.params = params.map((param) => param.replace(/^\*|\?$/g, ''));
    this.min = params.filter((param) => !param.endsWith('?') && !param.startsWith('*')).length;
    this.max = params.some((param) => param.startsWith('*')) ? Number.POSITIVE_INFINITY : params.length;
    this.named = shape.named === undefined ? null : shape.named === 'any' ? 'any' : new Set(shape.named);
    this.block = shape.block ?? 'none';
    this.blocking = shape.blocking ?? false;
    this.simple = !this.blocking && this.block !== 'required';
  }

  /** The arguments in their places; raises and names the one that is missing, surplus or unknown. */
  bind(args: readonly Value[], call: Call): readonly Value[] {
    let bound = args;
    if (args.length > this.max)
      throw fail.argument(`${this.name} takes ${atMost(this.max)}, ${args.length} were given`);
    if (call.named.size > 0) bound = this.#takeNamed(args, call);
    for (let at = 0; at < this.min; at++) {
      if (bound[at] === undefined) throw fail.argument(`${this.name}: the argument '${this.params[at]}' is missing`);
    }
    if (call.block === null && this.block === 'required') throw fail.argument(`${this.name} needs a block`);
    if (call.block !== null && this.block === 'none') throw fail.argument(`${this.name} takes no block`);
    return bound;
  }

  #takeNamed(args: readonly Value[], call: Call): readonly Value[] {
    let bound: Value[] | null = null;
    for (const [key, value] of call.named) {
      const at = this.max === Number.POSITIVE_INFINITY ? -1 : this.params.indexOf(key);
      if (at >= 0) {
        bound ??= args.slice();
        if (bound[at] !== undefined) throw fail.argument(`${this.name}: the argument '${key}' is given twice`);
        while (bound.length < at) bound.push(undefined as unknown as Value);
        bound[at] = value;
      } else if (this.named === null || (this.named !== 'any' && !this.named.has(key))) {
        const known = [...(this.max === Number.POSITIVE_INFINITY ? [] : this.params), ...(this.named ?? [])];
        throw fail.argument(`${this.name}: unknown argument '${key}'`, knownArguments(key, known));
      }
    }
    return bound ?? args;
  }
}

function atMost(max: number): string {
  return max === 0 ? 'no arguments' : max === 1 ? 'at most 1 argument' : `at most ${max} arguments`;
}
