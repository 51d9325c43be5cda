/**
 * System methods. Powerless side.
 * SECURITY: `%net`, `%engine` and `%argv` are decided by the role that the file was compiled for, which no value at run
 * time can change (test/attacks/caspian-net-*).
 */

import { processObject } from '../builtins/process.ts';
import { stderrObject, stdinObject, stdoutObject } from '../builtins/streams.ts';
import { callInfo, chainObject, engineObject, puckObject } from '../builtins/system.ts';
import { utilsObject } from '../builtins/utils.ts';
import type { Call, SystemName } from '../parser/ast.ts';
import { fail } from '../runtime/errors.ts';
import { didYouMean, nearest } from '../runtime/nearest.ts';
import { type Frame, FunctionValue, type Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import { homeFrame } from './functions.ts';
import type { Eval } from './nodes.ts';

/** The system methods that there are. */
export const SYSTEM_NAMES = [
  'net',
  'puck',
  'role',
  'self',
  'call',
  'chain',
  'engine',
  'argv',
  'stdin',
  'stdout',
  'stderr',
  'process',
  'utils',
  'vibecode',
] as const;

export function systemValue(c: Compiler, node: SystemName): Eval {
  const { host } = c.vm;
  const { role } = c;
  switch (node.name) {
    case 'net':
      return () => host.net(role);
    case 'role':
      return () => role;
    case 'self':
      return (frame) => frame[1] as Value;
    case 'engine': {
      const engine = role === 'user' ? engineObject : null;
      return () => engine;
    }
    case 'argv':
      return role === 'user' ? () => [...host.argv] : () => null;
    case 'chain':
      c.scope.fn.home.namesChain = true;
      return () => chainObject;
    case 'call': {
      const block = currentBlock(c);
      const name = c.scope.fn.home.code?.name ?? 'main';
      return (frame) => callInfo(name, block(frame));
    }
    case 'puck':
      return () => puckObject;
    case 'stdin':
      return () => stdinObject;
    case 'stdout':
      return () => stdoutObject;
    case 'stderr':
      return () => stderrObject;
    case 'process':
      return () => processObject;
    case 'utils':
      return () => utilsObject;
    default:
      return c.fails(node.line, () =>
        fail.undefinedMethod(
          `there is no system method %${node.name}`,
          didYouMean(nearest(node.name, SYSTEM_NAMES), '%') ?? `there are %${SYSTEM_NAMES.join(' %')}`,
        ),
      );
  }
}

/** The block that the function around was given. */
export function currentBlock(c: Compiler): (frame: Frame) => FunctionValue | null {
  const home = homeFrame(c);
  return (frame) => {
    const block = home(frame)[2];
    return block instanceof FunctionValue ? block : null;
  };
}

/** A method of `%call` other than `.return`, which is a jump. */
export function callObject(c: Compiler, node: Call): Eval | null {
  if (node.name !== 'block') return null;
  return currentBlock(c);
}
