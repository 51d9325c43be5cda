/**
 * `each`, `times`, `upto` and `downto` with a literal block, run in place where the receiver is built in. Powerless side.
 * For any other receiver the block becomes a function, compiled when that first happens.
 */
import type { Call } from '../parser/ast.ts';
import type { Site } from '../runtime/code.ts';
import type { Machine } from '../runtime/machine.ts';
import type { Frame, Value } from '../runtime/values.ts';
import { SKIPPED } from './chains.ts';
import type { Compiler } from './compiler.ts';
import { reserveAlive } from './functions.ts';
import { afterTurn, type CompiledLoop, compileLoop, type Turn } from './loops.ts';
import { type Completion, DONE, type Eval, type Step } from './nodes.ts';

type BlockCall = (c: Compiler, node: Call, receiver: Eval) => { readonly step: Step };

/** True if the call is a loop whose block can be run in place. */
function fits(node: Call): boolean {
  const { block, args, name } = node;
  if (block === null || args.named.length > 0) return false;
  const most = name === 'each' ? 2 : 1;
  const plain = block.params.every((param) => param.kind === 'positional' && !param.optional && param.classes === null);
  if (!plain || block.params.some((param) => param.field) || block.params.length > most) return false;
  switch (name) {
    case 'each':
    case 'times':
      return args.positional.length === 0;
    case 'upto':
    case 'downto':
      return args.positional.length === 1 && args.positional[0]?.type !== 'splat';
    default:
      return false;
  }
}

function compile(c: Compiler, node: Call, blockCall: BlockCall): Step {
  const { vm } = c;
  const { block } = node;
  if (block === null) throw new TypeError('no block');
  const receiver = c.value(node.receiver);
  const limit = node.args.positional.length === 0 ? null : c.value(node.args.positional[0] as Call);
  const { params, body, loopName, sections, contents } = block;
  const loop = compileLoop(c, { params, body, loopName, sections, makesClosures: contents.makesClosures });
  const general = whenNeeded(c, node, blockCall);
  const run = runner(vm, node.name, params.length, loop.turn, c.site(node.line, node.name));
  const whole = loopName === null && sections === null ? run : framed(vm, loop, run);
  return (frame) => {
    const target = receiver(frame);
    if (target === SKIPPED || (target === null && node.safe)) {
      vm.result = SKIPPED;
      return DONE;
    }
    if (limit === null) {
      if (isLoopOver(node.name, target)) return whole(frame, target, 0);
      return general(frame, target);
    }
    const end = typeof target === 'number' ? limit(frame) : null;
    return typeof end === 'number' ? whole(frame, target, end) : general(frame, target);
  };
}

function isLoopOver(name: string, target: Value): boolean {
  return name === 'each' ? Array.isArray(target) || target instanceof Map : typeof target === 'number';
}

/** The same call with the block as a function. */
function whenNeeded(c: Compiler, node: Call, blockCall: BlockCall): (frame: Frame, target: Value) => Completion {
  if (node.block?.contents.jumps) reserveAlive(c.scope.fn.home);
  const { scope, method } = c;
  const helpers = c.helpers.slice();
  let made: Step | null = null;
  let current: Value = null;
  const build = (): Step => {
    const outer = { method: c.method, late: c.late, helpers: c.helpers.splice(0) };
    c.method = method;
    c.late = true;
    c.helpers.push(...helpers);
    const { step } = c.inScope(scope, () => blockCall(c, node, () => current));
    c.method = outer.method;
    c.late = outer.late;
    c.helpers.splice(0, c.helpers.length, ...outer.helpers);
    return step;
  };
  return (frame, target) => {
    made ??= build();
    current = target;
    return made(frame);
  };
}

type Run = (frame: Frame, target: Value, end: number) => Completion;

/** With a loop object or sections around the turns. */
function framed(vm: Machine, loop: CompiledLoop, run: Run): Run {
  return (frame, target, end) => {
    loop.begin(frame);
    try {
      const ended = run(frame, target, end);
      if (ended === DONE && !vm.broke) {
        loop.end(frame);
        vm.result = target;
      }
      return ended;
    } finally {
      loop.leave(frame);
    }
  };
}

function runner(vm: Machine, name: string, params: number, turn: Turn, site: Site): Run {
  switch (name) {
    case 'each':
      return eachRunner(vm, params, turn, site);
    case 'times':
      return (frame, target) => count(vm, frame, target, 0, (target as number) - 1, 1, turn, site);
    case 'upto':
      return (frame, target, end) => count(vm, frame, target, target as number, end, 1, turn, site);
    default:
      return (frame, target, end) => count(vm, frame, target, target as number, end, -1, turn, site);
  }
}

function count(
  vm: Machine,
  frame: Frame,
  target: Value,
  from: number,
  to: number,
  by: 1 | -1,
  turn: Turn,
  site: Site,
): Completion {
  for (let at = from; by > 0 ? at <= to : at >= to; at += by) {
    const end = turn(frame, at, null);
    if (end !== DONE) {
      const ended = afterTurn(vm, end);
      if (ended !== -1) return broken(vm, ended);
    }
    if (--vm.fuel < 0) vm.checkTime(site);
  }
  return finished(vm, target);
}

function broken(vm: Machine, ended: Completion): Completion {
  vm.broke = true;
  return ended;
}

function finished(vm: Machine, target: Value): Completion {
  vm.broke = false;
  vm.result = target;
  return DONE;
}

function eachRunner(vm: Machine, params: number, turn: Turn, site: Site): Run {
  return (frame, target) => {
    if (!Array.isArray(target)) return eachPair(vm, params, turn, site, frame, target as Map<string, Value>);
    for (let at = 0; at < target.length; at++) {
      const item = target[at] as Value;
      const end =
        params === 2 && Array.isArray(item) ? turn(frame, item[0] ?? null, item[1] ?? null) : turn(frame, item, null);
      if (end !== DONE) {
        const ended = afterTurn(vm, end);
        if (ended !== -1) return broken(vm, ended);
      }
      if (--vm.fuel < 0) vm.checkTime(site);
    }
    return finished(vm, target);
  };
}

/** Over the pairs that are there when the loop begins: what a turn adds is not visited. */
function eachPair(
  vm: Machine,
  params: number,
  turn: Turn,
  site: Site,
  frame: Frame,
  hash: Map<string, Value>,
): Completion {
  for (const [key, value] of [...hash]) {
    const end = params === 2 ? turn(frame, key, value) : turn(frame, [key, value], null);
    if (end !== DONE) {
      const ended = afterTurn(vm, end);
      if (ended !== -1) return broken(vm, ended);
    }
    if (--vm.fuel < 0) vm.checkTime(site);
  }
  return finished(vm, hash);
}

export const eachStep = { fits: (_c: Compiler, node: Call): boolean => fits(node), compile };
