/**
 * Calls: of methods, of functions by `&name`, of commands. Powerless side. A site remembers the class that it met last
 * and the method found there; a script's function whose parameters are plain is entered without building a list.
 */
import { classOf } from '../builtins/types.ts';
import type { Call, Command, FunctionCall, Node, Super, Yield } from '../parser/ast.ts';
import { Call as NativeCall, NO_ARGS } from '../runtime/call.ts';
import { type Method, ScriptMethod } from '../runtime/classes.ts';
import { type FunctionCode, newFrame, type Site } from '../runtime/code.ts';
import { fail } from '../runtime/errors.ts';
import type { Machine } from '../runtime/machine.ts';
import { callSuper } from '../runtime/objects.ts';
import { type ClassValue, type Frame, FunctionValue, Instance, type Value } from '../runtime/values.ts';
import { compileArguments, plainArguments } from './arguments.ts';
import { type BlockMaker, makeBlock, withBlock } from './blocks.ts';
import { SKIPPED } from './chains.ts';
import type { Compiler, Wanted } from './compiler.ts';
import { loopJump } from './control.ts';
import { eachStep } from './each.ts';
import { DONE, type Eval, type Step } from './nodes.ts';
import { printValue } from './print.ts';
import { callObject, currentBlock } from './system.ts';
import { selfCall, variableValue } from './variables.ts';

const NO_NAMED_ARGS: ReadonlyMap<string, Value> = new Map();

/** Calls a function with up to three plain arguments; everything that isn't plain goes the long way. */
function functionInvoke(
  c: Compiler,
  callee: Eval,
  args: readonly Eval[],
  site: Site,
  otherwise: MethodInvoke | null = null,
): Eval {
  const { vm } = c;
  const { role } = site;
  const [a, b, d] = args as [Eval, Eval, Eval];
  const general = (target: Value, frame: Frame): Value => {
    if (otherwise !== null && !(target instanceof FunctionValue)) return otherwise(target, frame);
    const values = args.map((arg) => arg(frame));
    return vm.callFunction(target, values, NO_NAMED_ARGS, null, site);
  };
  switch (args.length) {
    case 0:
      return (frame) => {
        const target = callee(frame);
        if (!(target instanceof FunctionValue)) return general(target, frame);
        const code = target.code;
        if (code.fastArity !== 0 || code.role !== role) return general(target, frame);
        const next = newFrame(code.frameSize, target.env, target.self, code.isBlock ? target : null);
        const depth = vm.enter(site);
        const result = code.body(next);
        vm.depth = depth - 1;
        return result;
      };
    case 1:
      return (frame) => {
        const target = callee(frame);
        if (!(target instanceof FunctionValue)) return general(target, frame);
        const code = target.code;
        if (code.fastArity !== 1 || code.role !== role) return general(target, frame);
        const first = a(frame);
        const next = newFrame(code.frameSize, target.env, target.self, code.isBlock ? target : null);
        next[3] = first;
        const depth = vm.enter(site);
        const result = code.body(next);
        vm.depth = depth - 1;
        return result;
      };
    case 2:
      return (frame) => {
        const target = callee(frame);
        if (!(target instanceof FunctionValue)) return general(target, frame);
        const code = target.code;
        if (code.fastArity !== 2 || code.role !== role) return general(target, frame);
        const first = a(frame);
        const second = b(frame);
        const next = newFrame(code.frameSize, target.env, target.self, code.isBlock ? target : null);
        next[3] = first;
        next[4] = second;
        const depth = vm.enter(site);
        const result = code.body(next);
        vm.depth = depth - 1;
        return result;
      };
    default:
      return (frame) => {
        const target = callee(frame);
        if (!(target instanceof FunctionValue)) return general(target, frame);
        const code = target.code;
        if (code.fastArity !== 3 || code.role !== role) return general(target, frame);
        const first = a(frame);
        const second = b(frame);
        const third = d(frame);
        const next = newFrame(code.frameSize, target.env, target.self, code.isBlock ? target : null);
        next[3] = first;
        next[4] = second;
        next[5] = third;
        const depth = vm.enter(site);
        const result = code.body(next);
        vm.depth = depth - 1;
        return result;
      };
  }
}

