/** Bare blocks, jumps, and the short-circuit operators. Powerless side. */
import type { Block, Call, Jump, Logic, Node, Return } from '../parser/ast.ts';
import { bodyStep } from './bodies.ts';
import type { Compiler, Wanted } from './compiler.ts';
import { BREAK, CALL_RETURN, type Completion, DONE, type Eval, NEXT, RETURN, type Step } from './nodes.ts';

export function blockStep(c: Compiler, node: Block, wanted: Wanted): Step {
  return bodyStep(c, node.body, wanted);
}

export function jumpStep(c: Compiler, node: Return | Jump): Step {
  if (node.type === 'return') return leaving(c, node.value, RETURN);
  const step = leaving(c, node.value, node.kind === 'break' ? BREAK : NEXT);
  if (node.kind === 'next') return step;
  const { vm } = c;
  const { levels } = node;
  return (frame) => {
    const end = step(frame);
    vm.levels = levels;
    return end;
  };
}

/** Works out the value, leaves it in `vm.result` and ends so. The value itself may end with a jump. */
function leaving(c: Compiler, value: Node | null, completion: Completion): Step {
  const { vm } = c;
  if (value === null) {
    return () => {
      vm.result = null;
      return completion;
    };
  }
  const result = c.value(value);
  return (frame) => {
    vm.result = result(frame);
    return completion;
  };
}

/** `$loop.break(v)` and `$loop.next` of the loop that is innermost here, and `%call.return(v)`; null for any other call. */
export function loopJump(c: Compiler, node: Call): Step | null {
  const [value, more] = node.args.positional;
  if (more !== undefined || node.args.named.length > 0 || node.block !== null || value?.type === 'splat') return null;
  if (node.receiver.type === 'system') {
    return node.receiver.name === 'call' && node.name === 'return' ? leaving(c, value ?? null, CALL_RETURN) : null;
  }
  if (node.receiver.type !== 'variable') return null;
  const loop = c.scope.find(node.receiver.name)?.loop ?? null;
  if (loop === null || loop !== c.scope.fn.loops.at(-1)) return null;
  if (node.name === 'next') return leaving(c, value ?? null, NEXT);
  if (node.name !== 'break' && node.name !== 'return') return null;
  const step = leaving(c, value ?? null, BREAK);
  const { vm } = c;
  return (frame) => {
    const end = step(frame);
    vm.levels = 1;
    return end;
  };
}

export function logicValue(c: Compiler, node: Logic): Eval {
  const left = c.value(node.left);
  const right = c.maybeSkipped(() => c.value(node.right));
  if (node.op === 'and') {
    return (frame) => {
      const value = left(frame);
      return value === false || value === null ? value : right(frame);
    };
  }
  return (frame) => {
    const value = left(frame);
    return value === false || value === null ? right(frame) : value;
  };
}

/** `f() or return`: the right side may be a jump. */
export function logicStep(c: Compiler, node: Logic, wanted: Wanted): Step {
  const { vm } = c;
  const left = c.step(node.left, 'value');
  const right = c.maybeSkipped(() => c.step(node.right, wanted));
  const goesOn = node.op === 'or';
  return (frame) => {
    const end = left(frame);
    if (end !== DONE) return end;
    const value = vm.result;
    const falsy = value === false || value === null;
    return falsy === goesOn ? right(frame) : DONE;
  };
}
