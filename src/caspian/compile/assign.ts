/**
 * Assignments. Powerless side. The first assignment to a name declares it in the block where it stands.
 */
import type { Assign, Call, Field, Index, Node } from '../parser/ast.ts';
import { NO_NAMED } from '../runtime/call.ts';
import { setElement } from '../runtime/operators.ts';
import { type ClassValue, type Frame, Instance, type Value } from '../runtime/values.ts';
import { operator } from './arithmetic.ts';
import { elementAt, SKIPPED } from './chains.ts';
import type { Compiler, Wanted } from './compiler.ts';
import { DONE, type Eval, type Step } from './nodes.ts';
import { distance, type VariableInfo } from './scope.ts';
import { localSlot, noFields } from './variables.ts';

/** Stores a value; the place (receiver, key) has been worked out before by `Place`. */
type Store = (frame: Frame, value: Value) => void;

export function assignStep(c: Compiler, node: Assign, wanted: Wanted): Step {
  const { vm } = c;
  if (node.target.type === 'variable' && node.op === null) {
    const place = declare(c, node.target.name, !c.maybe);
    if (node.contents.jumps) return storeResult(c, node, place, wanted);
    const value = c.value(node.value);
    place.done();
    if (place.local >= 0 && wanted === 'nothing') {
      const slot = place.local;
      return (frame) => {
        frame[slot] = value(frame);
        return DONE;
      };
    }
    return (frame) => {
      const assigned = value(frame);
      place.store(frame, assigned);
      vm.result = assigned;
      return DONE;
    };
  }
  const value = assignValue(c, node);
  if (wanted === 'nothing') {
    return (
      increment(c, node, value) ??
      ((frame) => {
        value(frame);
        return DONE;
      })
    );
  }
  return (frame) => {
    vm.result = value(frame);
    return DONE;
  };
}

/** `$x = if … return … end`: the right side is a step that may end with a jump. */
function storeResult(c: Compiler, node: Assign, place: VariablePlace, wanted: Wanted): Step {
  const { vm } = c;
  const step = c.step(node.value, 'value');
  place.done();
  return (frame) => {
    const end = step(frame);
    if (end !== DONE) return end;
    const value = vm.result;
    place.store(frame, value);
    if (wanted === 'value') vm.result = value;
    return DONE;
  };
}

/** `$i += 1` and `$sum += $x` on a variable of the current frame; `slow` does it for anything but numbers. */
function increment(c: Compiler, node: Assign, slow: Eval): Step | null {
  const { target, value: right, op } = node;
  if (target.type !== 'variable' || (op !== '+' && op !== '-')) return null;
  const slot = localSlot(c, target);
  if (slot < 0) return null;
  if (right.type === 'literal' && typeof right.value === 'number') {
    const by = op === '+' ? right.value : -right.value;
    return (frame) => {
      const value = frame[slot];
      if (typeof value === 'number') frame[slot] = value + by;
      else slow(frame);
      return DONE;
    };
  }
  const other = localSlot(c, right);
  if (other < 0 || op !== '+') return null;
  return (frame) => {
    const value = frame[slot];
    const more = frame[other];
    if (typeof value === 'number' && typeof more === 'number') frame[slot] = value + more;
    else slow(frame);
    return DONE;
  };
}

export function assignValue(c: Compiler, node: Assign): Eval {
  const { target } = node;
  switch (target.type) {
    case 'variable':
      return assignVariable(c, node, target.name);
    case 'field':
      return assignField(c, node, target);
    case 'index':
      return assignIndex(c, node, target);
    default:
      return assignProperty(c, node, target);
  }
}

interface VariablePlace {
  readonly store: Store;
  /** Slot in the current frame, or -1. */
  readonly local: number;
  /** To be called once the right side is compiled: reads from there on find the variable set. */
  done(): void;
}

function declare(c: Compiler, name: string, definite: boolean): VariablePlace {
  let info = c.scope.find(name);
  if (info === null && c.scope.reachesFile) {
    const slot = c.globalSlots.get(name);
    if (slot !== undefined) return globalPlace(c, slot);
  }
  info ??= c.scope.declare(name, { definite });
  return slotPlace(c, info);
}

function globalPlace(c: Compiler, slot: number): VariablePlace {
  const { globals } = c;
  return {
    store: (_frame, value) => {
      globals[slot] = value;
    },
    local: -1,
    done: () => {},
  };
}

function slotPlace(c: Compiler, info: VariableInfo): VariablePlace {
  const { slot } = info;
  const steps = distance(c.scope.frame, info.frame);
  const done = (): void => {
    info.assigned = true;
  };
  if (steps === 0) {
    const store: Store = (frame, value) => {
      frame[slot] = value;
    };
    return { store, local: slot, done };
  }
  const store: Store = (frame, value) => {
    let at = frame;
    for (let step = 0; step < steps; step++) at = at[0] as Frame;
    at[slot] = value;
  };
  return { store, local: -1, done };
}