/** `&name(…)` */
export function functionCallValue(c: Compiler, node: FunctionCall): Eval {
  const { vm } = c;
  const site = c.site(node.line, node.name);
  const callee = variableValue(c, { type: 'variable', name: node.name, line: node.line }, 'function');
  const plain = node.block === null ? plainArguments(c, node.args) : null;
  if (plain !== null) return functionInvoke(c, callee, plain, site);
  const args = compileArguments(c, node.args, node.line);
  const call: Invocation = (frame, block) =>
    vm.callFunction(callee(frame), args.positional(frame), args.named(frame), block, site);
  return node.block === null
    ? (frame) => call(frame, null)
    : withBlock(c, makeBlock(c, node.block), call, node.line).value;
}

type Invocation = (frame: Frame, block: FunctionValue | null) => Value;

/** Calls that have a form of their own; null for a plain method call. */
function specialValue(c: Compiler, node: Call): Eval | null {
  if (node.receiver.type === 'system' && node.receiver.name === 'call') return callObject(c, node);
  return null;
}

/** A method call for its value; null if it must be compiled as a step. */
export function callValue(c: Compiler, node: Call): Eval | null {
  if (needsStep(c, node)) return null;
  const special = specialValue(c, node);
  if (special !== null) return special;
  if (node.block !== null) return blockCall(c, node).value;
  const receiver = c.value(node.receiver);
  const plain = plainArguments(c, node.args);
  const invoke = plain === null ? generalMethod(c, node) : plainMethod(c, node, plain);
  if (node.safe) {
    return (frame) => {
      const target = receiver(frame);
      return target === null || target === SKIPPED ? SKIPPED : invoke(target, frame);
    };
  }
  if (plain !== null && node.name === 'call') {
    return functionInvoke(c, receiver, plain, c.site(node.line, 'call', node.receiver), invoke);
  }
  return (frame) => invoke(receiver(frame), frame);
}

/** Loops that run in place, and jumps written as calls. */
function needsStep(c: Compiler, node: Call): boolean {
  if (node.receiver.type === 'system' && node.receiver.name === 'call' && node.name === 'return') return true;
  return node.block !== null && eachStep.fits(c, node);
}

/** A method call as a statement, where that is another thing than its value; else null. */
export function callStep(c: Compiler, node: Call, wanted: Wanted): Step | null {
  const jump = loopJump(c, node);
  if (jump !== null) return jump;
  if (node.block === null) return null;
  if (eachStep.fits(c, node)) return eachStep.compile(c, node, blockCall);
  if (!node.contents.jumps) return null;
  const call = blockCall(c, node);
  const { vm } = c;
  return (frame) => {
    const end = call.step(frame);
    if (wanted === 'nothing' && end === DONE) vm.result = null;
    return end;
  };
}

/** A call that is given a block. */
export function blockCall(
  c: Compiler,
  node: Call,
  fixed: Eval | null = null,
): { readonly value: Eval; readonly step: Step } {
  const { vm } = c;
  const site = c.site(node.line, node.name, node.receiver);
  const receiver = fixed ?? c.value(node.receiver);
  const args = compileArguments(c, node.args, node.line);
  const maker: BlockMaker = makeBlock(c, node.block);
  const call: Invocation = (frame, block) => {
    const target = receiver(frame);
    if (target === SKIPPED || (node.safe && target === null)) return SKIPPED;
    const method = vm.methodOf(target, node.name, site);
    return vm.invokeMethod(method, target, args.positional(frame), args.named(frame), block, site);
  };
  return withBlock(c, maker, call, node.line);
}

type MethodInvoke = (target: Value, frame: Frame) => Value;

function generalMethod(c: Compiler, node: Call): MethodInvoke {
  const { vm } = c;
  const site = c.site(node.line, node.name, node.receiver);
  const args = compileArguments(c, node.args, node.line);
  return (target, frame) => {
    if (target === SKIPPED) return SKIPPED;
    const positional = args.positional(frame);
    const method = vm.methodOf(target, node.name, site);
    return vm.invokeMethod(method, target, positional, args.named(frame), null, site);
  };
}

/** The method that a call found last, and the class that it found it in. */
class Found {
  cls: ClassValue | null = null;
  /** For a script's method that can be entered by filling a frame; else null. */
  code: FunctionCode | null = null;
  method: Method | null = null;

  look(vm: Machine, cls: ClassValue, target: Value, name: string, count: number, site: Site): void {
    const method = vm.methodOf(target, name, site);
    const code = method instanceof ScriptMethod ? method.code : null;
    this.cls = cls;
    this.method = method;
    this.code = code !== null && code.fastArity === count && code.role === site.role ? code : null;
  }
}

