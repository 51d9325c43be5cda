/**
 * Rows of statements: as steps, for their value, and as the body of a function. Powerless side.
 */
import type { Node } from '../parser/ast.ts';
import type { Frame, Value } from '../runtime/values.ts';
import type { Compiler, Wanted } from './compiler.ts';
import { type Completion, DONE, type Eval, type Step } from './nodes.ts';
import { BlockScope } from './scope.ts';

/** Compiles inside a scope of its own in the same frame. */
function inNewScope<R>(c: Compiler, compile: () => R): { readonly result: R; readonly resets: number[] } {
  const scope = new BlockScope(c.scope, c.scope.fn, c.scope.frame);
  const result = c.inScope(scope, compile);
  return { result, resets: scope.resets };
}

/** A body in a scope of its own, as one step. */
export function bodyStep(c: Compiler, body: readonly Node[], wanted: Wanted): Step {
  const { result: step, resets } = inNewScope(c, () => rowStep(c, body, wanted));
  return resetFirst(resets, step);
}

function resetFirst(slots: readonly number[], step: Step): Step {
  const [only] = slots;
  if (only === undefined) return step;
  if (slots.length === 1) {
    return (frame) => {
      frame[only] = undefined;
      return step(frame);
    };
  }
  return (frame) => {
    for (const slot of slots) frame[slot] = undefined;
    return step(frame);
  };
}

/** Statements in a row, in the scope that is current. */
export function rowStep(c: Compiler, body: readonly Node[], wanted: Wanted): Step {
  const { vm } = c;
  if (body.length === 0) {
    return () => {
      vm.result = null;
      return DONE;
    };
  }
  const last = body.length - 1;
  const steps = body.map((node, at) => c.step(node, at === last ? wanted : 'nothing'));
  return sequence(steps);
}

function sequence(steps: readonly Step[]): Step {
  const [a, b, c, d] = steps as [Step, Step, Step, Step];
  switch (steps.length) {
    case 1:
      return a;
    case 2:
      return (frame) => {
        const end = a(frame);
        return end !== DONE ? end : b(frame);
      };
    case 3:
      return (frame) => {
        let end = a(frame);
        if (end !== DONE) return end;
        end = b(frame);
        return end !== DONE ? end : c(frame);
      };
    case 4:
      return (frame) => {
        let end = a(frame);
        if (end !== DONE) return end;
        end = b(frame);
        if (end !== DONE) return end;
        end = c(frame);
        return end !== DONE ? end : d(frame);
      };
    default:
      return (frame) => {
        for (let at = 0; at < steps.length; at++) {
          const end = (steps[at] as Step)(frame);
          if (end !== DONE) return end;
        }
        return DONE;
      };
  }
}

/** A body without jumps in a scope of its own, for its value. */
export function bodyValue(c: Compiler, body: readonly Node[]): Eval {
  const { result, resets } = inNewScope(c, () => rowValue(c, body));
  if (resets.length === 0) return result;
  return (frame) => {
    for (const slot of resets) frame[slot] = undefined;
    return result(frame);
  };
}

function rowValue(c: Compiler, body: readonly Node[]): Eval {
  const last = body.at(-1);
  if (last === undefined) return () => null;
  const before = body.slice(0, -1).map((node) => c.step(node, 'nothing'));
  const value = c.value(last);
  return prefixed(before, value);
}

/** Steps that can't jump, then a value. */
function prefixed(before: readonly Step[], value: Eval): Eval {
  const [a, b] = before as [Step, Step];
  switch (before.length) {
    case 0:
      return value;
    case 1:
      return (frame) => {
        a(frame);
        return value(frame);
      };
    case 2:
      return (frame) => {
        a(frame);
        b(frame);
        return value(frame);
      };
    default:
      return (frame) => {
        for (let at = 0; at < before.length; at++) (before[at] as Step)(frame);
        return value(frame);
      };
  }
}

/** What a function gives when a step of it has ended with a jump. */
export type Finish = (frame: Frame, end: Completion) => Value;

/** The body of a function, in the scope that is current. `finish` takes what a jump left. */
export function functionBody(c: Compiler, body: readonly Node[], finish: Finish): Eval {
  const [first, ...rest] = body;
  if (first === undefined) return () => null;
  if (rest.length === 0) return tailValue(c, first, finish);
  const guard = guardOf(c, first);
  if (guard !== null) {
    const { test, value } = guard;
    const goesOn = functionBody(c, rest, finish);
    return (frame) => {
      const stops = test(frame);
      return stops !== false && stops !== null ? value(frame) : goesOn(frame);
    };
  }
  const step = c.step(first, 'nothing');
  if (rest.length === 1) {
    const tail = tailValue(c, rest[0] as Node, finish);
    return (frame) => {
      const end = step(frame);
      return end !== DONE ? finish(frame, end) : tail(frame);
    };
  }
  const before = [step, ...rest.slice(0, -1).map((node) => c.step(node, 'nothing'))];
  const tail = tailValue(c, rest.at(-1) as Node, finish);
  const row = sequence(before);
  return (frame) => {
    const end = row(frame);
    return end !== DONE ? finish(frame, end) : tail(frame);
  };
}

/** `if c` with nothing but a `return` in it, at the head of a function. */
function guardOf(c: Compiler, node: Node): { readonly test: Eval; readonly value: Eval } | null {
  if (node.type !== 'if' || node.otherwise !== null || node.branches.length !== 1) return null;
  const [branch] = node.branches;
  const [only] = branch?.body ?? [];
  if (branch === undefined || branch.body.length !== 1 || only?.type !== 'return') return null;
  // Nothing is compiled before it is clear that it will be used: twice at each level is 2^n times in all.
  if (c.scope.fn.kind === 'block' || (only.value !== null && mayJump(only.value))) return null;
  const test = c.value(branch.condition);
  const { value } = only;
  return { test, value: value === null ? () => null : c.maybeSkipped(() => c.value(value)) };
}

/** A body in a scope of its own where a function ends. */
export function tailBody(c: Compiler, body: readonly Node[], finish: Finish): Eval {
  const { result, resets } = inNewScope(c, () => functionBody(c, body, finish));
  if (resets.length === 0) return result;
  return (frame) => {
    for (const slot of resets) frame[slot] = undefined;
    return result(frame);
  };
}

function tailValue(c: Compiler, last: Node, finish: Finish): Eval {
  const tail = c.tail(last);
  if (tail !== null) return tail;
  if (!mayJump(last)) return c.value(last);
  const { vm } = c;
  const step = c.step(last, 'value');
  return (frame) => {
    const end = step(frame);
    return end !== DONE ? finish(frame, end) : vm.result;
  };
}

/** True if a jump may leave the node. */
export function mayJump(node: Node): boolean {
  switch (node.type) {
    case 'return':
    case 'jump':
      return true;
    case 'while':
    case 'begin':
    case 'block':
    case 'catch':
    case 'assign':
    case 'if':
    case 'logic':
    case 'call':
      return node.contents.jumps;
    default:
      return false;
  }
}