/** Gives a name a value that the compiler has: `as $loop`, a function's name. */
export function storeIn(c: Compiler, name: string): Store {
  const place = declare(c, name, false);
  place.done();
  return place.store;
}

function assignVariable(c: Compiler, node: Assign, name: string): Eval {
  if (node.op === null) {
    const place = declare(c, name, false);
    const value = c.value(node.value);
    place.done();
    return (frame) => {
      const assigned = value(frame);
      place.store(frame, assigned);
      return assigned;
    };
  }
  const before = c.scope.find(name) !== null || c.globalSlots.has(name);
  // `$x ||= 1` may be the first that is heard of $x; `$x += 1` may not.
  if (!before && node.op === 'or') return assignVariable(c, { ...node, op: null }, name);
  const read = c.value({ type: 'variable', name, line: node.line });
  const place = declare(c, name, false);
  const combined = combine(c, node, read);
  const slot = place.local;
  if (slot >= 0) {
    return (frame) => {
      const value = combined(frame);
      frame[slot] = value;
      return value;
    };
  }
  return (frame) => {
    const value = combined(frame);
    place.store(frame, value);
    return value;
  };
}

/** The old value and the right side together: `+=` and so on, or `||=`. */
function combine(c: Compiler, node: Assign, read: Eval): Eval {
  const right = c.value(node.value);
  if (node.op === 'or') {
    return (frame) => {
      const old = read(frame);
      return old !== false && old !== null ? old : right(frame);
    };
  }
  return operator(c, node.op ?? '+', read, right, node.line);
}

function assignField(c: Compiler, node: Assign, target: Field): Eval {
  const { name } = target;
  const fails = noFields(c, target);
  const value = node.op === null ? c.value(node.value) : combine(c, node, c.value(target));
  let cls: ClassValue | null = null;
  let slot = 0;
  return (frame) => {
    const self = frame[1] as Value;
    if (!(self instanceof Instance)) return fails(frame);
    const assigned = value(frame);
    if (self.cls !== cls) {
      slot = self.cls.slotOf(name);
      cls = self.cls;
    }
    const { fields } = self;
    while (fields.length < slot) fields.push(undefined);
    fields[slot] = assigned;
    return assigned;
  };
}

/** Compiles `node` once and keeps what it gave in a slot of its own, so that it runs once for reading and storing. */
function once(c: Compiler, node: Node): { readonly run: Eval; readonly again: Eval } {
  const { slot } = c.scope.declare(c.hiddenName(), { definite: true });
  const value = c.value(node);
  return {
    run: (frame) => {
      const result = value(frame);
      frame[slot] = result;
      return result;
    },
    again: (frame) => frame[slot] as Value,
  };
}

function assignIndex(c: Compiler, node: Assign, target: Index): Eval {
  const { vm } = c;
  const site = c.site(target.line, '[]=', target.receiver);
  const put = (receiver: Value, key: Value, value: Value): Value => {
    try {
      if (setElement(receiver, key, value)) return value;
    } catch (thrown) {
      throw vm.wrap(thrown, site);
    }
    vm.invokeMethod(vm.methodOf(receiver, '[]=', site), receiver, [key, value], NO_NAMED, null, site);
    return value;
  };
  if (node.op === null) {
    const receiver = c.value(target.receiver);
    const key = c.value(target.key);
    const value = c.value(node.value);
    return (frame) => {
      const to = receiver(frame);
      if (to === SKIPPED) return null;
      const at = key(frame);
      return put(to, at, value(frame));
    };
  }
  const receiver = once(c, target.receiver);
  const key = once(c, target.key);
  const combined = combine(c, node, elementAt(c, receiver.again, key.again, target));
  return (frame) => {
    const to = receiver.run(frame);
    if (to === SKIPPED) return null;
    const at = key.run(frame);
    return put(to, at, combined(frame));
  };
}

/** `$o.name = v` calls `name=`. */
function assignProperty(c: Compiler, node: Assign, target: Call): Eval {
  const { vm } = c;
  const setter = `${target.name}=`;
  const site = c.site(target.line, setter, target.receiver);
  const put = (receiver: Value, value: Value): Value => {
    vm.invokeMethod(vm.methodOf(receiver, setter, site), receiver, [value], NO_NAMED, null, site);
    return value;
  };
  if (node.op === null) {
    const receiver = c.value(target.receiver);
    const value = c.value(node.value);
    return (frame) => {
      const to = receiver(frame);
      if (to === SKIPPED || (target.safe && to === null)) return null;
      return put(to, value(frame));
    };
  }
  const receiver = once(c, target.receiver);
  const read: Eval = (frame) => vm.invoke(receiver.again(frame), target.name, [], site);
  const combined = combine(c, node, read);
  return (frame) => {
    const to = receiver.run(frame);
    if (to === SKIPPED || (target.safe && to === null)) return null;
    return put(to, combined(frame));
  };
}
