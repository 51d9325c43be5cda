/**
 * Blocks that are given to a call, with `break`, `as $loop` and sections. Powerless side. Whatever the method does with
 * the block, `before` runs ahead of its first turn, `between` ahead of each further one, `after` when the method is done.
 */
import type { FunctionLiteral, Node } from '../parser/ast.ts';
import { newFrame } from '../runtime/code.ts';
import { fail } from '../runtime/errors.ts';
import { type LoopState, newLoop } from '../runtime/loop.ts';
import { BreakSignal, LoopSignal } from '../runtime/signals.ts';
import { type Frame, FunctionValue, type Instance, type Value } from '../runtime/values.ts';
import { bodyStep } from './bodies.ts';
import { SKIPPED } from './chains.ts';
import type { Compiler } from './compiler.ts';
import { compileFunction } from './functions.ts';
import { BREAK, DONE, type Eval, type Step } from './nodes.ts';
import { BlockScope, FrameScope } from './scope.ts';

export interface BlockMaker {
  /** The block as a function of the frame; `around` is its loop's frame, if it has one. */
  readonly make: (frame: Frame) => FunctionValue;
  readonly jumps: boolean;
  readonly loop: LoopParts | null;
}

/** What runs beside the turns of a loop; each step takes the frame that holds the loop object. */
export interface LoopParts {
  readonly slot: number;
  readonly frameSize: number;
  readonly before: Step | null;
  readonly between: Step | null;
  readonly after: Step | null;
  readonly noloop: Step | null;
}

export function makeBlock(c: Compiler, literal: FunctionLiteral | null): BlockMaker {
  if (literal === null) throw new TypeError('no block');
  if (literal.loopName === null && literal.sections === null) {
    const code = compileFunction(c, literal, 'block', 'block');
    return {
      make: (frame) => new FunctionValue(code, frame, frame[1] as Value),
      jumps: literal.contents.jumps,
      loop: null,
    };
  }
  return loopBlock(c, literal);
}

/** A block with a loop object or sections: a frame between it and the frame around holds the loop object. */
function loopBlock(c: Compiler, literal: FunctionLiteral): BlockMaker {
  const { vm } = c;
  const frameScope = new FrameScope(c.scope.frame);
  const scope = new BlockScope(c.scope, c.scope.fn, frameScope);
  const info = scope.declare(literal.loopName ?? c.hiddenName(), { definite: true });
  info.assigned = true;
  const { slot } = info;
  const { code, parts } = c.inScope(scope, () => ({
    code: compileFunction(c, literal, 'block', 'block'),
    parts: sectionSteps(c, literal.sections),
  }));
  const inner = code.body;
  code.body = (frame) => {
    const around = frame[0] as Frame;
    const loop = around[slot] as Instance;
    const state = loop.state as LoopState;
    if (state.count === 0) parts.before?.(around);
    else parts.between?.(around);
    state.count++;
    const { depth } = vm;
    try {
      return inner(frame);
    } catch (thrown) {
      if (!(thrown instanceof LoopSignal) || thrown.loop !== loop || thrown.kind !== 'next') throw thrown;
      vm.depth = depth;
      return thrown.value;
    }
  };
  return {
    make: (frame) => {
      const around = newFrame(frameScope.size, frame, frame[1] as Value, frame[2] as Value);
      around[slot] = newLoop();
      return new FunctionValue(code, around, frame[1] as Value);
    },
    jumps: true,
    loop: { ...parts, slot, frameSize: frameScope.size },
  };
}

type SectionSteps = Pick<LoopParts, 'before' | 'between' | 'after' | 'noloop'>;

export function sectionSteps(c: Compiler, sections: FunctionLiteral['sections']): SectionSteps {
  const step = (body: readonly Node[] | null | undefined): Step | null =>
    body === null || body === undefined ? null : bodyStep(c, body, 'nothing');
  return {
    before: step(sections?.before),
    between: step(sections?.between),
    after: step(sections?.after),
    noloop: step(sections?.noloop),
  };
}

type Invocation = (frame: Frame, block: FunctionValue) => Value;

/** Runs a call with a block: `break` in the block ends the call. As a value, and as a step for a `break N`. */
export function withBlock(c: Compiler, maker: BlockMaker, call: Invocation, line: number): { value: Eval; step: Step } {
  const { vm } = c;
  const site = c.site(line, 'break');
  const run = runner(c, maker, call);
  return {
    value: (frame) => {
      if (run(frame) === DONE) return vm.result;
      throw vm.wrap(fail.jump('break leaves more loops than there are'), site);
    },
    step: run,
  };
}

function runner(c: Compiler, maker: BlockMaker, call: Invocation): Step {
  const { vm } = c;
  const { loop } = maker;
  if (!maker.jumps) {
    return (frame) => {
      vm.result = call(frame, maker.make(frame));
      return DONE;
    };
  }
  return (frame) => {
    const { depth } = vm;
    const block = maker.make(frame);
    block.live = true;
    try {
      const result = call(frame, block);
      if (loop !== null && result !== SKIPPED) endLoop(loop, block.env as Frame);
      vm.result = result;
      return DONE;
    } catch (thrown) {
      const left = levelsLeft(thrown, block, loop);
      if (left < 0) throw thrown;
      vm.depth = depth;
      vm.result = (thrown as BreakSignal | LoopSignal).value;
      vm.levels = left;
      return left > 0 ? BREAK : DONE;
    } finally {
      block.live = false;
      if (loop !== null) ((block.env as Frame)[loop.slot] as Instance & { state: LoopState }).state.active = false;
    }
  };
}

/** Loops that a signal still has to leave after this call; -1 if it is not for this call. */
function levelsLeft(thrown: unknown, block: FunctionValue, loop: LoopParts | null): number {
  if (thrown instanceof BreakSignal && thrown.block === block) return thrown.levels - 1;
  if (loop === null || !(thrown instanceof LoopSignal) || thrown.kind !== 'break') return -1;
  return thrown.loop === (block.env as Frame)[loop.slot] ? 0 : -1;
}

export function endLoop(loop: LoopParts, around: Frame): void {
  const state = (around[loop.slot] as Instance).state as LoopState;
  if (state.count > 0) loop.after?.(around);
  else loop.noloop?.(around);
}
