/**
 * Pipes: `x | &f | $o.m(y)` is `$o.m(f(x), y)`. Powerless side. What comes in stands in a slot of its own and becomes the
 * first argument; a null that meets `|&` ends the whole row.
 */

import { NO_ARGUMENTS } from '../parser/arguments.ts';
import type { Arguments, Node, Pipe } from '../parser/ast.ts';
import { NO_NAMED } from '../runtime/call.ts';
import { fail } from '../runtime/errors.ts';
import { typeName } from '../runtime/text.ts';
import { type Frame, FunctionValue, type Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import type { Eval } from './nodes.ts';

interface Stage {
  readonly safe: boolean;
  readonly run: Eval;
}

export function pipeValue(c: Compiler, node: Pipe): Eval {
  const rights: Pipe[] = [];
  let left: Node = node;
  while (left.type === 'pipe') {
    rights.unshift(left);
    left = left.left;
  }
  const first = c.value(left);
  const name = c.hiddenName();
  const info = c.scope.declare(name, { definite: true });
  info.assigned = true;
  const { slot } = info;
  const stages = rights.map((pipe): Stage => ({ safe: pipe.safe, run: stage(c, pipe.right, name) }));
  return (frame: Frame) => {
    let value: Value = first(frame);
    for (const { safe, run } of stages) {
      if (safe && value === null) return null;
      frame[slot] = value;
      value = run(frame);
    }
    return value;
  };
}

function stage(c: Compiler, right: Node, name: string): Eval {
  const input: Node = { type: 'variable', name, line: right.line };
  const withInput = (args: Arguments): Arguments => ({ ...args, positional: [input, ...args.positional] });
  switch (right.type) {
    case 'function-call':
    case 'command':
      return c.value({ ...right, args: withInput(right.args) });
    case 'call':
      return c.value({ ...right, args: withInput(right.args) });
    case 'safe-chain':
      if (right.chain.type === 'call') {
        return c.value({ ...right, chain: { ...right.chain, args: withInput(right.chain.args) } });
      }
      break;
    case 'bare': {
      const { name: called, line } = right;
      if (c.scope.find(called)?.bare) break;
      return c.value({ type: 'command', name: called, args: withInput(NO_ARGUMENTS), block: null, line });
    }
    default:
  }
  return callee(c, right, input);
}

/** `x | $f` and `x | closure($a) … end`: calls what the value is. */
function callee(c: Compiler, right: Node, input: Node): Eval {
  const { vm } = c;
  const site = c.site(right.line, 'pipe');
  const target = c.value(right);
  const argument = c.value(input);
  return (frame) => {
    const fn = target(frame);
    if (!(fn instanceof FunctionValue)) {
      throw vm.wrap(fail.type(`a pipe leads into a function or a method, not into ${typeName(fn)}`), site);
    }
    return vm.callFunction(fn, [argument(frame)], NO_NAMED, null, site);
  };
}
