/**
 * Elements, and chains with `&.`: a null at one ends the whole chain. Powerless side.
 */
import type { Index, SafeChain } from '../parser/ast.ts';
import { rootErrorClass } from '../runtime/exceptions.ts';
import { elementOf } from '../runtime/operators.ts';
import { Instance, type Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import type { Eval } from './nodes.ts';

/** What a link gives when an `&.` before it met null. Never leaves the chain that it is in. */
export const SKIPPED: Value = new Instance(rootErrorClass());

export function safeChainValue(c: Compiler, node: SafeChain): Eval {
  const chain = c.value(node.chain);
  return (frame) => {
    const value = chain(frame);
    return value === SKIPPED ? null : value;
  };
}

export function indexValue(c: Compiler, node: Index): Eval {
  if (node.receiver.type === 'system' && node.receiver.name === 'puck') return libraryValue(c, node);
  return elementAt(c, c.value(node.receiver), c.value(node.key), node);
}

/** `%puck['host/path']`: looked up under the role and line that ask. */
function libraryValue(c: Compiler, node: Index): Eval {
  const { libraries } = c;
  const key = c.value(node.key);
  const site = c.site(node.line, '%puck');
  return (frame) => libraries.lookup(key(frame), site);
}

export function elementAt(c: Compiler, receiver: Eval, key: Eval, node: Index): Eval {
  const { vm } = c;
  const site = c.site(node.line, '[]', node.receiver);
  const general = (from: Value, at: Value): Value => {
    try {
      const element = elementOf(from, at);
      if (element !== undefined) return element;
    } catch (thrown) {
      throw vm.wrap(thrown, site);
    }
    return vm.invoke(from, '[]', [at], site);
  };
  return (frame) => {
    const from = receiver(frame);
    if (from === SKIPPED) return SKIPPED;
    const at = key(frame);
    if (typeof at === 'number' && at >= 0 && Array.isArray(from)) {
      const element = from[at];
      if (element !== undefined) return element;
    } else if (typeof at === 'string' && from instanceof Map) {
      return from.get(at) ?? null;
    }
    return general(from, at);
  };
}
