/** `if`, `elsif`, `else`, `unless` and the modifiers. Powerless side. */
import type { If, Node } from '../parser/ast.ts';
import { bodyStep, bodyValue, tailBody } from './bodies.ts';
import type { Compiler, Wanted } from './compiler.ts';
import { finishOf } from './functions.ts';
import { DONE, type Eval, type Step } from './nodes.ts';

/** One branch after the other. `compileBody` makes what a branch does, `none` what no branch does. */
function choose<R>(
  c: Compiler,
  node: If,
  compileBody: (body: readonly Node[]) => (frame: Parameters<Eval>[0]) => R,
  none: (frame: Parameters<Eval>[0]) => R,
): (frame: Parameters<Eval>[0]) => R {
  const branches = node.branches.map((branch) => ({
    test: c.value(branch.condition),
    body: compileBody(branch.body),
  }));
  const otherwise = node.otherwise === null ? none : compileBody(node.otherwise);
  const [first] = branches;
  if (first === undefined) return otherwise;
  if (branches.length === 1) {
    const { test, body } = first;
    return (frame) => {
      const value = test(frame);
      return value !== false && value !== null ? body(frame) : otherwise(frame);
    };
  }
  return (frame) => {
    for (let at = 0; at < branches.length; at++) {
      const branch = branches[at] as typeof first;
      const value = branch.test(frame);
      if (value !== false && value !== null) return branch.body(frame);
    }
    return otherwise(frame);
  };
}

export function ifStep(c: Compiler, node: If, wanted: Wanted): Step {
  const { vm } = c;
  const none: Step =
    wanted === 'nothing'
      ? () => DONE
      : () => {
          vm.result = null;
          return DONE;
        };
  const body = (statements: readonly Node[]): Step => {
    const [only] = statements;
    if (node.modifier && only !== undefined) return c.maybeSkipped(() => c.step(only, wanted));
    return bodyStep(c, statements, wanted);
  };
  return choose(c, node, body, none);
}

/** For an `if` that nothing jumps out of. */
export function ifValue(c: Compiler, node: If): Eval {
  const body = (statements: readonly Node[]): Eval => {
    const [only] = statements;
    return node.modifier && only !== undefined ? c.maybeSkipped(() => c.value(only)) : bodyValue(c, statements);
  };
  return choose(c, node, body, () => null);
}

/** For an `if` at the end of a function: a `return` in it is just a value. */
export function ifTail(c: Compiler, node: If): Eval {
  const finish = finishOf(c, node.contents.jumps);
  const body = (statements: readonly Node[]): Eval =>
    node.modifier ? c.maybeSkipped(() => tailBody(c, statements, finish)) : tailBody(c, statements, finish);
  return choose(c, node, body, () => null);
}
