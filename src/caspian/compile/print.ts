/** `puts`, `print`, `eputs`. Powerless side. */
import type { Command } from '../parser/ast.ts';
import { fail } from '../runtime/errors.ts';
import { eputsOne, printOne, putsOne } from '../runtime/print.ts';
import { compileArguments } from './arguments.ts';
import type { Compiler } from './compiler.ts';
import type { Eval } from './nodes.ts';

/** A printing command, or null for any other. */
export function printValue(c: Compiler, node: Command): Eval | null {
  const { name } = node;
  if (name !== 'puts' && name !== 'print' && name !== 'eputs') return null;
  const { vm } = c;
  const site = c.site(node.line, name);
  if (node.args.named.length > 0 || node.block !== null) {
    return c.fails(node.line, () => fail.argument(`${name} takes neither keywords nor a block`));
  }
  const { positional } = compileArguments(c, node.args, node.line);
  if (name === 'print') {
    return (frame) => {
      for (const value of positional(frame)) printOne(vm, value, site);
      return null;
    };
  }
  const line = name === 'puts' ? putsOne : eputsOne;
  return (frame) => {
    const values = positional(frame);
    if (values.length === 0) line(vm, '', site, 0);
    for (const value of values) line(vm, value, site, 0);
    return null;
  };
}
