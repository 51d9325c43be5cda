/** `if`, `elsif`, `else`, `unless` and the modifiers. Powerless side. */
import type { If, Node } from '../parser/ast.ts';
import type { Frame, Value } from '../runtime/values.ts';
import { bodyStep, bodyValue, tailBody } from './bodies.ts';
import type { Compiler, Wanted } from './compiler.ts';
import { finishOf } from './functions.ts';
import { type Completion, DONE, type Eval, type Step } from './nodes.ts';

/** What a branch gives: a completion or a value. */
type Run<R> = (frame: Frame) => R;

/** One branch after the other. `compileBody` makes what a branch does, `none` is what no branch gives. */
function choose<R>(
  c: Compiler,
  node: If,
  compileBody: (body: readonly Node[]) => Run<R>,
  none: R,
  noBranch: Run<R> | null = null,
): Run<R> {
  const branches = node.branches.map((branch) => ({ test: c.value(branch.condition), body: compileBody(branch.body) }));
  const otherwise = node.otherwise === null ? noBranch : compileBody(node.otherwise);
  const [first] = branches as [{ readonly test: Eval; readonly body: Run<R> }];
  const { test, body } = first;
  if (branches.length > 1) {
    return (frame) => {
      for (let at = 0; at < branches.length; at++) {
        const branch = branches[at] as typeof first;
        const value = branch.test(frame);
        if (value !== false && value !== null) return branch.body(frame);
      }
      return otherwise === null ? none : otherwise(frame);
    };
  }
  if (otherwise === null) {
    return (frame) => {
      const value = test(frame);
      return value !== false && value !== null ? body(frame) : none;
    };
  }
  return (frame) => {
    const value = test(frame);
    return value !== false && value !== null ? body(frame) : otherwise(frame);
  };
}

export function ifStep(c: Compiler, node: If, wanted: Wanted): Step {
  const { vm } = c;
  const body = (statements: readonly Node[]): Step => {
    const [only] = statements;
    if (node.modifier && only !== undefined) return c.maybeSkipped(() => c.step(only, wanted));
    return bodyStep(c, statements, wanted);
  };
  if (wanted === 'nothing') return choose<Completion>(c, node, body, DONE);
  const noBranch: Step = () => {
    vm.result = null;
    return DONE;
  };
  return choose<Completion>(c, node, body, DONE, noBranch);
}

/** For an `if` that nothing jumps out of. */
export function ifValue(c: Compiler, node: If): Eval {
  const body = (statements: readonly Node[]): Eval => {
    const [only] = statements;
    return node.modifier && only !== undefined ? c.maybeSkipped(() => c.value(only)) : bodyValue(c, statements);
  };
  return choose<Value>(c, node, body, null);
}

/** For an `if` at the end of a function: a `return` in it is just a value. */
export function ifTail(c: Compiler, node: If): Eval {
  const finish = finishOf(c, node.contents.jumps);
  const body = (statements: readonly Node[]): Eval =>
    node.modifier ? c.maybeSkipped(() => tailBody(c, statements, finish)) : tailBody(c, statements, finish);
  return choose<Value>(c, node, body, null);
}
