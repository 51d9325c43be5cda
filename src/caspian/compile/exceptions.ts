/**
 * `catch`, `begin … ensure`, `raise`. Powerless side.
 * SECURITY: a catch takes exceptions only, an ensure sees neither an alarm nor a failure of the engine itself
 * (test/attacks/caspian-alarm-not-caught, caspian-alarm-not-ensured).
 */
import type { Begin, Catch, Raise as RaiseNode } from '../parser/ast.ts';
import { Exit, isStackOverflow, Raise } from '../runtime/errors.ts';
import { stateOf } from '../runtime/exceptions.ts';
import { raiseValues, wantedType } from '../runtime/raise.ts';
import { BreakSignal, LoopSignal, ReturnSignal } from '../runtime/signals.ts';
import type { ClassValue, Instance } from '../runtime/values.ts';
import { compileArguments } from './arguments.ts';
import { bodyStep, rowStep } from './bodies.ts';
import type { Compiler, Wanted } from './compiler.ts';
import { DONE, type Step } from './nodes.ts';
import { BlockScope } from './scope.ts';

export function catchStep(c: Compiler, node: Catch): Step {
  const { vm } = c;
  const site = c.site(node.line, 'catch');
  const types = node.types.map((type) => c.value(type));
  const body = bodyStep(c, node.body, 'nothing');
  return (frame) => {
    const wanted = types.map((type) => wantedType(vm, type(frame), site));
    const { depth, chain } = vm;
    try {
      const end = body(frame);
      if (end === DONE) vm.result = null;
      return end;
    } catch (thrown) {
      const raised = vm.wrap(thrown, site);
      if (!(raised instanceof Raise) || !isWanted(raised.exception, wanted)) throw raised;
      vm.depth = depth;
      vm.chain = chain;
      vm.result = raised.exception;
      return DONE;
    }
  };
}

/** No types at all catches every exception. */
function isWanted(exception: Instance, types: readonly (string | ClassValue)[]): boolean {
  if (types.length === 0) return true;
  return types.some((type) => (typeof type === 'string' ? exception.cls.isAt(type) : exception.cls.isA(type)));
}

/** True for what unwinds a script in order; everything else is not the script's to see. */
function unwinds(thrown: unknown): boolean {
  if (thrown instanceof Exit) return !thrown.abort;
  return (
    !isStackOverflow(thrown) &&
    (thrown instanceof Raise ||
      thrown instanceof ReturnSignal ||
      thrown instanceof BreakSignal ||
      thrown instanceof LoopSignal)
  );
}

/** SECURITY: an exit goes on whatever an ensure does: it may neither jump nor raise its way out. */
function ensureExit(ensure: () => unknown): typeof DONE {
  try {
    ensure();
  } catch (thrown) {
    if (!unwinds(thrown)) throw thrown;
  }
  return DONE;
}

export function beginStep(c: Compiler, node: Begin, wanted: Wanted): Step {
  if (node.ensure === null) return bodyStep(c, node.body, wanted);
  const { vm } = c;
  const scope = new BlockScope(c.scope, c.scope.fn, c.scope.frame);
  const ensured = node.ensure;
  const { body, ensure } = c.inScope(scope, () => {
    const first = rowStep(c, node.body, wanted);
    // The body may have failed before any of its assignments.
    for (const info of scope.variables.values()) info.definite = false;
    return { body: first, ensure: rowStep(c, ensured, 'nothing') };
  });
  const site = c.site(node.line, 'ensure');
  const { resets } = scope;
  return (frame) => {
    for (const slot of resets) frame[slot] = undefined;
    const { depth, chain } = vm;
    let end: ReturnType<Step>;
    try {
      end = body(frame);
    } catch (thrown) {
      const raised = vm.wrap(thrown, site);
      if (!unwinds(raised)) throw raised;
      vm.depth = depth;
      vm.chain = chain;
      const instead = raised instanceof Exit ? ensureExit(() => ensure(frame)) : ensure(frame);
      if (instead !== DONE) return instead;
      throw raised;
    }
    const { result, levels, broke } = vm;
    const instead = ensure(frame);
    if (instead !== DONE) return instead;
    vm.result = result;
    vm.levels = levels;
    vm.broke = broke;
    return end;
  };
}

export function raiseStep(c: Compiler, node: RaiseNode): Step {
  const { vm } = c;
  const site = c.site(node.line, 'raise');
  const args = compileArguments(c, node.args, node.line);
  return (frame) => {
    const exception = raiseValues(vm, args.positional(frame), args.named(frame), site);
    const state = stateOf(exception);
    if (state.line === null) {
      state.role = site.role;
      state.file = site.file;
      state.line = site.line;
      state.backtrace = vm.backtrace(site);
    }
    throw new Raise(exception);
  };
}