function plainMethod(c: Compiler, node: Call, args: readonly Eval[]): MethodInvoke {
  const { vm } = c;
  const { name } = node;
  const site = c.site(node.line, name, node.receiver);
  const [a, b, d] = args as [Eval, Eval, Eval];
  const count = args.length;
  const found = new Found();
  const otherwise = anyMethod(vm, args, new NativeCall(vm, site));
  if (count === 0) {
    return (target, frame) => {
      const cls = target instanceof Instance ? target.cls : classOf(target);
      if (cls !== found.cls) {
        if (target === SKIPPED) return SKIPPED;
        found.look(vm, cls, target, name, 0, site);
      }
      const code = found.code;
      if (code === null) return otherwise(found.method as Method, target, frame);
      const next = newFrame(code.frameSize, undefined, target, null);
      const depth = vm.enter(site);
      const result = code.body(next);
      vm.depth = depth - 1;
      return result;
    };
  }
  const general: MethodInvoke = (target, frame) => {
    const cls = target instanceof Instance ? target.cls : classOf(target);
    if (cls !== found.cls) {
      if (target === SKIPPED) return SKIPPED;
      found.look(vm, cls, target, name, count, site);
    }
    const code = found.code;
    if (code === null) return otherwise(found.method as Method, target, frame);
    const first = a(frame);
    const second = count > 1 ? b(frame) : null;
    const third = count > 2 ? d(frame) : null;
    const next = newFrame(code.frameSize, undefined, target, null);
    next[3] = first;
    if (count > 1) next[4] = second;
    if (count > 2) next[5] = third;
    const depth = vm.enter(site);
    const result = code.body(next);
    vm.depth = depth - 1;
    return result;
  };
  if (name !== 'push' || count !== 1) return general;
  // What loops do most often: no list of arguments is made for it.
  return (target, frame) => {
    if (!Array.isArray(target)) return general(target, frame);
    target.push(a(frame));
    return target;
  };
}

/** Calls a native method, or a script's that has to be entered the long way. */
function anyMethod(
  vm: Machine,
  args: readonly Eval[],
  call: NativeCall,
): (method: Method, target: Value, frame: Frame) => Value {
  const count = args.length;
  const [a] = args as [Eval];
  const site = call.by;
  return (method, target, frame) => {
    const values = count === 0 ? NO_ARGS : count === 1 ? [a(frame)] : args.map((arg) => arg(frame));
    if (method instanceof ScriptMethod) return vm.invokeMethod(method, target, values, NO_NAMED_ARGS, null, site);
    if (!method.simple || count < method.min || count > method.max) return vm.callNative(method, target, values, call);
    try {
      return method.body(target, values, call);
    } catch (thrown) {
      throw vm.wrap(thrown, site);
    }
  };
}

/** `puts x` and its like, or a call of a method of self. */
export function commandValue(c: Compiler, node: Command): Eval {
  const print = printValue(c, node);
  if (print !== null) return print;
  if (node.block === null && node.args.named.length === 0) {
    const { positional } = compileArguments(c, node.args, node.line);
    return selfCall(c, node.name, node.line, positional);
  }
  const receiver: Node = { type: 'system', name: 'self', line: node.line };
  const { args, block, name, line } = node;
  const contents = { makesClosures: true, jumps: true };
  const call: Call = { type: 'call', receiver, name, args, block, safe: false, contents, line };
  return c.value(call);
}

/** `super(…)`: the method of the same name above the class that this one stands in. */
export function superValue(c: Compiler, node: Super): Eval {
  const { vm, method } = c;
  if (method === null) return c.fails(node.line, () => fail.type('super stands outside a method'));
  const site = c.site(node.line, `super ${method.name}`);
  const args =
    node.args === null
      ? { positional: (frame: Frame) => ownArguments(method.code.params, frame), named: () => NO_NAMED_ARGS }
      : compileArguments(c, node.args, node.line);
  const home = currentBlock(c);
  const call: Invocation = (frame, block) =>
    callSuper(vm, frame[1] as Value, method, args.positional(frame), args.named(frame), block ?? home(frame), site);
  return node.block === null
    ? (frame) => call(frame, null)
    : withBlock(c, makeBlock(c, node.block), call, node.line).value;
}

function ownArguments(params: readonly { readonly kind: string; readonly slot: number }[], frame: Frame): Value[] {
  return params.filter((param) => param.kind === 'positional').map((param) => frame[param.slot] as Value);
}

/** `yield x`: the block that the method or function around was given. */
export function yieldValue(c: Compiler, node: Yield): Eval {
  const { vm } = c;
  const site = c.site(node.line, 'yield');
  const block = currentBlock(c);
  const args = compileArguments(c, node.args, node.line);
  return (frame) => vm.yieldMany(block(frame), args.positional(frame), site);
}
