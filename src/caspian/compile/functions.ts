/**
 * Functions, closures, methods and blocks to code. Powerless side. `function` and `method` see nothing of the scope
 * around them; a `return` in a block leaves the function that the block stands in.
 */
import type { FunctionLiteral, Parameter } from '../parser/ast.ts';
import type { FunctionCode, FunctionKind, Param } from '../runtime/code.ts';
import { fail } from '../runtime/errors.ts';
import { BreakSignal, ReturnSignal } from '../runtime/signals.ts';
import { type Frame, FunctionValue, Instance, type Value } from '../runtime/values.ts';
import { storeIn } from './assign.ts';
import { type Finish, functionBody } from './bodies.ts';
import type { Compiler } from './compiler.ts';
import { BREAK, type Completion, type Eval, NEXT, RETURN } from './nodes.ts';
import { BlockScope, distance, FunctionScope } from './scope.ts';

/** A function as a value; `function &name` also stores it under that name. */
export function functionValue(c: Compiler, node: FunctionLiteral): Eval {
  const kind: FunctionKind = node.kind === 'do' || node.kind === 'brace' ? 'block' : node.kind;
  if (kind === 'function') return sealedFunction(c, node);
  const code = compileFunction(c, node, kind, kind === 'block' ? 'block' : 'closure');
  return (frame) => new FunctionValue(code, frame, frame[1] as Value);
}

/** It captures nothing, so one value will do, and can be its own name inside. */
function sealedFunction(c: Compiler, node: FunctionLiteral): Eval {
  const code = c.code(node.name ?? 'function', 'function', node.line);
  const value = new FunctionValue(code, undefined, null);
  const self = node.name === null ? null : { name: node.name, value };
  fillCode(c, node, code, self);
  if (node.name === null) return () => value;
  const store = storeIn(c, node.name);
  return (frame) => {
    store(frame, value);
    return value;
  };
}

export function compileFunction(c: Compiler, node: FunctionLiteral, kind: FunctionKind, name: string): FunctionCode {
  const code = c.code(name, kind, node.line);
  fillCode(c, node, code, null);
  return code;
}

function fillCode(
  c: Compiler,
  node: FunctionLiteral,
  code: FunctionCode,
  self: { name: string; value: FunctionValue } | null,
): void {
  const captures = code.kind === 'closure' || code.kind === 'block';
  const fn = new FunctionScope(code.kind, code, captures ? c.scope : null, c.scope);
  fn.self = self;
  const outerMethod = c.method;
  if (code.kind === 'method') c.method = { name: code.name, code };
  else if (!captures) c.method = null;
  c.inScope(new BlockScope(null, fn, fn.entry), () => {
    const stores = declareParameters(c, node.params, code);
    const body = functionBody(c, node.body, finishOf(c, node.contents.jumps));
    code.body = guardReturns(c, fn, withPrologue(stores, body));
  });
  c.method = outerMethod;
  code.frameSize = fn.entry.size;
  code.setsChain = fn.namesChain;
  code.seal();
}

type FieldStore = { readonly slot: number; readonly field: string };

/** `@field` parameters are stored first. */
function withPrologue(stores: readonly FieldStore[], body: Eval): Eval {
  if (stores.length === 0) return body;
  return (frame) => {
    const self = frame[1];
    if (self instanceof Instance) {
      for (const { slot, field } of stores) setField(self, field, frame[slot] as Value);
    }
    return body(frame);
  };
}

export function setField(self: Instance, field: string, value: Value): void {
  const at = self.cls.slotOf(field);
  while (self.fields.length < at) self.fields.push(undefined);
  self.fields[at] = value;
}

function declareParameters(c: Compiler, params: readonly Parameter[], code: FunctionCode): FieldStore[] {
  const stores: FieldStore[] = [];
  const compiled: Param[] = [];
  for (const param of params) {
    const { initial: given } = param;
    const initial = given === null ? null : c.maybeSkipped(() => c.value(given));
    const info = c.scope.declare(param.name, { definite: true, bare: param.bare });
    info.assigned = true;
    if (param.field) stores.push({ slot: info.slot, field: param.name });
    const { kind, name, optional, classes } = param;
    compiled.push({ kind, name, optional, classes, initial, slot: info.slot });
  }
  code.params = compiled;
  const plain = params.every((param) => param.kind === 'positional' && !param.optional && param.classes === null);
  // Defaults may need slots between the parameters' own.
  if (plain && compiled.every((param, at) => param.slot === at + 3)) code.arity = params.length;
  return stores;
}

/** The frame of the function that a `return` here leaves, from the frame that is current. */
export function homeFrame(c: Compiler): (frame: Frame) => Frame {
  const steps = distance(c.scope.frame, c.scope.fn.home.entry);
  return (frame) => {
    let at = frame;
    for (let step = 0; step < steps; step++) at = at[0] as Frame;
    return at;
  };
}

/** Throws what unwinds to the function around; `vm.result` is what it returns. */
export function returnThrower(c: Compiler, line: number): (frame: Frame) => never {
  const { vm } = c;
  const { home } = c.scope.fn;
  reserveAlive(home);
  const alive = home.aliveSlot;
  const toHome = homeFrame(c);
  const site = c.site(line, 'return');
  return (frame) => {
    const target = toHome(frame);
    if (target[alive] !== true) {
      throw vm.wrap(fail.jump('the function that this return leaves has already ended'), site);
    }
    throw new ReturnSignal(target, vm.result);
  };
}

export function reserveAlive(home: FunctionScope): void {
  if (home.aliveSlot < 0) home.aliveSlot = home.entry.allocate();
}

/** Catches returns out of blocks, where there are any. */
export function guardReturns(c: Compiler, fn: FunctionScope, body: Eval): Eval {
  const alive = fn.aliveSlot;
  if (alive < 0) return body;
  const { vm } = c;
  return (frame) => {
    const { depth } = vm;
    frame[alive] = true;
    try {
      return body(frame);
    } catch (thrown) {
      if (!(thrown instanceof ReturnSignal) || thrown.home !== frame) throw thrown;
      vm.depth = depth;
      return thrown.value;
    } finally {
      frame[alive] = false;
    }
  };
}

/** What the function being compiled gives when a step of it ends with a jump, if any step can. */
export function finishOf(c: Compiler, jumps: boolean): Finish {
  const { vm } = c;
  const { fn } = c.scope;
  const site = c.site(fn.code?.site.line ?? 0, '');
  const stray = (): never => {
    throw vm.wrap(fail.jump('break and next need a loop or block around them'), site);
  };
  if (fn.kind !== 'block') {
    const isClosure = fn.kind === 'closure';
    return (_frame, end) => (end === BREAK || (end === NEXT && !isClosure) ? stray() : vm.result);
  }
  if (!jumps) return () => vm.result;
  const outOf = stepReturn(c, fn);
  return (frame, end: Completion) => {
    if (end === RETURN) return outOf(frame);
    if (end !== BREAK) return vm.result;
    const block = frame[2];
    if (!(block instanceof FunctionValue) || !block.live) {
      throw vm.wrap(fail.jump('the call that this break ends has already ended'), site);
    }
    throw new BreakSignal(block, vm.result, vm.levels);
  };
}

/** A `return` that has come to the end of a block's own body. */
function stepReturn(c: Compiler, fn: FunctionScope): (frame: Frame) => never {
  const scope = new BlockScope(null, fn, fn.entry);
  return c.inScope(scope, () => returnThrower(c, fn.code?.site.line ?? 0));
}
