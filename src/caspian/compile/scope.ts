/**
 * Names to slots, before anything runs. Powerless side. A block opens a scope in the frame of its function; only the
 * body of a loop that makes closures gets a frame of its own for each turn.
 */
import type { FunctionCode, FunctionKind } from '../runtime/code.ts';
import type { FunctionValue } from '../runtime/values.ts';

/** One run-time frame; `parent` is the frame in its slot 0. */
export class FrameScope {
  readonly parent: FrameScope | null;
  size = 3;

  constructor(parent: FrameScope | null) {
    this.parent = parent;
  }

  allocate(): number {
    return this.size++;
  }
}

export class VariableInfo {
  readonly name: string;
  readonly frame: FrameScope;
  readonly slot: number;
  /** Its first assignment always runs before whatever stands behind it in the scope. */
  definite: boolean;
  /** That assignment is behind us. */
  assigned = false;
  /** May be read without `$`. */
  readonly bare: boolean;
  /** The loop whose `as` names it. */
  loop: LoopInfo | null = null;

  constructor(name: string, frame: FrameScope, options: { definite: boolean; bare?: boolean }) {
    this.name = name;
    this.frame = frame;
    this.slot = frame.allocate();
    this.definite = options.definite;
    this.bare = options.bare ?? false;
  }
}

/** A loop that is run in place. */
export interface LoopInfo {
  readonly fn: FunctionScope;
}

/** A function being compiled. `parent` is null where it can't see what is around it. */
export class FunctionScope {
  readonly kind: FunctionKind | 'file';
  readonly code: FunctionCode | null;
  readonly parent: BlockScope | null;
  /** Where it stands, also if it can't see that: for messages. */
  readonly around: BlockScope | null;
  /** The frame that a call of it makes. */
  readonly entry: FrameScope;
  /** Its own value, for a function that calls itself by name. */
  self: { readonly name: string; readonly value: FunctionValue } | null = null;
  /** A block inside returns out of it: its frame's slot that says whether it still runs. */
  aliveSlot = -1;
  /** `%chain` is named inside. */
  namesChain = false;
  /** Loops that are run in place around the current place, innermost last. */
  readonly loops: LoopInfo[] = [];

  /** Every scope that was opened inside. */
  readonly scopes: BlockScope[] = [];

  constructor(
    kind: FunctionKind | 'file',
    code: FunctionCode | null,
    parent: BlockScope | null,
    around: BlockScope | null = parent,
  ) {
    this.kind = kind;
    this.code = code;
    this.parent = parent;
    this.around = around;
    this.entry = new FrameScope(parent?.frame ?? null);
  }

  /** True if a scope inside has declared the name. */
  hasClosed(name: string): boolean {
    return this.scopes.some((scope) => scope.variables.has(name));
  }

  /** The function that a `return` here leaves: this one, or the one around a block. */
  get home(): FunctionScope {
    return this.kind === 'block' && this.parent !== null ? this.parent.fn.home : this;
  }
}

export class BlockScope {
  readonly parent: BlockScope | null;
  readonly fn: FunctionScope;
  readonly frame: FrameScope;
  readonly variables = new Map<string, VariableInfo>();

  constructor(parent: BlockScope | null, fn: FunctionScope, frame: FrameScope) {
    this.parent = parent;
    this.fn = fn;
    this.frame = frame;
    fn.scopes.push(this);
  }

  declare(name: string, options: { definite: boolean; bare?: boolean }): VariableInfo {
    const info = new VariableInfo(name, this.frame, options);
    this.variables.set(name, info);
    return info;
  }

  /** The variable that a name means here, or null. */
  find(name: string): VariableInfo | null {
    for (let scope: BlockScope | null = this; scope !== null; scope = scope.parent ?? scope.fn.parent) {
      const info = scope.variables.get(name);
      if (info !== undefined) return info;
    }
    return null;
  }

  /** True if everything between here and the file's top captures: a name of the file's own is then a variable. */
  get reachesFile(): boolean {
    let fn: FunctionScope = this.fn;
    while (fn.parent !== null) fn = fn.parent.fn;
    return fn.kind === 'file';
  }

  /** Slots that must be unset where the scope begins, since something may read them before they are assigned. */
  get resets(): number[] {
    return [...this.variables.values()].filter((info) => !info.definite).map((info) => info.slot);
  }
}

/** How many frames out from `from` the frame `to` is. */
export function distance(from: FrameScope, to: FrameScope): number {
  let steps = 0;
  for (let frame: FrameScope | null = from; frame !== null && frame !== to; frame = frame.parent) steps++;
  return steps;
}
