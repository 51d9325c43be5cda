/**
 * A compiled function: what calling it needs. Powerless side. The role is fixed where the function was written, so no
 * caller can make it run as another.
 */
import type { Node } from '../parser/ast.ts';
import type { Frame, Value } from './values.ts';

/** `function` and `method` are sealed; `closure` and `block` capture. `return` in a block leaves the function around it. */
export type FunctionKind = 'function' | 'closure' | 'method' | 'block';

export interface Param {
  readonly name: string;
  readonly slot: number;
  readonly kind: 'positional' | 'keyword' | 'rest' | 'options' | 'block';
  readonly optional: boolean;
  /** Runs in the function's own frame and role; null gives null. */
  readonly initial: ((frame: Frame) => Value) | null;
  /** Names of types or URLs of classes, of which the argument must be one; null takes anything. */
  readonly classes: readonly string[] | null;
}

/** Where a call stands in the script: also what a native method learns of its caller. */
export class Site {
  readonly role: string;
  readonly file: string | null;
  readonly line: number | null;
  /** What is called there, for the backtrace. */
  readonly callee: string;
  /** What it is called on, for messages. */
  readonly expression: Node | null;

  constructor(role: string, file: string | null, line: number | null, callee: string, expression: Node | null = null) {
    this.role = role;
    this.file = file;
    this.line = line;
    this.callee = callee;
    this.expression = expression;
  }
}

export class FunctionCode {
  readonly name: string;
  readonly kind: FunctionKind;
  /** Where it was written: its role, file and line. */
  readonly site: Site;
  readonly role: string;
  params: readonly Param[] = [];
  /** Number of arguments if all are plain and required: the fast way in. Else -1. */
  arity = -1;
  frameSize = 3;
  body: (frame: Frame) => Value = () => null;
  /** What `%chain` was is restored when it returns: see `seal`. */
  setsChain = false;
  /** As `arity`, but -1 where entering takes more than filling a frame. */
  fastArity = -1;
  readonly isBlock: boolean;

  constructor(name: string, kind: FunctionKind, site: Site) {
    this.name = name;
    this.kind = kind;
    this.site = site;
    this.role = site.role;
    this.isBlock = kind === 'block';
  }

  /** To be called when everything else is set. */
  seal(): void {
    this.fastArity = this.setsChain ? -1 : this.arity;
  }
}

/** A new frame with its slots unset. Literals of a few sizes: V8 allocates each in one step, and inlines this. */
export function newFrame(size: number, env: Frame | undefined, self: Value, block: Value): Frame {
  if (size <= 5) return [env, self, block, undefined, undefined];
  return size <= 9
    ? [env, self, block, undefined, undefined, undefined, undefined, undefined, undefined]
    : largeFrame(size, env, self, block);
}

function largeFrame(size: number, env: Frame | undefined, self: Value, block: Value): Frame {
  const frame: Frame = [env, self, block];
  while (frame.length < size) frame.push(undefined);
  return frame;
}
