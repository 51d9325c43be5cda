/**
 * Loops that are run in place: their bodies are steps of the function around, so `break`, `next` and `return` are
 * completions. Powerless side.
 */
import type { FunctionLiteral, Node, While } from '../parser/ast.ts';
import { newFrame, type Site } from '../runtime/code.ts';
import { type LoopState, newLoop } from '../runtime/loop.ts';
import type { Machine } from '../runtime/machine.ts';
import { LoopSignal } from '../runtime/signals.ts';
import type { Frame, Instance, Value } from '../runtime/values.ts';
import { endLoop, type LoopParts, sectionSteps } from './blocks.ts';
import { rowStep } from './bodies.ts';
import type { Compiler } from './compiler.ts';
import { BREAK, CALL_RETURN, type Completion, DONE, NEXT, RETURN, type Step } from './nodes.ts';
import { BlockScope, FrameScope, type LoopInfo } from './scope.ts';

/** One turn of a loop with up to two values. */
export type Turn = (frame: Frame, first: Value, second: Value) => Completion;

export interface CompiledLoop {
  readonly turn: Turn;
  /** Called before the first turn. */
  readonly begin: (frame: Frame) => void;
  /** Called after the last, where nothing ended the loop early. */
  readonly end: (frame: Frame) => void;
  /** Called however it ends. */
  readonly leave: (frame: Frame) => void;
}

interface LoopSource {
  readonly params: readonly { readonly name: string; readonly bare: boolean }[];
  readonly body: readonly Node[];
  readonly loopName: string | null;
  readonly sections: FunctionLiteral['sections'];
  readonly makesClosures: boolean;
}

export function compileLoop(c: Compiler, source: LoopSource): CompiledLoop {
  const info: LoopInfo = { fn: c.scope.fn };
  if (source.loopName === null && source.sections === null) {
    return { turn: compileTurn(c, source, info), begin: nothing, end: nothing, leave: nothing };
  }
  const scope = new BlockScope(c.scope, c.scope.fn, c.scope.frame);
  return c.inScope(scope, () => {
    const name = scope.declare(source.loopName ?? c.hiddenName(), { definite: true });
    name.assigned = true;
    name.loop = info;
    const turn = compileTurn(c, source, info);
    const parts = { ...sectionSteps(c, source.sections), slot: name.slot, frameSize: 0 };
    return withParts(c.vm, turn, parts);
  });
}

function nothing(): void {}

/** A turn of a loop that has a loop object or sections around it. */
function withParts(vm: Machine, turn: Turn, parts: LoopParts): CompiledLoop {
  const { slot, before, between } = parts;
  const full: Turn = (frame, first, second) => {
    const loop = frame[slot] as Instance;
    const state = loop.state as LoopState;
    const section = state.count === 0 ? before : between;
    const early = section === null ? DONE : section(frame);
    if (early !== DONE) return early;
    state.count++;
    const { depth } = vm;
    try {
      return turn(frame, first, second);
    } catch (thrown) {
      if (!(thrown instanceof LoopSignal) || thrown.loop !== loop) throw thrown;
      vm.depth = depth;
      vm.result = thrown.value;
      vm.levels = 1;
      return thrown.kind === 'next' ? NEXT : BREAK;
    }
  };
  return {
    turn: full,
    begin: (frame) => {
      frame[slot] = newLoop();
    },
    end: (frame) => endLoop(parts, frame),
    leave: (frame) => {
      ((frame[slot] as Instance).state as LoopState).active = false;
    },
  };
}

/** The body with its parameters: in the frame of the function, or in one of its own for each turn if closures capture it. */
function compileTurn(c: Compiler, source: LoopSource, info: LoopInfo): Turn {
  const { fn } = c.scope;
  const own = source.makesClosures ? new FrameScope(c.scope.frame) : null;
  const scope = new BlockScope(c.scope, fn, own ?? c.scope.frame);
  fn.loops.push(info);
  const { slots, body } = c.inScope(scope, () => {
    const declared = source.params.map((param) => {
      const variable = scope.declare(param.name, { definite: true, bare: param.bare });
      variable.assigned = true;
      return variable.slot;
    });
    return { slots: declared, body: rowStep(c, source.body, 'nothing') };
  });
  fn.loops.pop();
  return own === null ? sameFrame(slots, scope.resets, body) : ownFrame(slots, own, body);
}

function sameFrame(slots: readonly number[], resets: readonly number[], body: Step): Turn {
  const [a, b] = slots;
  if (resets.length > 0) {
    return (frame, first, second) => {
      for (const slot of resets) frame[slot] = undefined;
      if (a !== undefined) frame[a] = first;
      if (b !== undefined) frame[b] = second;
      return body(frame);
    };
  }
  if (a === undefined) return body;
  if (b === undefined) {
    return (frame, first) => {
      frame[a] = first;
      return body(frame);
    };
  }
  return (frame, first, second) => {
    frame[a] = first;
    frame[b] = second;
    return body(frame);
  };
}

function ownFrame(slots: readonly number[], own: FrameScope, body: Step): Turn {
  const [a, b] = slots;
  return (frame, first, second) => {
    const inner = newFrame(own.size, frame, frame[1] as Value, frame[2] as Value);
    if (a !== undefined) inner[a] = first;
    if (b !== undefined) inner[b] = second;
    return body(inner);
  };
}

/** `while` and `forever`. */
export function whileStep(c: Compiler, node: While): Step {
  const { vm } = c;
  const site = c.site(node.line, 'while');
  const test = node.condition === null ? null : c.maybeSkipped(() => c.value(node.condition as Node));
  const { body, loopName, sections, contents } = node;
  const { makesClosures } = contents;
  const loop = compileLoop(c, { params: [], body, loopName, sections, makesClosures });
  if (loopName === null && sections === null) return plainWhile(vm, site, test, loop.turn as Step);
  const step = plainWhile(vm, site, test, loop.turn as Step);
  return (frame) => {
    loop.begin(frame);
    try {
      const end = step(frame);
      if (end === DONE && !vm.broke) {
        loop.end(frame);
        vm.result = null;
      }
      return end;
    } finally {
      loop.leave(frame);
    }
  };
}

function plainWhile(vm: Machine, site: Site, test: ((frame: Frame) => Value) | null, body: Step): Step {
  return (frame) => {
    for (;;) {
      if (test !== null) {
        const value = test(frame);
        if (value === false || value === null) break;
      }
      const end = body(frame);
      if (end !== DONE && end !== NEXT) {
        if (end !== BREAK) return end;
        vm.broke = true;
        return --vm.levels > 0 ? BREAK : DONE;
      }
      if (--vm.fuel < 0) vm.checkTime(site);
    }
    vm.broke = false;
    vm.result = null;
    return DONE;
  };
}

/** What a loop over values does when a turn has ended with a jump: goes on (-1), or ends with a completion. */
export function afterTurn(vm: Machine, end: Completion): Completion | -1 {
  if (end === NEXT || end === CALL_RETURN) return -1;
  if (end === RETURN) return RETURN;
  return --vm.levels > 0 ? BREAK : DONE;
}
