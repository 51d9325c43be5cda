/**
 * Reading variables, fields and bare names. Powerless side.
 */
import type { BareName, Field, Node, Variable } from '../parser/ast.ts';
import { NO_ARGS, NO_NAMED } from '../runtime/call.ts';
import { type Failure, fail } from '../runtime/errors.ts';
import { ownWord } from '../runtime/foreign.ts';
import { didYouMean, nearest } from '../runtime/nearest.ts';
import { type ClassValue, type Frame, Instance, type Value } from '../runtime/values.ts';
import type { Compiler } from './compiler.ts';
import type { Eval } from './nodes.ts';
import { distance, type VariableInfo } from './scope.ts';
import { notSet, type Place } from './unset.ts';

/** Reads `$name`. */
export function variableValue(c: Compiler, node: Variable, kind: 'variable' | 'function' = 'variable'): Eval {
  const info = c.scope.find(node.name);
  if (info !== null) return readSlot(c, info, node.line, kind);
  const known = fixedFunction(c, node.name) ?? null;
  if (known !== null) return known;
  const slot = c.globalSlots.get(node.name);
  if (slot !== undefined) return readGlobal(c, node.name, slot, node.line);
  const place = placeOf(c);
  return c.fails(node.line, () => notSet(place, node.name, kind));
}

function placeOf(c: Compiler): Place {
  return { scope: c.scope, functions: c.globalSlots };
}

function readGlobal(c: Compiler, name: string, slot: number, line: number): Eval {
  const { globals, vm } = c;
  const site = c.site(line, '');
  const place = placeOf(c);
  return () => {
    const value = globals[slot];
    if (value === undefined) throw vm.wrap(notSet(place, name, 'function'), site);
    return value;
  };
}

/** A function's own name inside it, and the helpers of the classes around. */
function fixedFunction(c: Compiler, name: string): Eval | null {
  for (let at = c.helpers.length - 1; at >= 0; at--) {
    const slot = c.helpers[at]?.get(name);
    if (slot !== undefined) return readGlobal(c, name, slot, 0);
  }
  for (let fn = c.scope.fn; ; ) {
    if (fn.self?.name === name) {
      const { value } = fn.self;
      return () => value;
    }
    if (fn.parent === null) return null;
    fn = fn.parent.fn;
  }
}

/** True if a read can only come behind the assignment that declared the variable. */
function isSurelySet(c: Compiler, info: VariableInfo): boolean {
  return info.definite && info.assigned && !c.late;
}

function readSlot(c: Compiler, info: VariableInfo, line: number, kind: 'variable' | 'function'): Eval {
  const { slot, name } = info;
  const { vm } = c;
  const steps = distance(c.scope.frame, info.frame);
  if (isSurelySet(c, info)) return readSure(slot, steps);
  const site = c.site(line, '');
  const place = placeOf(c);
  const unset = (): never => {
    throw vm.wrap(notSet(place, name, kind), site);
  };
  if (steps === 0) {
    return (frame) => {
      const value = frame[slot] as Value | undefined;
      return value === undefined ? unset() : value;
    };
  }
  return (frame) => {
    let at = frame;
    for (let step = 0; step < steps; step++) at = at[0] as Frame;
    const value = at[slot] as Value | undefined;
    return value === undefined ? unset() : value;
  };
}

function readSure(slot: number, steps: number): Eval {
  switch (steps) {
    case 0:
      return (frame) => frame[slot] as Value;
    case 1:
      return (frame) => (frame[0] as Frame)[slot] as Value;
    case 2:
      return (frame) => ((frame[0] as Frame)[0] as Frame)[slot] as Value;
    default:
      return (frame) => {
        let at = frame;
        for (let step = 0; step < steps; step++) at = at[0] as Frame;
        return at[slot] as Value;
      };
  }
}

/** The slot of a variable in the current frame, for nodes that read it themselves; -1 for anything else. */
export function localSlot(c: Compiler, node: Node): number {
  if (node.type !== 'variable') return -1;
  const info = c.scope.find(node.name);
  return info !== null && info.frame === c.scope.frame && isSurelySet(c, info) ? info.slot : -1;
}

/** `name` without a sigil: a parameter of a brace closure, or a call of a method of self. */
export function bareValue(c: Compiler, node: BareName): Eval {
  const info = c.scope.find(node.name);
  if (info?.bare) return readSlot(c, info, node.line, 'variable');
  return selfCall(c, node.name, node.line, () => NO_ARGS);
}

/** A word that is nothing: a sigil that was forgotten, or a word of another language. */
function unknownWord(place: Place, name: string): Failure {
  const functions = [...place.functions.keys()];
  let hint: string | null = null;
  if (functions.includes(name)) hint = `a function is called as &${name}`;
  else if (place.scope.find(name) !== null) hint = `did you mean '$${name}'?`;
  hint ??=
    ownWord(name) ??
    didYouMean(nearest(name, functions), '&') ??
    `a variable is written $${name}, a function is called as &${name}`;
  return fail.undefinedMethod(`nothing is called '${name}' here`, hint);
}

/** A call of a method of self, written without a receiver. */
export function selfCall(c: Compiler, name: string, line: number, args: (frame: Frame) => readonly Value[]): Eval {
  const { vm } = c;
  const site = c.site(line, name);
  const place = placeOf(c);
  return (frame) => {
    const self = frame[1] as Value;
    if (!(self instanceof Instance)) {
      throw vm.wrap(unknownWord(place, name), site);
    }
    return vm.invokeMethod(vm.methodOf(self, name, site), self, args(frame), NO_NAMED, null, site);
  };
}

/** Reads `@name`; a field that was never set is null. */
export function fieldValue(c: Compiler, node: Field): Eval {
  const { name } = node;
  const fails = noFields(c, node);
  let cls: ClassValue | null = null;
  let slot = 0;
  return (frame) => {
    const self = frame[1] as Value;
    if (!(self instanceof Instance)) return fails(frame);
    if (self.cls !== cls) {
      slot = self.cls.slotOf(name);
      cls = self.cls;
    }
    return self.fields[slot] ?? null;
  };
}

export function noFields(c: Compiler, node: Field): Eval {
  return c.fails(node.line, () => fail.type(`@${node.name} stands outside a method`));
}
