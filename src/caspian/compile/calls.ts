/**
 * Calls: of methods, of functions by `&name`, of commands. Powerless side. A site remembers the class that it met last
 * and the method found there; a script's function whose parameters are plain is entered without building a list.
 */
import { classOf, universalMethod } from '../builtins/types.ts';
import type { Call, Command, FunctionCall, Node, Super, Yield } from '../parser/ast.ts';
import { Call as NativeCall, NO_ARGS } from '../runtime/call.ts';
import { type Method, ScriptMethod } from '../runtime/classes.ts';
import { newFrame, type Site } from '../runtime/code.ts';
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

/** Enters a function with up to three plain arguments; everything that isn't plain goes the long way. */
type Invoke = (target: FunctionValue, frame: Frame) => Value;

function functionInvoke(vm: Machine, args: readonly Eval[], site: Site): Invoke {
  const [a, b, d] = args as [Eval, Eval, Eval];
  const count = args.length;
  const general = (target: FunctionValue, frame: Frame): Value => {
    const values = args.map((arg) => arg(frame));
    return vm.callFunction(target, values, NO_NAMED_ARGS, null, site);
  };
  const role = site.role;
  return (target, frame) => {
    const code = target.code;
    if (code.arity !== count || code.role !== role || code.setsChain) return general(target, frame);
    const next = newFrame(code.frameSize, target.env, target.self, code.kind === 'block' ? target : null);
    if (count > 0) {
      next[3] = a(frame);
      if (count > 1) {
        next[4] = b(frame);
        if (count > 2) next[5] = d(frame);
      }
    }
    const depth = vm.enter(site);
    const result = code.body(next);
    vm.depth = depth - 1;
    return result;
  };
}

const NO_NAMED_ARGS: ReadonlyMap<string, Value> = new Map();

/** `&name(…)` */
export function functionCallValue(c: Compiler, node: FunctionCall): Eval {
  const { vm } = c;
  const site = c.site(node.line, node.name);
  const callee = variableValue(c, { type: 'variable', name: node.name, line: node.line });
  const plain = node.block === null ? plainArguments(c, node.args) : null;
  if (plain !== null) {
    const invoke = functionInvoke(vm, plain, site);
    return (frame) => {
      const target = callee(frame);
      return target instanceof FunctionValue
        ? invoke(target, frame)
        : vm.callFunction(target, NO_ARGS, NO_NAMED_ARGS, null, site);
    };
  }
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
  const site = c.site(node.line, node.name);
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

function generalMethod(c: Compiler, node: Call): (target: Value, frame: Frame) => Value {
  const { vm } = c;
  const site = c.site(node.line, node.name);
  const args = compileArguments(c, node.args, node.line);
  return (target, frame) => {
    if (target === SKIPPED) return SKIPPED;
    const positional = args.positional(frame);
    const method = vm.methodOf(target, node.name, site);
    return vm.invokeMethod(method, target, positional, args.named(frame), null, site);
  };
}

function plainMethod(c: Compiler, node: Call, args: readonly Eval[]): (target: Value, frame: Frame) => Value {
  const { vm } = c;
  const { name } = node;
  const site = c.site(node.line, name);
  const call = new NativeCall(vm, site);
  const count = args.length;
  const [a, b, d] = args as [Eval, Eval, Eval];
  const role = site.role;
  const callsFunction = name === 'call';
  const invoke = functionInvoke(vm, args, site);
  let known: ClassValue | null = null;
  let method: Method | null = null;
  const find = (cls: ClassValue, target: Value): Method => {
    const found = cls.find(name) ?? universalMethod(name);
    if (found === undefined || (name === 'init' && found instanceof ScriptMethod))
      return vm.methodOf(target, name, site);
    known = cls;
    method = found;
    return found;
  };
  return (target, frame) => {
    const cls = target instanceof Instance ? target.cls : classOf(target);
    if (target === SKIPPED) return SKIPPED;
    if (callsFunction && target instanceof FunctionValue) return invoke(target, frame);
    const found = cls === known ? (method as Method) : find(cls, target);
    if (found instanceof ScriptMethod) {
      const code = found.code;
      if (code.arity === count && code.role === role && !code.setsChain) {
        const next = newFrame(code.frameSize, undefined, target, null);
        if (count > 0) {
          next[3] = a(frame);
          if (count > 1) {
            next[4] = b(frame);
            if (count > 2) next[5] = d(frame);
          }
        }
        const depth = vm.enter(site);
        const result = code.body(next);
        vm.depth = depth - 1;
        return result;
      }
      const values = args.map((arg) => arg(frame));
      return vm.invokeMethod(found, target, values, NO_NAMED_ARGS, null, site);
    }
    const values = count === 0 ? NO_ARGS : count === 1 ? [a(frame)] : args.map((arg) => arg(frame));
    if (found.simple && count >= found.min && count <= found.max) {
      try {
        return found.body(target, values, call);
      } catch (thrown) {
        throw vm.wrap(thrown, site);
      }
    }
    return vm.callNative(found, target, values, call);
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
